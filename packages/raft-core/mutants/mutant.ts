/**
 * A mutant: the sources with one rule broken. If nothing notices, the rule has no test.
 *
 * `find` stands exactly once in `file`; a change of the sources that removes it must bring a new mutant along.
 */
export interface Mutant {
  /** What is broken, in a few words; unique. */
  readonly name: string;
  /** The rule it breaks: a number of the ordering contract or of the lease holes, a section of the paper, or `pitfall`. */
  readonly rule: string;
  /** Below `src`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test that must fail: its file below the package, and a part of its name. */
  readonly test: readonly [file: string, name: string];
}
