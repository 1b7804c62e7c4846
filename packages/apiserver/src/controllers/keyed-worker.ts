/**
 * Runs the reactions of in-process controllers after the commit that caused them, once per key and turn: controllers
 * never write from within somebody else's commit.
 */
const maxPerTurn = 1000;

export class KeyedWorker {
  readonly #pending = new Map<string, () => void>();
  readonly #report: (error: unknown) => void;
  #scheduled: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  add(key: string, work: () => void): void {
    if (this.#stopped) return;
    this.#pending.set(key, work);
    this.#scheduled ??= setImmediate(() => this.run());
  }

  /**
   * Does what is pending, including what that work adds, up to a bound per turn: controllers that keep waking each other
   * must not keep clients waiting.
   */
  run(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    let left = maxPerTurn;
    for (const [key, work] of this.#pending) {
      if (left-- === 0) {
        this.#scheduled = setImmediate(() => this.run());
        return;
      }
      this.#pending.delete(key);
      try {
        work();
      } catch (error) {
        this.#report(error);
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#pending.clear();
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
  }
}
