/**
 * Listens to abort signals that outlive their listeners by far, such as that of a leadership, which every write follows.
 *
 * Node keeps the listeners of a signal in a linked list, and one that was removed still points at its successor. Once a
 * removed listener has reached the old generation, the collector of the young one keeps everything added later: with a
 * listener per request, whole requests and answers grow old as garbage. A Set is no better: each table it outgrew points
 * at the next one. Here a signal has one listener for good, and what follows the signal stands in a ring; whoever leaves
 * it points at nobody.
 */

const rings = new WeakMap<AbortSignal, Follower>();

/** Calls `callback` once when `signal` aborts; at once when it has. Returns how to stop listening (idempotent). */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const follower = new Follower(callback);
  follower.join(ringOf(signal));
  return () => follower.leave();
}

/** A place in a ring, whose first member is nobody. */
class Follower {
  readonly #callback: () => void;
  #next: Follower = this;
  #previous: Follower = this;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  /** Becomes the last of the ring that begins with `first`. */
  join(first: Follower): void {
    this.#next = first;
    this.#previous = first.#previous;
    this.#previous.#next = this;
    first.#previous = this;
  }

  leave(): void {
    this.#previous.#next = this.#next;
    this.#next.#previous = this.#previous;
    this.#next = this;
    this.#previous = this;
  }

  /** Calls those behind it, in order; each leaves before it is called. */
  callOthers(): void {
    while (this.#next !== this) {
      const next = this.#next;
      next.leave();
      next.#callback();
    }
  }
}

function ringOf(signal: AbortSignal): Follower {
  let ring = rings.get(signal);
  if (ring === undefined) {
    const first = new Follower(() => undefined);
    signal.addEventListener('abort', () => first.callOthers(), { once: true });
    rings.set(signal, first);
    ring = first;
  }
  return ring;
}
