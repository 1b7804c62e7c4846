/**
 * Seeded randomness for election timeouts: sfc32, whose whole state is four plain numbers and a draw count.
 *
 * Not for secrets. Source: Chris Doty-Humphrey's small fast counting generator (PractRand).
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  /** Numbers drawn so far; part of a trace, so that hidden draws show. */
  drawCount = 0;

  /** Different (seed, stream) pairs give independent sequences; a node uses its id as the stream. */
  constructor(seed: number, stream: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 4294967296) >>> 0;
    this.#c = stream >>> 0;
    for (let i = 0; i < 12; i++) this.#next();
  }

  /** An integer in `[0, limit)`; `limit` is an integer from 1 to 2^32. */
  below(limit: number): number {
    this.drawCount += 1;
    return Math.floor((this.#next() / 4294967296) * limit);
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }
}
