/** The clock port of one process: its machine's clock, whose timers wait while the process is held up. */
import type { Clock } from '../../ports/clock.ts';
import type { SimulatedNode } from './simulated-node.ts';

/** A timer fires when the local clock has reached its time, but for rounding. */
const roundingMs = 1e-6;

export class NodeClock implements Clock {
  readonly #node: SimulatedNode;
  readonly #epoch: number;
  /** Timers and deferred callbacks that wait; 0 after a clean end. */
  pendingCount = 0;

  constructor(node: SimulatedNode) {
    this.#node = node;
    this.#epoch = node.epoch;
  }

  nowMs(): number {
    return this.#node.localMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const node = this.#node;
    const dueLocalMs = node.localMs + Math.max(0, delayMs);
    const { run, cancel } = this.#once(callback);
    const wait = (): void => {
      const { wheel, nowMs } = node.world;
      wheel.in(Math.max(0, node.clock.realMs(dueLocalMs) - nowMs), () => node.postTimer(this.#epoch, fire));
    };
    const fire = (): void => {
      if (node.localMs < dueLocalMs - roundingMs) wait();
      else run();
    };
    wait();
    return cancel;
  }

  defer(callback: () => void): () => void {
    const { run, cancel } = this.#once(callback);
    this.#node.world.wheel.in(0, () => this.#node.post(this.#epoch, run));
    return cancel;
  }

  #once(callback: () => void): { readonly run: () => void; readonly cancel: () => void } {
    let live = true;
    this.pendingCount += 1;
    const cancel = (): void => {
      if (live) this.pendingCount -= 1;
      live = false;
    };
    const run = (): void => {
      if (!live) return;
      cancel();
      callback();
    };
    return { run, cancel };
  }
}
