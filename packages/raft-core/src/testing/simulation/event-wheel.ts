/** Simulated real time in whole milliseconds: actions due at one instant run in the order they were scheduled. */
import { invariant } from '../../invariant.ts';

/** Furthest an action may lie ahead, and the bound on actions of one instant (a livelock ends there). */
const limits = { horizonMs: 32_768, actionsPerMs: 200_000 } as const;

export class EventWheel {
  readonly #slots: (() => void)[][] = Array.from({ length: limits.horizonMs }, () => []);
  /** Real time since the start of the run. */
  nowMs = 0;

  /** Runs `action` after `delayMs` (rounded up to whole milliseconds; 0: later in this instant). */
  in(delayMs: number, action: () => void): void {
    const whole = Math.max(0, Math.ceil(delayMs));
    invariant(whole < limits.horizonMs, 'simulated delays stay within the horizon', { delayMs });
    (this.#slots[(this.nowMs + whole) % limits.horizonMs] as (() => void)[]).push(action);
  }

  /** As `runUntil`, and lets `settle` finish what each action has started before the next one runs. */
  async runSettledUntil(endMs: number, settle: () => Promise<void>): Promise<void> {
    await settle();
    await this.#runSlotSettled(settle);
    while (this.nowMs < endMs) {
      this.nowMs += 1;
      await this.#runSlotSettled(settle);
    }
  }

  /** Runs everything due until `endMs`, which becomes the present. */
  runUntil(endMs: number): void {
    this.#runSlot();
    while (this.nowMs < endMs) {
      this.nowMs += 1;
      this.#runSlot();
    }
  }

  async #runSlotSettled(settle: () => Promise<void>): Promise<void> {
    const slot = this.#slots[this.nowMs % limits.horizonMs] as (() => void)[];
    for (let i = 0; i < slot.length; i++) {
      invariant(i < limits.actionsPerMs, 'one instant ends', { nowMs: this.nowMs });
      (slot[i] as () => void)();
      await settle();
    }
    slot.length = 0;
  }

  #runSlot(): void {
    const slot = this.#slots[this.nowMs % limits.horizonMs] as (() => void)[];
    for (let i = 0; i < slot.length; i++) {
      invariant(i < limits.actionsPerMs, 'one instant ends', { nowMs: this.nowMs });
      (slot[i] as () => void)();
    }
    slot.length = 0;
  }
}
