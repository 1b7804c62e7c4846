/** The ordering contract as the driver owes it: what reaches storage, transport and state machine, and in which order. */
import { afterEach, describe, expect, it } from 'vitest';
import { append, entries, entry, heartbeat, preVoteResponse } from '../paper/peer-messages.ts';
import { DriverWorld, type WatchedNode } from './driver-world.ts';

let world = new DriverWorld();

afterEach(async () => {
  await world.stop();
  world = new DriverWorld();
});

/** Node 2 of three, alone with what it is told. */
async function follower(): Promise<WatchedNode> {
  const node = await world.start(2, { voters: [1, 2, 3] });
  node.log.length = 0;
  return node;
}

async function loneVoter(options: object = {}): Promise<WatchedNode> {
  const node = await world.start(1, { voters: [1], ...options });
  await world.run(60);
  expect(node.driver.status().role).toBe('leader');
  node.log.length = 0;
  return node;
}

describe('the driver and the ordering contract', () => {
  it('O1: revokes before the messages of the same drain leave', async () => {
    for (const id of [1, 2, 3]) {
      await world.start(id, {
        voters: [1, 2, 3],
        leadership: { lease: () => {}, revoke: (term) => world.nodes.get(id)?.note(`revoke ${term}`) },
      });
    }
    await world.run(60);
    const { leader } = world;
    const { id } = leader.driver.status();
    const change = { transition: 'auto', steps: [{ type: 'remove', id }] } as const;
    leader.log.length = 0;
    const done = leader.driver.changeConfiguration(change, { checks: 'skipped' });
    await world.run(10);
    await done.catch(() => {});
    expect(leader.driver.failure).toBeUndefined();
    const revoked = leader.log.findIndex((line) => line.startsWith('revoke'));
    expect(revoked).toBeGreaterThan(0);
    expect(leader.log.slice(revoked + 1)).toContainEqual(expect.stringContaining('send heartbeat'));
  });

  it('O2: stores the hard state before entries of its term', async () => {
    const node = await follower();
    node.receive(append({ term: 7, entries: [entry(2, 7)] }));
    await world.turn();
    expect(node.log.slice(0, 4)).toEqual(['save 7/0', 'save 7/0 done', 'append 2..2', 'append 2..2 done']);
  });

  it('O3: truncates and appends in one write', async () => {
    const node = await follower();
    node.receive(append({ entries: entries(2, 4, 2) }));
    await world.turn();
    node.log.length = 0;
    node.receive(append({ from: 3, term: 3, entries: entries(2, 3, 3) }));
    await world.turn();
    expect(node.log.filter((line) => line.startsWith('append'))).toEqual([
      'append 2..3 cut 2',
      'append 2..3 cut 2 done',
    ]);
  });

  it('O4: sends what rests on a storage part after it is durable', async () => {
    const node = await follower();
    node.hold('append');
    node.receive(append({ entries: [entry(2, 2)] }));
    await world.turn();
    expect(node.sent('appendAccepted')).toEqual([]);
    node.release('append');
    await world.turn();
    expect(node.log.slice(-2)).toEqual(['append 2..2 done', 'send appendAccepted to 1 term 2 match 2']);
  });

  it('O5: names no term in a message before it is durable', async () => {
    const node = await follower();
    node.hold('saveHardState');
    node.receive(heartbeat({ term: 7 }));
    await world.turn();
    expect(node.log).toEqual(['save 7/0']);
    node.release('saveHardState');
    await world.turn();
    expect(node.log.slice(1)).toEqual(['save 7/0 done', 'send heartbeatResponse to 1 term 7']);
  });

  it('O5: asks for votes while the own one is stored', async () => {
    const node = await world.start(2, { voters: [1, 2, 3] });
    node.hold('saveHardState');
    await world.run(60);
    node.receive(preVoteResponse({ from: 3, to: 2 }));
    await world.turn();
    expect(node.log.slice(-3)).toEqual(['send voteRequest to 1 term 2', 'send voteRequest to 3 term 2', 'save 2/2']);
    node.release('saveHardState');
  });

  it('O6: counts the own vote once it is durable', async () => {
    const node = await world.start(1, { voters: [1] });
    node.hold('saveHardState');
    await world.run(60);
    expect(node.driver.status().role).toBe('candidate');
    node.release('saveHardState');
    await world.turn();
    expect(node.driver.status().role).toBe('leader');
  });

  it('O7: a write that completes after its entries were replaced vouches for none of them', async () => {
    const node = await follower();
    node.hold('append');
    node.receive(append({ entries: entries(2, 4, 2) }));
    await world.turn();
    node.receive(append({ from: 3, term: 3, entries: [entry(2, 3)] }));
    node.release('append');
    await world.turn();
    expect(node.log.filter((line) => /^append|to 3/.test(line))).toEqual([
      'append 2..4',
      'append 2..4 done',
      'append 2..2 cut 2',
      'append 2..2 cut 2 done',
      'send appendAccepted to 3 term 3 match 2',
    ]);
  });

  it('O8: writes one thing at a time; what comes meanwhile makes one batch', async () => {
    const node = await loneVoter({ snapshotEntries: 4, trailingEntries: 0 });
    const proposals = Array.from({ length: 4 }, (_, i) => node.driver.propose(Uint8Array.of(i)));
    await world.turn();
    node.hold('append');
    for (let i = 0; i < 4; i++) {
      proposals.push(node.driver.propose(Uint8Array.of(i)));
      await world.turn();
    }
    await world.turn();
    node.release('append');
    await world.turn();
    await Promise.all(proposals);
    const writes = node.log.filter((line) => /^(append|compact)/.test(line));
    const begun = writes.filter((line) => !line.endsWith('done'));
    expect(writes).toEqual(begun.flatMap((line) => [line, `${line} done`]));
    expect(begun).toContainEqual(expect.stringMatching(/^append \d+\.\.\d+$/));
    expect(begun).toContainEqual(expect.stringMatching(/^compact/));
  });

  it('O8: compaction waits for the write under way', async () => {
    const node = await loneVoter({ snapshotEntries: 3, trailingEntries: 0 });
    node.hold('apply');
    const first = node.driver.propose(Uint8Array.of(1));
    await world.turn();
    node.hold('append');
    const second = node.driver.propose(Uint8Array.of(2));
    await world.turn();
    node.release('apply');
    await world.turn();
    expect(node.log.filter((line) => line.startsWith('compact'))).toEqual([]);
    expect(node.log).toContain('append 4..4');
    node.release('append');
    await world.turn();
    await Promise.all([first, second]);
    const at = (line: string): number => node.log.findIndex((other) => other.startsWith(line));
    expect(at('compact')).toBeGreaterThan(at('append 4..4 done'));
    expect(node.driver.failure).toBeUndefined();
  });

  it('O9: applies in order, one block at a time', async () => {
    const node = await loneVoter();
    node.hold('apply');
    const proposals = [node.driver.propose(Uint8Array.of(0))];
    await world.turn();
    for (let i = 1; i < 4; i++) proposals.push(node.driver.propose(Uint8Array.of(i)));
    await world.turn();
    expect(node.log.filter((line) => line.startsWith('apply'))).toEqual(['apply 3..3']);
    node.release('apply');
    await world.turn();
    await Promise.all(proposals);
    expect(node.log.filter((line) => line.startsWith('apply'))).toEqual(['apply 3..3', 'apply 4..6']);
  });

  it('O10: drops the log, restores the state, then acknowledges a snapshot', async () => {
    const leader = await world.three({ snapshotEntries: 20, trailingEntries: 0 });
    const proposals = Array.from({ length: 50 }, (_, i) => leader.driver.propose(Uint8Array.of(i)));
    await world.run(20);
    await Promise.all(proposals);
    const joiner = await world.start(4);
    const joined = joiner.driver.join(leader.driver.status().id);
    await world.run(30);
    expect(await joined).toMatchObject({ type: 'joined' });
    expect(joiner.driver.failure).toBeUndefined();
    const { snapshotIndex } = joiner.driver.status();
    const story = joiner.log.filter((line) => /^(install|restore)|match/.test(line));
    expect(story.slice(0, 4)).toEqual([
      `install ${snapshotIndex}`,
      `install ${snapshotIndex} done`,
      'restore',
      expect.stringContaining(`match ${snapshotIndex}`),
    ]);
    expect(joiner.machine.commands).toEqual(leader.machine.commands);
  });

  it('O11: a transport that never ends a transfer holds up nothing', async () => {
    const leader = await world.three({ snapshotEntries: 20, trailingEntries: 0 });
    for (const node of world.nodes.values()) node.hold('sendSnapshot');
    const proposals = Array.from({ length: 50 }, (_, i) => leader.driver.propose(Uint8Array.of(i)));
    await world.run(20);
    await Promise.all(proposals);
    const joiner = await world.start(4);
    const joined = joiner.driver.join(leader.driver.status().id);
    await world.run(30);
    await joined;
    expect(leader.sent('snapshot')).toHaveLength(1);
    const { commit } = leader.driver.status();
    const proposal = leader.driver.propose(Uint8Array.of(1));
    await world.run(5);
    expect(leader.driver.status()).toMatchObject({ role: 'leader', commit: commit + 1, durableIndex: commit + 1 });
    await proposal;
  });

  it('O12: heartbeats leave while the own disk is busy', async () => {
    const leader = await world.three();
    leader.hold('append');
    const proposal = leader.driver.propose(Uint8Array.of(1));
    await world.turn();
    leader.log.length = 0;
    await world.run(10);
    expect(leader.sent('heartbeat').length).toBeGreaterThanOrEqual(6);
    leader.release('append');
    await world.run(2);
    await proposal;
  });
});
