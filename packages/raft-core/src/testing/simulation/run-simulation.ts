/**
 * One simulated run: a cluster under faults for a number of ticks, then calm, in which it must recover. Everything
 * follows from the seed; equal seeds give equal traces, line for line.
 *
 * Two modes share faults, clients, oracles and invariants. `runSimulation` drives bare cores with more liberties than any
 * driver takes; `runDriverSimulation` runs the real driver, whose promises need a `settle` of the caller's.
 *
 * What is not asked, and why nobody could:
 *
 * - A disk is only lost, and a commit hint only forgotten, while every membership in use keeps a live quorum
 *   (`disk-losses.ts` says more). An administrator who knows of a lost disk takes no other voter away meanwhile.
 * - A machine whose clock stands still is outside the bound on clocks that leases rest on: for the term it led then, S12, S14
 *   and lease reads give way to the fence oracle, which must find each late write marked. Everything else still holds for it.
 * - Each write of a storage is atomic, as its port promises and its conformance suite proves byte by byte; a crash leaves it
 *   done or not, and falls before, within, between and after the writes of one drain.
 * - A client gives up now and then (at most 1 % of operations); such a command may count once, or never.
 */
import { configurationOf, encodeConfiguration } from '../../configuration.ts';
import { Prng } from '../../core/prng.ts';
import { isRaftError } from '../../errors.ts';
import type { NodeId } from '../../ids.ts';
import { InvariantViolation } from '../../invariant.ts';
import { Administrator } from './administrator.ts';
import { CoreProcess } from './core-process.ts';
import { emptyCoverage, type Coverage } from './coverage.ts';
import { DriverProcess } from './driver-process.ts';
import { EventWheel } from './event-wheel.ts';
import { LeaseOracle } from './lease-oracle.ts';
import { Nemesis } from './nemesis.ts';
import { Recovery } from './recovery.ts';
import { drawProfile } from './run-profile.ts';
import { SafetyOracle } from './safety-oracle.ts';
import { SimulatedClient } from './simulated-client.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedNode } from './simulated-node.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { SimulatedTransport } from './simulated-transport.ts';
import { SimulationFailure } from './simulation-failure.ts';
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

export interface DriverSimulationOptions extends SimulationOptions {
  /** Resolves when all pending microtasks have run: one `setImmediate`. */
  readonly settle: () => Promise<void>;
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

/** Runs one seed over bare cores. Broken rules are reported, not thrown. */
export function runSimulation(options: SimulationOptions): SimulationResult {
  const run = new SimulationRun(options, (node) => new CoreProcess(node));
  let violation: Violation | null = null;
  try {
    for (const endMs of run.phases()) run.world.wheel.runUntil(endMs);
  } catch (error) {
    violation = run.violationOf(error);
  }
  return run.result(violation);
}

/** Runs one seed over real drivers. Broken rules are reported, not thrown. */
export async function runDriverSimulation(options: DriverSimulationOptions): Promise<SimulationResult> {
  const ends = new Map<NodeId, SimulatedTransport>();
  const run = new SimulationRun(options, (node) => new DriverProcess(node, ends));
  const { world } = run;
  const settle = async (): Promise<void> => {
    await options.settle();
    if (world.failure !== undefined) throw world.failure;
  };
  let violation: Violation | null = null;
  try {
    for (const endMs of run.phases()) await world.wheel.runSettledUntil(endMs, settle);
  } catch (error) {
    violation = run.violationOf(error);
  }
  return run.result(violation);
}

class SimulationRun {
  readonly #options: SimulationOptions;
  readonly world: SimulationWorld;
  readonly #clients: SimulatedClient[];

  constructor(options: SimulationOptions, newProcess: (node: SimulatedNode) => SimulatedProcess) {
    this.#options = options;
    const { seed, onLine, checkState = true } = options;
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
      checkState,
      newProcess,
      onLine,
    });
    world.network = new SimulatedNetwork(world);
    this.world = world;
    this.#clients = Array.from({ length: world.profile.clientCount }, (_, id) => new SimulatedClient(id, world));
    this.#found();
  }

  /** Yields how far real time must run before it goes on. @throws `SimulationFailure` */
  *phases(): Generator<number, void, void> {
    const { world } = this;
    const nemesis = new Nemesis(world);
    const administrator = new Administrator(world);
    for (const node of world.nodes) node.start();
    for (const client of this.#clients) client.start();
    nemesis.start();
    administrator.start();
    yield this.#options.ticks * 10;
    nemesis.stop();
    yield* new Recovery(world, this.#clients, administrator).watch();
  }

  violationOf(error: unknown): Violation {
    const atMs = this.world.nowMs;
    if (error instanceof SimulationFailure) return { rule: error.rule, message: error.message, atMs };
    if (error instanceof InvariantViolation || isRaftError(error))
      return { rule: 'core', message: error.message, atMs };
    return { rule: 'core', message: error instanceof Error ? (error.stack ?? error.message) : String(error), atMs };
  }

  result(violation: Violation | null): SimulationResult {
    const { seed, ticks } = this.#options;
    const { profile, coverage, oracle, nodes, nowMs } = this.world;
    coverage.duplicateCommand = oracle.history.repeatedCount;
    const sum = (pick: (client: SimulatedClient) => number): number =>
      this.#clients.reduce((total, client) => total + pick(client), 0);
    return {
      seed,
      nodeTicks: profile.nodeCount * Math.max(ticks, nowMs / 10),
      coverage,
      operations: sum((client) => client.doneCount),
      unknownOutcomes: sum((client) => client.unknownCount),
      committed: oracle.history.lastIndex,
      terms: Math.max(...nodes.map((node) => node.disk.hardState.term)),
      violation,
    };
  }

  #found(): void {
    const { world } = this;
    const { nodeCount, founderCount, electionTimeoutsMs } = world.profile;
    for (let id = 1; id <= nodeCount; id++) world.nodes.push(new SimulatedNode(id, world));
    const founders = world.nodes.slice(0, founderCount);
    const configuration = configurationOf(founders.map(({ id, uuid }) => ({ id, uuid })));
    for (const node of founders) node.disk.founders = configuration;
    const data = encodeConfiguration(configuration);
    world.oracle.history.take({ index: 1, term: 1, type: 'configuration', data }, 1, 'bootstrap');
    if (new Set(electionTimeoutsMs).size > 1) world.cover('mixedTiming');
  }
}
