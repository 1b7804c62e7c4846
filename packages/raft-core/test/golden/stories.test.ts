/**
 * Golden traces: each tells one story, told line by line by the renderer. A changed line is a changed behaviour and is
 * reviewed like code; `vitest -u` writes the files anew.
 */
import { describe, expect, it } from 'vitest';
import { describeMessage, describeStatus, describeTrace } from '../../src/inspect/describe.ts';
import type { Message } from '../../src/message.ts';
import { ScriptedCluster } from '../../src/testing/index.ts';

class Story {
  readonly #lines: string[] = [];
  readonly script: ScriptedCluster;

  constructor(voters: readonly number[], learners: readonly number[] = []) {
    this.script = new ScriptedCluster({
      voters,
      learners,
      onTrace: (node, event, nowMs) => this.#lines.push(`  ${String(nowMs).padStart(5)}ms n${node} ${describeTrace(event)}`),
    });
    this.#lines.length = 0;
  }

  /** A sentence of the story, then what it does. */
  tell(sentence: string, act: (script: ScriptedCluster) => void): void {
    this.#lines.push(`# ${sentence}`);
    act(this.script);
  }

  get text(): string {
    const end = this.script.nodes.map(({ core }) => `= ${describeStatus(core.status())}`);
    return `${[...this.#lines, ...end].join('\n')}\n`;
  }

  /** Settles and writes down every message on the wire. */
  settleLoudly(drops: (message: Message) => boolean = () => false): void {
    this.script.settle((message) => {
      const lost = drops(message);
      this.#lines.push(`    ${lost ? 'lost ' : ''}${describeMessage(message)}`);
      return lost;
    });
  }
}

function touching(id: number): (message: Message) => boolean {
  return ({ from, to }) => from === id || to === id;
}

describe('golden stories', () => {
  it('an election and the first command', async () => {
    const story = new Story([1, 2, 3]);
    story.tell('Promises from the start are over; node 1 asks, wins and commits an empty entry of its term.', (script) => {
      script.advance(300);
      script.campaign(1);
      story.settleLoudly();
    });
    story.tell('A command travels to both followers and commits once two disks hold it.', (script) => {
      script.propose(1, Uint8Array.of(1, 2, 3));
      story.settleLoudly();
    });
    await expect(story.text).toMatchFileSnapshot('election.golden');
  });

  it('a crash of the leader: promise, suspicion, successor', async () => {
    const story = new Story([1, 2, 3]);
    story.tell('Node 1 leads and names a successor in its heartbeats.', (script) => {
      script.elect(1);
      script.run(6);
    });
    story.tell('Its streams break. Both followers suspect it, but keep the promise until it ends; then node 2 leads.', (script) => {
      for (const id of [2, 3]) script.step(id, { type: 'peerUnreachable', peer: 1 });
      for (let i = 0; i < 17; i++) {
        script.tick(1, [2, 3]);
        script.settle(touching(1));
      }
    });
    await expect(story.text).toMatchFileSnapshot('leader-crash.golden');
  });

  it('a hand-over: revoke, stop, TimeoutNow', async () => {
    const story = new Story([1, 2, 3]);
    story.tell('Node 1 leads.', (script) => {
      script.elect(1);
      script.run(3);
    });
    story.tell('It is told to hand over to node 3: the lease is revoked, nobody campaigns yet.', (script) => {
      script.transfer(1, 3);
      story.settleLoudly();
    });
    story.tell('Its reconcilers stopped: node 3 campaigns past all promises.', (script) => {
      script.step(1, { type: 'reconcilerStopped', term: 2 });
      story.settleLoudly();
    });
    await expect(story.text).toMatchFileSnapshot('hand-over.golden');
  });

  it('a diverging follower is repaired, a far-behind one gets a snapshot', async () => {
    const story = new Story([1, 2, 3]);
    story.tell('Node 3 misses four commands, which are then compacted away.', (script) => {
      script.elect(1);
      for (let i = 0; i < 4; i++) script.propose(1, Uint8Array.of(i));
      script.settle(touching(3));
      script.compact(1);
    });
    story.tell('It comes back: the probe fails, the snapshot is sent, the log goes on behind it.', (script) => {
      script.tick(3, [1]);
      story.settleLoudly();
      script.propose(1, Uint8Array.of(9));
      story.settleLoudly();
    });
    await expect(story.text).toMatchFileSnapshot('snapshot.golden');
  });

  it('a joint change with automatic leave', async () => {
    const story = new Story([1, 2, 3], [4, 5]);
    story.tell('Node 1 leads three voters; nodes 4 and 5 learn.', (script) => {
      script.elect(1);
      script.run(3);
    });
    story.tell('Both are promoted at once: a joint phase, left by itself as soon as it is applied.', (script) => {
      const addVoter = (id: number) => ({ type: 'addVoter', member: { id, uuid: `uuid-${id}` } }) as const;
      script.change(1, { transition: 'auto', steps: [addVoter(4), addVoter(5)] });
      script.settle();
      script.run(4);
    });
    await expect(story.text).toMatchFileSnapshot('joint-change.golden');
  });
});
