/**
 * Runs the steps of the story one after the other and tells each in one line. A step that fails, or takes longer than the
 * limit, ends the story.
 */
export class StepError extends Error {
  readonly step: string;
  constructor(step: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.step = step;
  }
}

export class Storyteller {
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

  /** Runs one step; `happens` returns the sentence that tells it and, where it measured something, the milliseconds. */
  async step(name: string, happens: () => Promise<{ readonly tells: string; readonly ms?: number }>): Promise<void> {
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => limit.reject(new Error(`took longer than ${this.#limitMs / 1000} s`)),
      this.#limitMs,
    );
    const onOver = (): void => limit.reject(this.#over.reason);
    this.#over.addEventListener('abort', onOver, { once: true });
    try {
      this.#over.throwIfAborted();
      const { tells, ms } = await Promise.race([happens(), limit.promise]);
      const measured = ms === undefined ? '' : `${ms.toFixed(1).padStart(8)} ms`;
      this.#say(`  ${name.padEnd(9)} ${tells.padEnd(78)}${measured}`.trimEnd());
    } catch (error) {
      throw new StepError(name, error);
    } finally {
      clearTimeout(timer);
      this.#over.removeEventListener('abort', onOver);
    }
  }
}
