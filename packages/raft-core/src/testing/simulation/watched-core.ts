/** A core that is watched by `CoreWatch` whoever calls it. Once its process has died, nobody watches any more. */
import type { Configuration } from '../../configuration.ts';
import type { Effects } from '../../core/effect.ts';
import type { RaftEvent } from '../../core/event.ts';
import type { RaftCore, RaftStatus } from '../../core/raft-node.ts';
import type { Role } from '../../core/trace.ts';
import type { Entry, Timing } from '../../entry.ts';
import { isRaftError } from '../../errors.ts';
import type { LogIndex, NodeId, Term } from '../../ids.ts';
import type { CoreWatch } from './core-watch.ts';
import type { SimulatedNode } from './simulated-node.ts';

export class WatchedCore implements RaftCore {
  readonly #core: RaftCore;
  readonly #watch: CoreWatch;
  readonly #node: SimulatedNode;
  readonly #epoch: number;

  constructor(core: RaftCore, watch: CoreWatch, node: SimulatedNode) {
    this.#core = core;
    this.#watch = watch;
    this.#node = node;
    this.#epoch = node.epoch;
  }

  step(event: RaftEvent, nowMs: number): void {
    const watched = this.#epoch === this.#node.epoch;
    if (watched) this.#watched(() => this.#watch.stepping(event));
    try {
      this.#core.step(event, nowMs);
    } catch (error) {
      if (watched) this.#watched(() => this.#watch.refused(event, error));
      if (watched && !isRaftError(error)) this.#node.world.fail(error);
      throw error;
    }
    if (watched) this.#watched(() => this.#watch.stepped(event));
  }

  drain(out: Effects): boolean {
    const more = this.#core.drain(out);
    if (more && this.#epoch === this.#node.epoch) this.#watched(() => this.#watch.drained(out));
    return more;
  }

  entries(from: LogIndex, to: LogIndex, maxBytes?: number): readonly Entry[] {
    return this.#core.entries(from, to, maxBytes);
  }

  status(): RaftStatus {
    return this.#core.status();
  }

  setElectionWait(ticks: number): void {
    this.#core.setElectionWait(ticks);
  }

  get id(): NodeId {
    return this.#core.id;
  }

  get uuid(): string {
    return this.#core.uuid;
  }

  get role(): Role {
    return this.#core.role;
  }

  get term(): Term {
    return this.#core.term;
  }

  get leaderId(): NodeId {
    return this.#core.leaderId;
  }

  get lastIndex(): LogIndex {
    return this.#core.lastIndex;
  }

  get commit(): LogIndex {
    return this.#core.commit;
  }

  get applied(): LogIndex {
    return this.#core.applied;
  }

  get configuration(): Configuration {
    return this.#core.configuration;
  }

  get timing(): Timing {
    return this.#core.timing;
  }

  /** A broken rule ends the run, even though the driver would take it for a failure of its own. */
  #watched(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#node.world.fail(error);
      throw error;
    }
  }
}
