/**
 * Runs the steps of the story one after the other, times them, and tells them in one line each.
 * The record of steps is what `--json` prints.
 */
export interface StepRecord {
  readonly name: string;
  readonly ms: number;
}

export class StepError extends Error {
  readonly step: string;
  constructor(step: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.step = step;
  }
}

export class Storyteller {
  readonly steps: StepRecord[] = [];
  readonly #say: (line: string) => void;
  readonly #limitMs: number;
  readonly #over: AbortSignal;

  constructor(say: (line: string) => void, limitMs: number, over: AbortSignal) {
    this.#say = say;
    this.#limitMs = limitMs;
    this.#over = over;
  }

  say(line: string): void {
    this.#say(line);
  }

  /** Runs one step; `happens` returns the sentence that tells it. Fails after the limit, or when the story is over. */
  async step(name: string, happens: () => Promise<string>): Promise<void> {
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => limit.reject(new Error(`took longer than ${this.#limitMs / 1000} s`)),
      this.#limitMs,
    );
    const onOver = (): void => limit.reject(this.#over.reason);
    this.#over.addEventListener('abort', onOver, { once: true });
    const start = performance.now();
    try {
      this.#over.throwIfAborted();
      const sentence = await Promise.race([happens(), limit.promise]);
      const ms = Math.round((performance.now() - start) * 10) / 10;
      this.steps.push({ name, ms });
      this.#say(`  ${name.padEnd(10)} ${sentence.padEnd(72)} ${ms.toFixed(1).padStart(7)} ms`);
    } catch (error) {
      throw new StepError(name, error);
    } finally {
      clearTimeout(timer);
      this.#over.removeEventListener('abort', onOver);
    }
  }
}
