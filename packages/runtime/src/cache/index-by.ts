/**
 * A multi-valued index: value → keys of the objects that yield it. Most values of most indexes have
 * one or two keys, so a single key is held without a set around it.
 */

export type IndexValues<T> = (object: T) => Iterable<string>;

export class IndexBy<T> {
  readonly #values: IndexValues<T>;
  readonly #keys = new Map<string, string | Set<string>>();

  constructor(values: IndexValues<T>) {
    this.#values = values;
  }

  /** Replaces what `key` contributes. `undefined` stands for absence. */
  replace(key: string, before: T | undefined, after: T | undefined): void {
    const old = before === undefined ? [] : [...this.#values(before)];
    const fresh = after === undefined ? [] : [...this.#values(after)];
    for (const value of old) {
      if (!fresh.includes(value)) {
        this.#remove(value, key);
      }
    }
    for (const value of fresh) {
      if (!old.includes(value)) {
        this.#add(value, key);
      }
    }
  }

  /** Keys for `value`, in order of insertion. */
  keys(value: string): Iterable<string> {
    const held = this.#keys.get(value);
    if (held === undefined) {
      return [];
    }
    return typeof held === 'string' ? [held] : held;
  }

  #add(value: string, key: string): void {
    const held = this.#keys.get(value);
    if (held === undefined) {
      this.#keys.set(value, key);
    } else if (typeof held !== 'string') {
      held.add(key);
    } else if (held !== key) {
      this.#keys.set(value, new Set([held, key]));
    }
  }

  #remove(value: string, key: string): void {
    const held = this.#keys.get(value);
    if (held === key) {
      this.#keys.delete(value);
    } else if (held instanceof Set) {
      held.delete(key);
      if (held.size === 0) {
        this.#keys.delete(value);
      }
    }
  }
}
