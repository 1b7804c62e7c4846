/**
 * The end of every run: faults have stopped, clock skew stays. Within 20 promises there is one leader with a lease, each
 * client has had something done, changes are finished and lost disks replaced; then clients stop, and every member comes
 * to the same state.
 */
import { isJoint } from '../../configuration.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { Administrator } from './administrator.ts';
import type { SimulatedClient } from './simulated-client.ts';
import { hold } from './simulation-failure.ts';
import type { SimulationWorld } from './simulation-world.ts';

export class Recovery {
  readonly #world: SimulationWorld;
  readonly #clients: readonly SimulatedClient[];
  readonly #administrator: Administrator;

  constructor(world: SimulationWorld, clients: readonly SimulatedClient[], administrator: Administrator) {
    this.#world = world;
    this.#clients = clients;
    this.#administrator = administrator;
  }

  /** Yields how far real time must run before it looks again. @throws `SimulationFailure` of rule `liveness`. */
  *watch(): Generator<number, void, void> {
    const world = this.#world;
    world.calm = true;
    world.note(0, () => 'calm');
    const before = this.#clients.map((client) => client.doneCount);
    const endMs = world.nowMs + 20 * this.#promiseMs;
    yield* this.#until(endMs, () => this.#unsettled(before));
    for (const client of this.#clients) client.stop();
    yield* this.#until(endMs, () => this.#unequal());
  }

  *#until(endMs: number, problem: () => string | undefined): Generator<number, void, void> {
    const world = this.#world;
    for (let left = problem(); left !== undefined; left = problem()) {
      if (world.nowMs >= endMs) this.#noteStates();
      const reason = left;
      hold(world.nowMs < endMs, 'liveness', () => reason);
      yield world.nowMs + 10;
      if (world.nowMs % 50 === 0) this.#administrator.repair();
    }
  }

  /** The longest promise that anybody may have given or asks for. */
  get #promiseMs(): number {
    const { nodes, profile } = this.#world;
    const inForce = nodes.map((node) => node.core?.timing.electionTimeoutMs ?? 0);
    const given = nodes.map((node) => node.disk.hardState.promiseMs);
    return Math.max(...profile.electionTimeoutsMs, ...inForce, ...given);
  }

  /** What is still missing, or undefined. */
  #unsettled(before: readonly number[]): string | undefined {
    const leader = this.#world.leaders.at(-1);
    const core = leader?.core;
    if (!leader || !core) return 'nobody leads';
    if (!leader.lease.valid) return `${leader.uuid} leads without a lease`;
    if (isJoint(core.configuration)) return 'a joint phase does not end';
    if (!this.#clients.every((client, i) => client.doneCount > (before[i] ?? 0))) return 'a client waits';
    return this.#replaced(core);
  }

  #replaced({ configuration }: RaftCore): string | undefined {
    const missing = [...configuration.voters, ...configuration.learners].find(
      ({ id, uuid }) => this.#world.node(id)?.uuid !== uuid,
    );
    return missing && `member ${missing.id} is wiped and not replaced`;
  }

  /** Who differs from the leader once nothing new comes in, or undefined. */
  #unequal(): string | undefined {
    const { leaders, oracle } = this.#world;
    const core = leaders.at(-1)?.core;
    if (!core) return 'nobody leads';
    const { lastIndex } = oracle.history;
    if (core.lastIndex > lastIndex) return `${core.uuid} has ${core.lastIndex - lastIndex} entries uncommitted`;
    const { voters, learners } = core.configuration;
    const digest = oracle.history.committed(lastIndex)?.digest;
    for (const { id } of [...voters, ...learners]) {
      const node = this.#world.node(id);
      const applied = node?.core?.applied ?? 0;
      if (applied !== lastIndex) return `${node?.uuid} has applied ${applied} of ${lastIndex}`;
      const same = node?.process?.machine.digest === digest;
      hold(same, 'S7', () => `final state of ${node?.uuid} differs`);
    }
    return undefined;
  }

  /** Ends the trace of a run that does not recover with what each node knows. */
  #noteStates(): void {
    for (const { id, uuid, core } of this.#world.nodes) {
      this.#world.note(id, () => `${uuid} ${core === null ? 'is down' : JSON.stringify(core.status())}`);
    }
  }
}
