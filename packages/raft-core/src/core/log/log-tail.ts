/**
 * The end of the log in memory: encoded bytes per entry in one array, types as bytes, terms as runs.
 *
 * Two limits at the front: `firstIndex` is the first entry whose data is held, `boundaryIndex` the last index *before*
 * the entries whose term is known; `boundaryIndex < firstIndex`. Durability, commit and storage are not known here.
 */
import { entryTypeOf, type Entry, type EntryType } from '../../entry.ts';
import type { LogIndex, Term } from '../../ids.ts';
import { invariant } from '../../invariant.ts';
import { TermRuns } from './term-runs.ts';

const initialCapacity = 64;

export class LogTail {
  #data: (Uint8Array | undefined)[] = [];
  #types = new Uint8Array(initialCapacity);
  /** Position of `firstIndex` in `#data` and `#types`. */
  #start = 0;
  #firstIndex: LogIndex;
  #boundaryIndex: LogIndex;
  readonly #runs = new TermRuns();
  /** Copy of the runs' last term: one comparison per append. */
  #lastTerm: Term;
  #sliced: { from: LogIndex; lastIndex: LogIndex; entries: readonly Entry[] } | null = null;

  /** An empty tail after an entry known only by position: a snapshot, or (0, 0). */
  constructor(boundaryIndex: LogIndex, boundaryTerm: Term) {
    this.#firstIndex = boundaryIndex + 1;
    this.#boundaryIndex = boundaryIndex;
    this.#runs.reset(boundaryIndex, boundaryTerm);
    this.#lastTerm = boundaryTerm;
  }

  /** First entry whose data is in memory; `lastIndex + 1` when none is. */
  get firstIndex(): LogIndex {
    return this.#firstIndex;
  }

  get lastIndex(): LogIndex {
    return this.#firstIndex + this.#data.length - this.#start - 1;
  }

  get lastTerm(): Term {
    return this.#lastTerm;
  }

  /** Smallest index whose term is known. */
  get boundaryIndex(): LogIndex {
    return this.#boundaryIndex;
  }

  /** Adds the entry after the last one and returns its index. `term` never falls. */
  append(term: Term, typeCode: number, data: Uint8Array): LogIndex {
    const at = this.#data.push(data) - 1;
    if (at === this.#types.length) this.#grow();
    this.#types[at] = typeCode;
    const index = this.#firstIndex + at - this.#start;
    if (term !== this.#lastTerm) this.#beginRun(index, term);
    return index;
  }

  /** Term of an entry, the boundary included; undefined outside what is known. */
  termAt(index: LogIndex): Term | undefined {
    if (index < this.#boundaryIndex || index > this.lastIndex) return undefined;
    return this.#runs.termAt(index);
  }

  /** True when the log surely has an entry (or boundary) of this index and term. */
  matches(index: LogIndex, term: Term): boolean {
    return this.termAt(index) === term;
  }

  typeAt(index: LogIndex): EntryType {
    const type = entryTypeOf(this.#types[this.#position(index)] as number);
    invariant(type !== undefined, 'stored entry type is known', { index });
    return type;
  }

  /** Number of the entry's type; cheaper than `typeAt`. */
  typeCodeAt(index: LogIndex): number {
    return this.#types[this.#position(index)] as number;
  }

  dataAt(index: LogIndex): Uint8Array {
    return this.#data[this.#position(index)] as Uint8Array;
  }

  /** Discards entries from `index` on. */
  truncateFrom(index: LogIndex): void {
    invariant(index >= this.#firstIndex && index <= this.lastIndex + 1, 'truncation stays inside the tail', {
      index,
      firstIndex: this.#firstIndex,
      lastIndex: this.lastIndex,
    });
    this.#data.length = this.#start + index - this.#firstIndex;
    this.#runs.truncate(index);
    this.#lastTerm = this.#runs.lastTerm;
    this.#sliced = null;
  }

  /** Frees the data of entries up to `index`; their terms stay known. */
  trimData(index: LogIndex): void {
    const last = Math.min(index, this.lastIndex);
    if (last < this.#firstIndex) return;
    const from = this.#start;
    this.#start += last - this.#firstIndex + 1;
    this.#firstIndex = last + 1;
    this.#data.fill(undefined, from, this.#start);
    if (this.#start * 2 > this.#data.length) this.#compact();
    this.#sliced = null;
  }

  /** Forgets terms below `index`, and data up to it: the log now begins after it. */
  forgetBefore(index: LogIndex): void {
    const boundary = Math.min(index, this.lastIndex);
    this.trimData(boundary);
    if (boundary <= this.#boundaryIndex) return;
    this.#runs.trim(boundary);
    this.#boundaryIndex = boundary;
  }

  /** Replaces the whole log by a position. */
  reset(boundaryIndex: LogIndex, boundaryTerm: Term): void {
    this.#data = [];
    this.#types = new Uint8Array(initialCapacity);
    this.#start = 0;
    this.#firstIndex = boundaryIndex + 1;
    this.#boundaryIndex = boundaryIndex;
    this.#runs.reset(boundaryIndex, boundaryTerm);
    this.#lastTerm = boundaryTerm;
    this.#sliced = null;
  }

  /** Entries `from..to`, ending early once `maxBytes` of data are reached; at least one. `from` ≥ `firstIndex`. */
  slice(from: LogIndex, to: LogIndex, maxBytes: number): readonly Entry[] {
    const end = this.#sliceEnd(from, to, maxBytes);
    const cached = this.#sliced;
    if (cached !== null && cached.from === from && cached.lastIndex === end) return cached.entries;
    const entries: Entry[] = [];
    for (let index = from; index <= end; index++) {
      entries.push({ index, term: this.#runs.termAt(index), type: this.typeAt(index), data: this.dataAt(index) });
    }
    this.#sliced = { from, lastIndex: end, entries };
    return entries;
  }

  /** Data bytes of entries `from..to`. */
  sizeBytes(from: LogIndex, to: LogIndex): number {
    let sizeBytes = 0;
    for (let index = from; index <= to; index++) sizeBytes += this.dataAt(index).byteLength;
    return sizeBytes;
  }

  /** Last index of `from..to` so that the data stay within `maxBytes`; at least `from`. */
  lastWithin(from: LogIndex, to: LogIndex, maxBytes: number): LogIndex {
    return this.#sliceEnd(from, to, maxBytes);
  }

  /** True when an entry of the type lies in `from..to`. */
  hasType(type: number, from: LogIndex, to: LogIndex): boolean {
    const first = this.#position(Math.max(from, this.#firstIndex));
    const end = this.#position(Math.min(to, this.lastIndex)) + 1;
    for (let at = first; at < end; at++) if (this.#types[at] === type) return true;
    return false;
  }

  /**
   * Largest index ≤ `index` whose term is ≤ `term`: where two logs may agree at the latest (Raft §5.3's
   * optimisation). Stops at the boundary, whose term is reported as it is; below it terms are unknown, 0.
   */
  lastNotAbove(index: LogIndex, term: Term): { readonly index: LogIndex; readonly term: Term } {
    let at = Math.min(index, this.lastIndex);
    if (at < this.#boundaryIndex) return { index: at, term: 0 };
    while (at > this.#boundaryIndex && this.#runs.termAt(at) > term) at = this.#runs.runStart(at) - 1;
    at = Math.max(at, this.#boundaryIndex);
    return { index: at, term: this.#runs.termAt(at) };
  }

  get runCount(): number {
    return this.#runs.runCount;
  }

  #sliceEnd(from: LogIndex, to: LogIndex, maxBytes: number): LogIndex {
    let sizeBytes = this.dataAt(from).byteLength;
    let end = from;
    while (end < to) {
      sizeBytes += this.dataAt(end + 1).byteLength;
      if (sizeBytes > maxBytes) break;
      end += 1;
    }
    return end;
  }

  #position(index: LogIndex): number {
    return this.#start + index - this.#firstIndex;
  }

  #beginRun(index: LogIndex, term: Term): void {
    this.#runs.append(index, term);
    this.#lastTerm = term;
  }

  #grow(): void {
    const types = new Uint8Array(this.#types.length * 2);
    types.set(this.#types);
    this.#types = types;
  }

  #compact(): void {
    this.#data = this.#data.slice(this.#start);
    const types = new Uint8Array(Math.max(initialCapacity, this.#data.length * 2));
    types.set(this.#types.subarray(this.#start, this.#start + this.#data.length));
    this.#types = types;
    this.#start = 0;
  }
}
