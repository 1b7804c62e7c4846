/** What all parts of one run share: time, chance, faults, oracles, counts. */
import type { Prng } from '../../core/prng.ts';
import type { NodeId } from '../../ids.ts';
import type { Coverage, CoverageName } from './coverage.ts';
import type { EventWheel } from './event-wheel.ts';
import type { LeaseOracle } from './lease-oracle.ts';
import type { RunProfile } from './run-profile.ts';
import type { SafetyOracle } from './safety-oracle.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedNode } from './simulated-node.ts';

export class SimulationWorld {
  readonly seed: number;
  readonly random: Prng;
  readonly profile: RunProfile;
  readonly wheel: EventWheel;
  readonly oracle: SafetyOracle;
  readonly leases: LeaseOracle;
  readonly coverage: Coverage;
  readonly disks: Map<string, SimulatedDisk>;
  /** In order of ids, which begin with 1. */
  readonly nodes: SimulatedNode[] = [];
  /** A disk was wiped: refused messages are no proof of a fault of ours any more. */
  wiped = false;
  /** Cores assert their own invariants after each step. */
  checkState = true;
  /** Highest index that any client has seen as done; later operations must not fall behind it. */
  seenIndex = 0;
  /** Faults are over; the cluster must recover. */
  calm = false;
  network: SimulatedNetwork | null = null;
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(parts: {
    seed: number;
    random: Prng;
    profile: RunProfile;
    wheel: EventWheel;
    oracle: SafetyOracle;
    leases: LeaseOracle;
    coverage: Coverage;
    disks: Map<string, SimulatedDisk>;
    onLine: ((line: string) => void) | undefined;
  }) {
    this.seed = parts.seed;
    this.random = parts.random;
    this.profile = parts.profile;
    this.wheel = parts.wheel;
    this.oracle = parts.oracle;
    this.leases = parts.leases;
    this.coverage = parts.coverage;
    this.disks = parts.disks;
    this.#onLine = parts.onLine;
  }

  get nowMs(): number {
    return this.wheel.nowMs;
  }

  get tracing(): boolean {
    return this.#onLine !== undefined;
  }

  /** One line of the trace: time, node, what. `text` is built only when somebody reads it. */
  note(id: NodeId, text: () => string): void {
    this.#onLine?.(`${String(this.wheel.nowMs).padStart(7)} ${id === 0 ? '-' : `n${id}`} ${text()}`);
  }

  cover(name: CoverageName): void {
    this.coverage[name] += 1;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.random.below(1_000_000) < probability * 1_000_000;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)] as T;
  }

  /** Processes that run, paused ones included. */
  get running(): readonly SimulatedNode[] {
    return this.nodes.filter((node) => node.core !== null);
  }

  /** Processes that lead and can act, newest term last. */
  get leaders(): readonly SimulatedNode[] {
    const leading = this.nodes.filter((node) => node.awake && node.core?.role === 'leader');
    return leading.sort((a, b) => (a.core?.term ?? 0) - (b.core?.term ?? 0));
  }

  node(id: NodeId): SimulatedNode | undefined {
    return this.nodes[id - 1];
  }
}
