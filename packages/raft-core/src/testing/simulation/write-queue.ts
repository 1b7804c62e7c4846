/** Storage writes of one process: one at a time (O8), each in steps that are durable one after the other. */

/** A step that is durable at once or not at all. */
export interface WriteStep {
  readonly name: 'hardState' | 'entries' | 'install' | 'compact';
  readonly write: () => void;
}

export interface StorageWrite {
  readonly steps: readonly WriteStep[];
  /** Runs in the process once the last step is durable. */
  readonly done: () => void;
}

/** Queue of writes; the owner times the steps. */
export class WriteQueue {
  readonly #waiting: StorageWrite[] = [];
  current: StorageWrite | null = null;
  /** Position of the step in progress. */
  position = 0;

  push(write: StorageWrite): void {
    this.#waiting.push(write);
  }

  /** Begins the next write when none is under way. Returns its first step, if any. */
  begin(): WriteStep | undefined {
    if (this.current !== null) return undefined;
    this.current = this.#waiting.shift() ?? null;
    this.position = 0;
    return this.current?.steps[0];
  }

  /** The step in progress is durable. Returns the next one, or undefined when the write is complete. */
  advance(): WriteStep | undefined {
    this.position += 1;
    return this.current?.steps[this.position];
  }

  /** The complete write is over. */
  end(): void {
    this.current = null;
  }

  /** The step that a crash now would hit. */
  get step(): WriteStep | undefined {
    return this.current?.steps[this.position];
  }

  clear(): void {
    this.#waiting.length = 0;
    this.current = null;
  }
}
