/** Terms of consecutive entries as runs: `[term, firstIndex]` pairs, found by binary search. A log has few terms. */
import type { LogIndex, Term } from '../../ids.ts';

export class TermRuns {
  #terms: Term[] = [];
  #firsts: LogIndex[] = [];

  /** Forgets everything; the first run starts at `index`. */
  reset(index: LogIndex, term: Term): void {
    this.#terms = [term];
    this.#firsts = [index];
  }

  /** Notes that the entry after the last one has this term. */
  append(index: LogIndex, term: Term): void {
    const last = this.#terms.length - 1;
    if (this.#terms[last] === term) return;
    this.#terms.push(term);
    this.#firsts.push(index);
  }

  /** Forgets entries with index ≥ `index`. */
  truncate(index: LogIndex): void {
    while (this.#firsts.length > 0 && (this.#firsts[this.#firsts.length - 1] as number) >= index) {
      this.#firsts.pop();
      this.#terms.pop();
    }
  }

  /** Forgets entries with index < `index`. */
  trim(index: LogIndex): void {
    const at = this.#runAt(index);
    if (at < 0) return;
    this.#terms.splice(0, at);
    this.#firsts.splice(0, at);
    this.#firsts[0] = Math.max(index, this.#firsts[0] as number);
  }

  /** Term of an index at or after the first run; the caller knows that the index exists. */
  termAt(index: LogIndex): Term {
    return this.#terms[this.#runAt(index)] ?? 0;
  }

  /** First index of the run that contains `index`. */
  runStart(index: LogIndex): LogIndex {
    return this.#firsts[this.#runAt(index)] ?? index;
  }

  get lastTerm(): Term {
    return this.#terms[this.#terms.length - 1] ?? 0;
  }

  get runCount(): number {
    return this.#terms.length;
  }

  /** Position of the last run that starts at or before `index`; -1 for none. */
  #runAt(index: LogIndex): number {
    let high = this.#firsts.length - 1;
    if (high >= 0 && (this.#firsts[high] as number) <= index) return high;
    let low = -1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#firsts[middle] as number) <= index) low = middle;
      else high = middle;
    }
    return low;
  }
}
