/**
 * The lease as two threads see it: five 64-bit numbers in shared memory. The Raft thread writes, the main thread reads at
 * the moment of each write to the API; a check needs no message and no event loop.
 *
 * Both threads use `process.hrtime`, whose origin is the process's. `performance.now()` has an origin per thread.
 *
 * A grant is a seqlock: the epoch is odd while generation and term change, and `validUntilNs` comes last. A revocation stores
 * `validUntilNs` = 0 first. A reader that meets an odd or a changed epoch reads again.
 */
const validUntilNs = 0;
const generation = 1;
const term = 2;
const grantEpoch = 3;
const mainBeatMs = 4;
const fieldCount = 5;

export interface LeaseReading {
  readonly generation: number;
  readonly term: number;
  /** Rises by two with each grant and revocation. */
  readonly epoch: number;
  /** 0 or less: not held. */
  readonly remainingMs: number;
}

export class SharedLease {
  /** Handed to the other thread. */
  readonly buffer: SharedArrayBuffer;
  readonly #fields: BigInt64Array;
  readonly #nowNs: () => bigint;

  constructor(
    buffer: SharedArrayBuffer = new SharedArrayBuffer(fieldCount * 8),
    nowNs: () => bigint = () => process.hrtime.bigint(),
  ) {
    this.buffer = buffer;
    this.#fields = new BigInt64Array(buffer);
    this.#nowNs = nowNs;
  }

  /** Grants or renews. Times are the writing thread's `process.hrtime` in ms. */
  publish(lease: { readonly generation: number; readonly term: number; readonly validUntilMs: number }): void {
    const untilNs = BigInt(Math.floor(lease.validUntilMs * 1e6));
    const fields = this.#fields;
    const renewal =
      Atomics.load(fields, term) === BigInt(lease.term) &&
      Atomics.load(fields, generation) === BigInt(lease.generation) &&
      Atomics.load(fields, validUntilNs) !== 0n;
    if (!renewal) {
      Atomics.store(fields, validUntilNs, 0n);
      Atomics.add(fields, grantEpoch, 1n);
      Atomics.store(fields, generation, BigInt(lease.generation));
      Atomics.store(fields, term, BigInt(lease.term));
      Atomics.store(fields, validUntilNs, untilNs);
      Atomics.add(fields, grantEpoch, 1n);
      return;
    }
    Atomics.store(fields, validUntilNs, untilNs);
  }

  /** Nothing may be written from here on, whatever was published. */
  revoke(): void {
    Atomics.store(this.#fields, validUntilNs, 0n);
    Atomics.add(this.#fields, grantEpoch, 2n);
  }

  read(): LeaseReading {
    const fields = this.#fields;
    for (;;) {
      const before = Atomics.load(fields, grantEpoch);
      const found = {
        generation: Number(Atomics.load(fields, generation)),
        term: Number(Atomics.load(fields, term)),
        epoch: Number(before),
        remainingMs: Number(Atomics.load(fields, validUntilNs) - this.#nowNs()) / 1e6,
      };
      if (before % 2n === 0n && Atomics.load(fields, grantEpoch) === before) return found;
    }
  }

  /** Milliseconds left of the lease of exactly this term; 0 or less when it is over or another's. */
  remainingMsOf(lease: { readonly generation: number; readonly term: number }): number {
    const found = this.read();
    return found.term === lease.term && found.generation === lease.generation ? found.remainingMs : 0;
  }

  /** The main thread is alive. */
  beat(): void {
    Atomics.store(this.#fields, mainBeatMs, this.#nowNs() / 1_000_000n);
  }

  /** Milliseconds since the main thread was last alive; -1 before its first sign. */
  sinceBeatMs(): number {
    const beat = Atomics.load(this.#fields, mainBeatMs);
    return beat === 0n ? -1 : Number(this.#nowNs() / 1_000_000n - beat);
  }
}
