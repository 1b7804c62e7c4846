/**
 * A node's storage writes: one at a time (O8), each in steps that are durable one after the other, each step slow, and
 * each with a point just before and just after it at which an armed crash strikes. A crash in the middle of a step
 * leaves it done or not, by chance.
 */
import type { Coverage } from './coverage.ts';
import type { SimulationWorld } from './simulation-world.ts';

/** A step that is durable at once or not at all, as the storage port promises of each of its writes. */
export interface WriteStep {
  readonly name: 'cluster' | 'hardState' | 'entries' | 'install' | 'compact';
  readonly write: () => void;
}

export interface StorageWrite {
  readonly steps: readonly WriteStep[];
  /** Runs in the process once the last step is durable. */
  readonly done: () => void;
}

/** Where an armed crash strikes; `between`: before the step, just after a hard state became durable. */
export interface CrashPoint {
  readonly step: WriteStep['name'];
  readonly when: 'before' | 'between' | 'after';
}

/** What the writer needs of its node. */
export interface WriterHost {
  readonly epoch: number;
  readonly syncDelayMs: number;
  post(epoch: number, action: () => void): void;
  /** The armed crash strikes now. */
  strike(point: CrashPoint): void;
}

const keptNames: Partial<Record<WriteStep['name'], readonly [kept: keyof Coverage, lost: keyof Coverage]>> = {
  hardState: ['crashHardStateKept', 'crashHardStateLost'],
  entries: ['crashEntriesKept', 'crashEntriesLost'],
  install: ['crashInstallKept', 'crashInstallLost'],
  compact: ['crashSnapshotUncompacted', 'crashSnapshotUncompacted'],
};

export class StorageWriter {
  readonly #world: SimulationWorld;
  readonly #host: WriterHost;
  #waiting: StorageWrite[] = [];
  #current: StorageWrite | null = null;
  #position = 0;
  #hardStateDoneMs = -1;
  #afterHardState = false;
  armed: CrashPoint | null = null;

  constructor(world: SimulationWorld, host: WriterHost) {
    this.#world = world;
    this.#host = host;
  }

  write(write: StorageWrite): void {
    this.#waiting.push(write);
    this.#begin();
  }

  /** The process died: the step under way is done or not, everything behind it is not. */
  finishOrLose(): void {
    const world = this.#world;
    const write = this.#current;
    const step = write?.steps[this.#position];
    if (write !== null && step === undefined) world.cover('crashDurableUnreported');
    if (step !== undefined) {
      const kept = world.chance(0.5);
      if (kept) step.write();
      const names = keptNames[step.name];
      if (names !== undefined) world.cover(names[kept ? 0 : 1]);
      if (step.name === 'entries' && this.#afterHardState) world.cover('crashBetweenHardStateAndEntries');
    }
    this.#waiting = [];
    this.#current = null;
    this.armed = null;
  }

  #begin(): void {
    if (this.#current !== null) return;
    const write = this.#waiting.shift();
    if (write === undefined) return;
    this.#current = write;
    this.#position = 0;
    this.#nextStep();
  }

  #nextStep(): void {
    const step = this.#current?.steps[this.#position];
    const { epoch } = this.#host;
    if (step === undefined) {
      this.#host.post(epoch, () => this.#complete());
      return;
    }
    this.#afterHardState = this.#hardStateDoneMs === this.#world.nowMs;
    if (this.#strikes(step, 'before')) return;
    if (this.#afterHardState && this.#strikes(step, 'between')) return;
    this.#world.wheel.in(this.#host.syncDelayMs, () => {
      if (epoch !== this.#host.epoch) return;
      step.write();
      if (step.name === 'hardState') this.#hardStateDoneMs = this.#world.nowMs;
      this.#position += 1;
      if (!this.#strikes(step, 'after')) this.#nextStep();
    });
  }

  #complete(): void {
    const write = this.#current;
    const { epoch } = this.#host;
    this.#current = null;
    write?.done();
    if (epoch === this.#host.epoch) this.#begin();
  }

  #strikes(step: WriteStep, when: CrashPoint['when']): boolean {
    const { armed } = this;
    if (armed?.step !== step.name || armed.when !== when) return false;
    this.#host.strike(armed);
    return true;
  }
}
