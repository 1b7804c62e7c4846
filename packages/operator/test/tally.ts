/** Collects what happened and lets a test wait until there were `n`. */

export class Tally<T> {
  readonly seen: T[] = [];
  #waiting: { readonly n: number; readonly resolve: () => void }[] = [];

  add(one: T): void {
    this.seen.push(one);
    this.#waiting = this.#waiting.filter(({ n, resolve }) => {
      if (this.seen.length < n) return true;
      resolve();
      return false;
    });
  }

  async atLeast(n: number, limitMs = 40_000): Promise<readonly T[]> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`${this.seen.length} of ${n} after ${limitMs} ms`)), limitMs);
    this.#waiting.push({ n, resolve });
    if (this.seen.length >= n) resolve();
    await promise;
    clearTimeout(timer);
    return this.seen;
  }
}
