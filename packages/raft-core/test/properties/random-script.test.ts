import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/core/prng.ts';
import { isRaftError } from '../../src/errors.ts';
import type { ChangeStep } from '../../src/configuration.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

/** What must hold whatever happens; breaches are collected over a run. */
class Watch {
  readonly violations: string[] = [];
  readonly #leaders = new Map<number, number>();
  readonly #committed = new Map<number, number>();
  /** End of the last lease seen, by term: a lease of a newer term begins only after all older ones. */
  readonly #leaseEnds = new Map<number, number>();
  readonly #leaseCount = new Map<object, number>();

  check(script: ScriptedCluster): void {
    this.#leases(script);
    for (const { id } of script.nodes) {
      this.#electionSafety(id, script.status(id));
      this.#commits(script, id);
    }
  }

  #hold(condition: boolean, rule: string): void {
    if (!condition) this.violations.push(rule);
  }

  #electionSafety(id: number, { role, term }: { role: string; term: number }): void {
    if (role !== 'leader') return;
    this.#hold((this.#leaders.get(term) ?? id) === id, `S1 two leaders of term ${term}`);
    this.#leaders.set(term, id);
  }

  /** Notes new leases and revocations of all nodes first: one act may hold a whole hand-over. */
  #leases(script: ScriptedCluster): void {
    const fresh: number[] = [];
    for (const node of script.nodes) {
      const seen = this.#leaseCount.get(node) ?? 0;
      for (const { term, validUntilMs } of node.leases.slice(seen)) {
        this.#leaseEnds.set(term, Math.max(this.#leaseEnds.get(term) ?? 0, validUntilMs));
        fresh.push(term);
      }
      this.#leaseCount.set(node, node.leases.length);
    }
    for (const { revoked } of script.nodes) for (const term of revoked) this.#leaseEnds.delete(term);
    for (const term of fresh) {
      for (const [other, endMs] of this.#leaseEnds) {
        this.#hold(other >= term || endMs <= script.nowMs, `S12 leases of terms ${other} and ${term} overlap`);
      }
    }
  }

  #commits(script: ScriptedCluster, id: number): void {
    const { commit, firstIndex } = script.status(id);
    if (commit < firstIndex) return;
    for (const { index, term } of script.node(id).core.entries(firstIndex, commit)) {
      this.#hold((this.#committed.get(index) ?? term) === term, `S6 committed entry ${index} changed`);
      this.#committed.set(index, term);
    }
  }
}

/** One random act on the cluster. Refusals are part of the game. */
function act(script: ScriptedCluster, prng: Prng): void {
  const ids = script.nodes.map(({ id }) => id);
  const id = ids[prng.below(ids.length)] ?? 1;
  const target = 1 + prng.below(5);
  const choice = prng.below(100);
  if (choice < 30) script.tick(1);
  else if (choice < 34) script.tick(1 + prng.below(20), [id]);
  else if (choice < 36) script.advance(prng.below(400));
  else if (choice < 60) while (script.process(id));
  else if (choice < 70) script.persist(id);
  else if (choice < 78) script.apply(id);
  else if (choice < 84) attempt(() => script.propose(id, Uint8Array.of(choice)));
  else if (choice < 86) attempt(() => script.step(id, { type: 'readIndex', requestId: choice }));
  else if (choice < 88) attempt(() => script.transfer(id, target));
  else if (choice < 89) attempt(() => change(script, prng, id));
  else if (choice < 90) script.restart(id);
  else if (choice < 91) script.step(id, { type: 'peerUnreachable', peer: target });
  else if (choice < 92) compact(script, id);
  else if (choice < 93) script.step(id, { type: 'reconcilerStopped', term: script.status(id).term });
  else if (choice < 94) script.step(id, { type: 'forgetLeader', term: script.status(id).term });
  else if (choice < 95) script.campaign(id);
  else script.settle(() => prng.below(10) < 3);
  deliverSome(script, prng);
}

function deliverSome(script: ScriptedCluster, prng: Prng): void {
  script.drop(() => prng.below(20) === 0);
  for (const message of script.network) if (prng.below(30) === 0) script.network.push({ ...message });
  script.deliver(() => prng.below(3) > 0);
}

function change(script: ScriptedCluster, prng: Prng, id: number): void {
  const member = { id: 1 + prng.below(5), uuid: '' };
  member.uuid = scriptedUuid(member.id);
  const steps: ChangeStep[] = [
    { type: 'addVoter', member },
    { type: 'addLearner', member },
    { type: 'remove', id: member.id },
  ];
  const step = steps[prng.below(3)] as ChangeStep;
  const transition = prng.below(3) === 0 ? 'implicit' : 'auto';
  script.change(id, { transition, steps: [step] });
}

function compact(script: ScriptedCluster, id: number): void {
  const { applied, durableIndex, snapshotIndex, installing } = script.status(id);
  if (applied > snapshotIndex && applied <= durableIndex && !installing) script.compact(id);
}

function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!isRaftError(error)) throw error;
  }
}

function play(
  seed: number,
  steps: number,
): { readonly script: ScriptedCluster; readonly violations: readonly string[] } {
  const prng = new Prng(seed, 77);
  const script = new ScriptedCluster({
    voters: [1, 2, 3],
    learners: [4, 5],
    core: { seed, trailingEntries: prng.below(4) },
  });
  const watch = new Watch();
  for (let i = 0; i < steps; i++) {
    act(script, prng);
    watch.check(script);
  }
  script.settle();
  for (let i = 0; i < 200; i++) {
    script.run(1);
    watch.check(script);
  }
  const lies = script.refusals.filter((text) => text.includes('leads term') || text.includes('above the last index'));
  return { script, violations: [...watch.violations, ...lies] };
}

const seeds = Array.from({ length: 100 }, (_, i) => i);

describe('random scripts: any order of ticks, crashes, losses, changes (seeded)', () => {
  it.each(seeds)(
    'seed %i: one leader per term, committed entries stay, leases don’t overlap, then all is well',
    { timeout: 240_000 },
    (seed) => {
      const { script, violations } = play(seed, 1500);
      expect(violations).toEqual([]);
      expect(script.leader).toBeGreaterThan(0);
      const leader = script.status(script.leader);
      expect(leader.commit).toBe(leader.lastIndex);
      expect(leader.peers.map(({ match }) => match)).toEqual(leader.peers.map(() => leader.lastIndex));
    },
  );
});
