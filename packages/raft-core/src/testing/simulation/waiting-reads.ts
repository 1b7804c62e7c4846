/** Clients' reads at one process of a bare core: first they wait for an index, then for its being applied. */
import type { LogIndex } from '../../ids.ts';
import type { RegisterMachine } from './register-machine.ts';
import type { ReadReply } from './simulated-process.ts';

interface WaitingRead {
  /** 0 until it is known. */
  index: LogIndex;
  exempt: boolean;
  readonly reply: ReadReply;
}

export class WaitingReads {
  readonly #reads = new Map<number, WaitingRead>();

  add(requestId: number, reply: ReadReply): void {
    this.#reads.set(requestId, { index: 0, exempt: false, reply });
  }

  /** The core has named the index to wait for. */
  indexKnown(requestId: number, index: LogIndex, exempt: boolean): void {
    const read = this.#reads.get(requestId);
    if (read !== undefined) Object.assign(read, { index, exempt });
  }

  /** Answers what this state may answer. */
  serve(machine: RegisterMachine): void {
    if (this.#reads.size === 0) return;
    for (const [requestId, { index, exempt, reply }] of this.#reads) {
      if (index === 0 || index > machine.index) continue;
      this.#reads.delete(requestId);
      reply(machine, exempt);
    }
  }
}
