/**
 * A node's reconcilers, as far as leases go: they act while the lease they know of is valid by their own clock, and take
 * their time to stop when it is revoked.
 */
import { isJoint, type Configuration } from '../../configuration.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { Term } from '../../ids.ts';
import type { LeaseInterval } from './lease-oracle.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { hold } from './simulation-failure.ts';

export class LeaseHolder {
  readonly #node: SimulatedNode;
  #lease: { readonly interval: LeaseInterval; localUntilMs: number } | null = null;
  /** Term during whose leadership the clock stood still. */
  #frozenTerm: Term = 0;

  constructor(node: SimulatedNode) {
    this.#node = node;
  }

  /** True while it may act as leader, by its own clock. */
  get valid(): boolean {
    return this.#lease !== null && this.#node.localMs < this.#lease.localUntilMs;
  }

  /** Term acted on: not yet stopped, not lapsed. 0: none. */
  get term(): Term {
    return this.#lease !== null && this.valid ? this.#lease.interval.term : 0;
  }

  /** True when a lease is known, lapsed or not. */
  get known(): boolean {
    return this.#lease !== null;
  }

  /** True when the clock stood still while this node led `term`. */
  frozenIn(term: Term): boolean {
    return term !== 0 && this.#frozenTerm === term;
  }

  /** A lease is handed out, computed under one of `configurations`. */
  take(
    core: RaftCore,
    lease: { readonly term: Term; readonly validUntilMs: number },
    configurations: readonly Configuration[],
  ): void {
    const { world, uuid, id, clock } = this.#node;
    const appliedTerm = world.oracle.history.committed(core.applied)?.entry.term;
    hold(appliedTerm === lease.term, 'S12', () => `H4: ${uuid} has a lease before its own entry is applied`);
    if (this.#lease !== null && this.#lease.interval.term !== lease.term) this.end();
    const { interval, fresh, lapsed } = world.leases.published({
      term: lease.term,
      id,
      uuid,
      nowMs: world.nowMs,
      untilMs: clock.realMs(lease.validUntilMs),
      configurations,
      frozen: this.frozenIn(lease.term),
    });
    if (fresh) world.cover('h4LeaseAfterApply');
    if (lapsed) world.cover('lapseWithoutLoss');
    if (isJoint(core.configuration)) world.cover('h9JointLease');
    this.#lease = { interval, localUntilMs: lease.validUntilMs };
  }

  /** Stops after a while; `stopped` runs in the process then. */
  revoke(term: Term, stopped: () => void): void {
    const { world, epoch } = this.#node;
    const { stopMs } = world.profile;
    const stop = (): void => {
      if (this.#lease?.interval.term === term) this.end();
      stopped();
    };
    world.wheel.in(stopMs === 0 ? 0 : world.random.below(stopMs + 1), () => this.#node.post(epoch, stop));
  }

  /** Nothing acts any more. */
  end(): void {
    if (this.#lease !== null) this.#lease.interval.ended = true;
    this.#lease = null;
  }

  /** The machine stands still, clock included. */
  freeze(core: RaftCore | null): void {
    if (core?.role === 'leader') this.#frozenTerm = core.term;
    if (this.#lease !== null) this.#lease.interval.frozen = true;
  }

  /** A reconciler writes with its token, as far as it knows rightfully. */
  write(): void {
    if (!this.valid || this.#lease === null) return;
    const { world } = this.#node;
    if (world.leases.write(this.#lease.interval)) world.cover('h5LateWriteFlagged');
  }
}
