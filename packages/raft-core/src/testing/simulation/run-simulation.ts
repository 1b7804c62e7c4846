/**
 * One simulated run: a cluster of real cores under faults for a number of ticks, then calm, in which it must recover.
 * Everything follows from the seed; equal seeds give equal traces, line for line.
 */
import { configurationOf, isJoint } from '../../configuration.ts';
import { Prng } from '../../core/prng.ts';
import { isRaftError } from '../../errors.ts';
import { InvariantViolation } from '../../invariant.ts';
import { Administrator } from './administrator.ts';
import { emptyCoverage, type Coverage } from './coverage.ts';
import { EventWheel } from './event-wheel.ts';
import { LeaseOracle } from './lease-oracle.ts';
import { Nemesis } from './nemesis.ts';
import { drawProfile } from './run-profile.ts';
import { SafetyOracle } from './safety-oracle.ts';
import { SimulatedClient } from './simulated-client.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { hold, SimulationFailure } from './simulation-failure.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedNode } from './simulated-node.ts';
import { SimulationWorld } from './simulation-world.ts';

export interface SimulationOptions {
  /** Non-negative integer below 2^32. */
  readonly seed: number;
  /** Length of the faulty phase, in ticks of 10 ms. */
  readonly ticks: number;
  /** Receives the trace, one line per event; costs most of the speed. */
  readonly onLine?: (line: string) => void;
  /** Cores assert their invariants after each step. @default true */
  readonly checkState?: boolean;
}

/** A broken rule. */
export interface Violation {
  /** `S1` to `S14`, `client`, `liveness` or `core`. */
  readonly rule: string;
  readonly message: string;
  readonly atMs: number;
}

export interface SimulationResult {
  readonly seed: number;
  readonly nodeTicks: number;
  readonly coverage: Coverage;
  readonly operations: number;
  readonly unknownOutcomes: number;
  readonly committed: number;
  readonly terms: number;
  readonly violation: Violation | null;
}

/** Runs one seed. Broken rules are reported, not thrown. */
export function runSimulation(options: SimulationOptions): SimulationResult {
  const run = new SimulationRun(options);
  let violation: Violation | null = null;
  try {
    run.faults();
    run.calm();
  } catch (error) {
    violation = { ...violationOf(error), atMs: run.nowMs };
  }
  return run.result(violation);
}

class SimulationRun {
  readonly #options: SimulationOptions;
  readonly #world: SimulationWorld;
  readonly #clients: SimulatedClient[];
  readonly #nemesis: Nemesis;
  readonly #administrator: Administrator;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const { seed, onLine } = options;
    const disks = new Map<string, SimulatedDisk>();
    const random = new Prng(seed, 0);
    const world = new SimulationWorld({
      seed,
      random,
      profile: drawProfile(random),
      wheel: new EventWheel(),
      oracle: new SafetyOracle(disks),
      leases: new LeaseOracle(),
      coverage: emptyCoverage(),
      disks,
      onLine,
    });
    world.checkState = options.checkState ?? true;
    world.network = new SimulatedNetwork(world);
    this.#world = world;
    this.#nemesis = new Nemesis(world);
    this.#administrator = new Administrator(world);
    this.#clients = Array.from({ length: world.profile.clientCount }, (_, id) => new SimulatedClient(id, world));
    this.#found();
  }

  get nowMs(): number {
    return this.#world.nowMs;
  }

  faults(): void {
    const { nodes } = this.#world;
    for (const node of nodes) node.start();
    for (const client of this.#clients) client.start();
    this.#nemesis.start();
    this.#administrator.start();
    this.#world.wheel.runUntil(this.#options.ticks * 10);
  }

  /** Faults stop, skew stays: within 20 promises there is a leader with a lease, everything commits, states agree. */
  calm(): void {
    const world = this.#world;
    world.calm = true;
    world.note(0, () => 'calm');
    this.#nemesis.stop();
    const promises = world.running.map((node) => node.core?.timing.electionTimeoutMs ?? 0);
    const endMs = world.nowMs + 20 * Math.max(...promises, 1000);
    const before = this.#clients.map((client) => client.doneCount);
    for (let problem = this.#unsettled(before); problem !== undefined; problem = this.#unsettled(before)) {
      if (world.nowMs >= endMs) this.#noteStates();
      hold(world.nowMs < endMs, 'liveness', () => problem ?? '');
      world.wheel.runUntil(world.nowMs + 10);
      if (world.nowMs % 50 === 0) this.#administrator.repair();
    }
  }

  result(violation: Violation | null): SimulationResult {
    const { seed, ticks } = this.#options;
    const { profile, coverage, oracle, nodes } = this.#world;
    const sum = (pick: (client: SimulatedClient) => number): number =>
      this.#clients.reduce((total, client) => total + pick(client), 0);
    return {
      seed,
      nodeTicks: profile.nodeCount * Math.max(ticks, this.nowMs / 10),
      coverage,
      operations: sum((client) => client.doneCount),
      unknownOutcomes: sum((client) => client.unknownCount),
      committed: oracle.history.lastIndex,
      terms: Math.max(...nodes.map((node) => node.disk.hardState.term)),
      violation,
    };
  }

  #found(): void {
    const world = this.#world;
    const { nodeCount, founderCount, electionTimeoutsMs } = world.profile;
    for (let id = 1; id <= nodeCount; id++) world.nodes.push(new SimulatedNode(id, world));
    const founders = world.nodes.slice(0, founderCount);
    const configuration = configurationOf(founders.map(({ id, uuid }) => ({ id, uuid })));
    for (const node of founders) {
      node.bootstrap(configuration);
      for (const entry of node.disk.entries) world.oracle.history.take(entry, 1, node.uuid);
    }
    if (new Set(electionTimeoutsMs).size > 1) world.cover('mixedTiming');
  }

  /** Ends the trace of a run that does not recover with what each node knows. */
  #noteStates(): void {
    for (const { id, uuid, core } of this.#world.nodes) {
      this.#world.note(id, () => `${uuid} ${core === null ? 'is down' : JSON.stringify(core.status())}`);
    }
  }

  /** What is still missing, or undefined. */
  #unsettled(before: readonly number[]): string | undefined {
    const { leaders, nodes, oracle } = this.#world;
    const leader = leaders.at(-1);
    const core = leader?.core;
    if (!leader || !core) return 'nobody leads';
    if (!leader.holdsLease) return `${leader.uuid} leads without a lease`;
    if (isJoint(core.configuration)) return 'a joint phase does not end';
    if (!this.#clients.every((client, i) => client.doneCount > (before[i] ?? 0))) return 'a client waits';
    const { voters, learners } = core.configuration;
    for (const { id, uuid } of [...voters, ...learners]) {
      const node = nodes[id - 1];
      if (node?.uuid !== uuid) return `member ${id} is wiped and not replaced`;
      const lag = oracle.history.lastIndex - node.machine.index;
      if (lag > 5) return `${uuid} is ${lag} entries behind`;
    }
    return undefined;
  }
}

function violationOf(error: unknown): { rule: string; message: string } {
  if (error instanceof SimulationFailure) return { rule: error.rule, message: error.message };
  if (error instanceof InvariantViolation || isRaftError(error)) return { rule: 'core', message: error.message };
  return { rule: 'core', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
