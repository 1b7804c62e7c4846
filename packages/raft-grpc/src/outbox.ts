/**
 * Frames waiting for one stream. Bounded in bytes; what happens at the bound depends on what waits:
 *
 * - a newer heartbeat (or its answer) replaces a queued one: only the newest matters;
 * - votes, pre-votes and hand-over are small and never dropped while the stream lives;
 * - appends that do not fit are dropped, and the caller is told, so that the core probes again later.
 */
export interface OutboxFrame<F> {
  readonly frame: F;
  readonly sizeBytes: number;
  /** Frames of one kind replace each other while they wait; undefined: each counts. */
  readonly replaces: string | undefined;
  readonly droppable: boolean;
}

export class Outbox<F> {
  readonly #limitBytes: number;
  #waiting: OutboxFrame<F>[] = [];
  #sizeBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** False: the frame was dropped. */
  add(item: OutboxFrame<F>): boolean {
    if (item.replaces !== undefined) {
      const at = this.#waiting.findIndex(({ replaces }) => replaces === item.replaces);
      if (at >= 0) {
        this.#sizeBytes += item.sizeBytes - (this.#waiting[at] as OutboxFrame<F>).sizeBytes;
        this.#waiting[at] = item;
        return true;
      }
    }
    if (item.droppable && this.#sizeBytes + item.sizeBytes > this.#limitBytes) return false;
    this.#waiting.push(item);
    this.#sizeBytes += item.sizeBytes;
    return true;
  }

  /** The frames in order; the outbox is empty afterwards. */
  take(): readonly OutboxFrame<F>[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#sizeBytes = 0;
    return taken;
  }

  /** Puts frames back in front, in order: a stream took only some of them. */
  putBack(items: readonly OutboxFrame<F>[]): void {
    this.#waiting = [...items, ...this.#waiting];
    for (const { sizeBytes } of items) this.#sizeBytes += sizeBytes;
  }
}
