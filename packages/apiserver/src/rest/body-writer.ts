/** Writes a response body, in full speed or with the defects a test has asked for: cut off, or in slow pieces. */
import type { Clock, Timer } from '../store/clock.ts';
import type { Response } from './http-transport.ts';

export interface BodyDefects {
  readonly truncate?: number;
  readonly slow?: { readonly bytes: number; readonly everyMs: number };
}

export class BodyWriter {
  readonly #response: Response;
  readonly #clock: Clock;
  readonly #slow: BodyDefects['slow'];
  readonly #cut: () => void;
  #left: number;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #timer: Timer | undefined;
  #ending = false;

  /** `cut` breaks the connection. */
  constructor(response: Response, clock: Clock, defects: BodyDefects | undefined, cut: () => void) {
    this.#response = response;
    this.#clock = clock;
    this.#slow = defects?.slow;
    this.#left = defects?.truncate ?? Infinity;
    this.#cut = cut;
  }

  unsentBytes(): number {
    return this.#queuedBytes + this.#response.writableLength;
  }

  write(chunk: Buffer): void {
    if (this.#slow === undefined) {
      this.#put(chunk);
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    this.#schedule();
  }

  end(): void {
    this.#ending = true;
    if (this.#queuedBytes === 0) this.#response.end();
  }

  /** Forgets what is queued; the connection is gone. */
  stop(): void {
    this.#timer?.cancel();
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #put(chunk: Buffer): void {
    if (chunk.length < this.#left) {
      this.#left -= chunk.length;
      this.#response.write(chunk);
      return;
    }
    const last = chunk.subarray(0, this.#left);
    this.#left = 0;
    this.stop();
    this.#response.write(last, () => this.#cut());
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#slow === undefined) return;
    this.#timer = this.#clock.setTimer(() => this.#step(), this.#slow.everyMs);
  }

  #step(): void {
    this.#timer = undefined;
    const all = Buffer.concat(this.#queue);
    const piece = all.subarray(0, this.#slow?.bytes ?? all.length);
    const rest = all.subarray(piece.length);
    this.#queue = rest.length === 0 ? [] : [rest];
    this.#queuedBytes = rest.length;
    this.#put(piece);
    if (this.#queuedBytes > 0) this.#schedule();
    else if (this.#ending) this.#response.end();
  }
}
