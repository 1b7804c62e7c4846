/** Waits of one process: over after simulated time, once the process is awake; never over when it died meanwhile. */
import type { SimulatedNode } from './simulated-node.ts';

export class SimulatedWaits {
  readonly #node: SimulatedNode;
  readonly #epoch: number;

  constructor(node: SimulatedNode) {
    this.#node = node;
    this.#epoch = node.epoch;
  }

  /** @throws the signal's reason, at once. */
  wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.until(signal, (resolve) =>
      this.#node.world.wheel.in(delayMs, () => this.#node.post(this.#epoch, resolve)),
    );
  }

  /** Waits for whatever `begin` starts. @throws the signal's reason, at once. */
  until<T>(
    signal: AbortSignal,
    begin: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      const over = (): void => signal.removeEventListener('abort', abort);
      const done = (value: T): void => {
        over();
        resolve(value);
      };
      const failed = (reason: unknown): void => {
        over();
        reject(reason);
      };
      begin(done, failed);
    });
  }
}
