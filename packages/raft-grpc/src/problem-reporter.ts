/** Passes each sentence on once in a while: a link that fails ten times a second must not fill the log. */

/** How long the same sentence is kept back, in ms. */
const quietMs = 60_000;
/** Sentences that are remembered; the oldest is forgotten first, and may come again sooner. */
const maxSentences = 64;

export class ProblemReporter {
  readonly #report: (message: string) => void;
  readonly #nowMs: () => number;
  readonly #toldAtMs = new Map<string, number>();

  constructor(report: (message: string) => void, nowMs: () => number = () => performance.now()) {
    this.#report = report;
    this.#nowMs = nowMs;
  }

  tell(message: string): void {
    const nowMs = this.#nowMs();
    const toldAtMs = this.#toldAtMs.get(message);
    if (toldAtMs !== undefined && nowMs - toldAtMs < quietMs) return;
    this.#toldAtMs.delete(message); // so that it is the newest
    this.#toldAtMs.set(message, nowMs);
    for (const oldest of this.#toldAtMs.keys()) {
      if (this.#toldAtMs.size <= maxSentences) break;
      this.#toldAtMs.delete(oldest);
    }
    this.#report(message);
  }
}
