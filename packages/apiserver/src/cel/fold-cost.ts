/**
 * What a loop costs besides its range, condition and result. cel-go writes macros as comprehensions; these are the prices
 * of the parts that it adds: the accumulator's start, the loop's own condition, the step around the predicate.
 */
import type { Fold } from './expression.ts';

export interface FoldCosts {
  /** Once. */
  readonly base: number;
  /** For each element. */
  readonly perElement: number;
}

export function foldCosts({ macro, condition }: Fold): FoldCosts {
  const filtered = condition === undefined ? 0 : 1;
  switch (macro) {
    case 'all':
      return { base: 1, perElement: 3 };
    case 'exists':
      return { base: 1, perElement: 4 };
    case 'existsOne':
      return { base: 2, perElement: 2 };
    case 'filter':
      return { base: 11, perElement: 13 };
    case 'map':
    case 'transformList':
      return { base: 11, perElement: 12 + filtered };
    case 'transformMap':
    case 'transformMapEntry':
      return { base: 31, perElement: 2 + filtered };
  }
}
