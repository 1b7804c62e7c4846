/** What all parts of one run share: time, chance, faults, oracles, counts. */
import type { Prng } from '../../core/prng.ts';
import type { LogIndex, NodeId } from '../../ids.ts';
import type { Coverage, CoverageName } from './coverage.ts';
import type { EventWheel } from './event-wheel.ts';
import { survivesForgetting } from './disk-losses.ts';
import type { LeaseOracle } from './lease-oracle.ts';
import type { RunProfile } from './run-profile.ts';
import type { SafetyOracle } from './safety-oracle.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulatedProcess } from './simulated-process.ts';

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
  /** Cores assert their own invariants after each step. */
  readonly checkState: boolean;
  /** Highest index that any client has seen as done; later operations must not fall behind it. */
  seenIndex = 0;
  /** Faults are over; the cluster must recover. */
  calm = false;
  network: SimulatedNetwork | null = null;
  /** A failure that surfaced inside a process, which would swallow it. */
  failure: Error | undefined;
  /** The cluster that everybody belongs to. */
  readonly clusterId: string = 'simulated';
  /** Makes the process that a node starts. */
  readonly newProcess: (node: SimulatedNode) => SimulatedProcess;
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
    checkState: boolean;
    newProcess: (node: SimulatedNode) => SimulatedProcess;
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
    this.checkState = parts.checkState;
    this.newProcess = parts.newProcess;
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

  /** Ends the run with an error that surfaced where it would be swallowed. */
  fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
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
    return this.nodes.filter((node) => node.up);
  }

  /** Processes that lead and can act, newest term last. */
  get leaders(): readonly SimulatedNode[] {
    const leading = this.nodes.filter((node) => node.awake && node.core?.role === 'leader');
    return leading.sort((a, b) => (a.core?.term ?? 0) - (b.core?.term ?? 0));
  }

  /** Commit index that a starting node finds beside its log: what was written last, or the snapshot's alone. */
  rememberedCommit(disk: SimulatedDisk): LogIndex {
    const base = disk.snapshot?.ref.index ?? 0;
    const forgets = this.chance(0.3) && survivesForgetting(disk, this);
    const commit = Math.max(base, forgets ? base : disk.commitHint);
    if (commit < disk.commitHint) this.cover('commitHintLost');
    return commit;
  }

  /** True when one of the two runs on a disk that took another's place. */
  isReplaced(a: NodeId, b: NodeId): boolean {
    return this.node(a)?.replaced === true || this.node(b)?.replaced === true;
  }

  node(id: NodeId): SimulatedNode | undefined {
    return this.nodes[id - 1];
  }
}
