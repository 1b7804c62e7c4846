/** Port: randomness. Only jitter uses it; a seeded source makes every delay of a test repeatable. */

export interface Random {
  /** The next number, uniformly from [0, 1). */
  next(): number;
}

/** Unseeded source of the running process. */
export const systemRandom: Random = { next: () => Math.random() };

/** A repeatable source (mulberry32); the same seed gives the same sequence on every platform. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** `baseMs` spread evenly over ± `fraction` of itself. */
export function jitter(random: Random, baseMs: number, fraction: number): number {
  return baseMs * (1 + fraction * (2 * random.next() - 1));
}
