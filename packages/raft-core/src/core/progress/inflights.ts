/** The window of one follower: appends sent and not yet acknowledged, in messages and bytes. A ring, never grows. */
import type { LogIndex } from '../../ids.ts';
import { invariant } from '../../invariant.ts';

export class Inflights {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #lastIndexes: number[];
  readonly #sizes: number[];
  #start = 0;
  #count = 0;
  #sizeBytes = 0;

  constructor(limits: { readonly maxMessages: number; readonly maxBytes: number }) {
    this.#maxMessages = limits.maxMessages;
    this.#maxBytes = limits.maxBytes;
    this.#lastIndexes = Array.from({ length: limits.maxMessages }, () => 0);
    this.#sizes = Array.from({ length: limits.maxMessages }, () => 0);
  }

  /** Messages in the window. */
  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** True when nothing more may be sent. One message may overshoot the byte limit. */
  get isFull(): boolean {
    return this.#count === this.#maxMessages || (this.#maxBytes > 0 && this.#sizeBytes >= this.#maxBytes);
  }

  /** Adds a message that ends with `lastIndex`. The window must not be full. */
  add(lastIndex: LogIndex, sizeBytes: number): void {
    invariant(!this.isFull, 'nothing is sent into a full window', { count: this.#count, sizeBytes: this.#sizeBytes });
    const at = (this.#start + this.#count) % this.#maxMessages;
    this.#lastIndexes[at] = lastIndex;
    this.#sizes[at] = sizeBytes;
    this.#count += 1;
    this.#sizeBytes += sizeBytes;
  }

  /** Frees all messages that end at or before `index`. */
  freeTo(index: LogIndex): void {
    while (this.#count > 0 && (this.#lastIndexes[this.#start] as number) <= index) this.freeFirst();
  }

  /** Frees the oldest message: an answer may have been lost, and a full window must not wait for ever. */
  freeFirst(): void {
    if (this.#count === 0) return;
    this.#sizeBytes -= this.#sizes[this.#start] as number;
    this.#start = (this.#start + 1) % this.#maxMessages;
    this.#count -= 1;
  }

  reset(): void {
    this.#start = 0;
    this.#count = 0;
    this.#sizeBytes = 0;
  }
}
