/** A fair semaphore: short requests share a fixed number of slots, in order of arrival. */
import { onAbort } from '../on-abort.ts';

interface Waiter {
  readonly grant: () => void;
}

export class RequestSlots {
  readonly #waiters = new Set<Waiter>();
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Requests that wait for a slot. Bounded by the callers, each of which waits for its own answer. */
  get waitingCount(): number {
    return this.#waiters.size;
  }

  /** Resolves with the function that gives the slot back (idempotent). @throws `signal.reason` */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await this.#wait(signal);
    }
    let held = true;
    return () => {
      if (held) {
        held = false;
        this.#giveBack();
      }
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant: () => {
          stopListening();
          resolve();
        },
      };
      this.#waiters.add(waiter);
      const stopListening = onAbort(signal, () => {
        this.#waiters.delete(waiter);
        reject(signal.reason as Error);
      });
    });
  }

  /** The slot passes straight to the longest waiter, if there is one. */
  #giveBack(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiters.delete(next);
    next.grant();
  }
}
