/** Randomness as a port: uids and generated names repeat when seeded. */
import { randomInt, randomUUID } from 'node:crypto';

export interface RandomSource {
  /** A version 4 UUID. */
  uuid(): string;
  /** An integer in [0, below). */
  below(limit: number): number;
}

export const systemRandom: RandomSource = { uuid: () => randomUUID(), below: (limit) => randomInt(limit) };

/** The same seed gives the same sequence (mulberry32; not for secrets). */
export function seededRandom(seed: number): RandomSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const hex = (digits: number): string => (next() % 2 ** (4 * digits)).toString(16).padStart(digits, '0');
  return {
    uuid: () => `${hex(4)}${hex(4)}-${hex(4)}-4${hex(3)}-${'89ab'[next() % 4]}${hex(3)}-${hex(4)}${hex(4)}${hex(4)}`,
    below: (limit) => next() % limit,
  };
}

const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const maxBaseLength = 58;

/** A name for `metadata.generateName`: the base, cut to 58 characters, and five random ones. */
export function generateName(base: string, random: RandomSource): string {
  let name = base.slice(0, maxBaseLength);
  for (let i = 0; i < 5; i++) name += nameAlphabet[random.below(nameAlphabet.length)];
  return name;
}
