/** The immutable map of text to text behind labels and annotations. */
import { guardCalls, refusal, show } from '../guard-calls.ts';

/** What is taken wherever a map of text is: a builder or a plain record. */
export type StringEntries = StringMap | Readonly<Record<string, string>>;

/** Immutable map of text to text; every call returns a new one. */
export abstract class StringMap {
  readonly #entries: Readonly<Record<string, string>>;

  constructor(entries: Readonly<Record<string, string>> = {}) {
    guardCalls(new.target);
    this.#entries = Object.freeze({ ...entries });
    Object.freeze(this);
  }

  /** A map with `key` set to `value`; an earlier value of the key is replaced. */
  insert(key: string, value: string): this {
    const Same = this.constructor as new (entries: Readonly<Record<string, string>>) => this;
    return new Same({ ...this.#entries, [key]: value });
  }

  /** The value of `key`, or undefined. */
  get(key: string): string | undefined {
    return Object.hasOwn(this.#entries, key) ? this.#entries[key] : undefined;
  }

  /** The entries as a fresh plain record. */
  toRecord(): Record<string, string> {
    return { ...this.#entries };
  }

  /** The plain record, so that the map can stand in literal objects. */
  toJSON(): Record<string, string> {
    return this.toRecord();
  }
}

/** The entries as a fresh plain record. */
export function recordOf(entries: StringEntries): Record<string, string> {
  if (entries instanceof StringMap) return entries.toRecord();
  if (typeof entries === 'object' && entries !== null && !Array.isArray(entries)) return { ...entries };
  throw refusal('labels and annotations', `${show(entries)} is no map of text; write { app: 'web' }`);
}
