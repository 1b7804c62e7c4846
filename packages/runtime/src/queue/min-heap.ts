/**
 * A binary heap ordered by a number, with removal of arbitrary members.
 *
 * Each member's slot knows its place, so `remove` and `update` cost O(log n). Members of equal order leave in
 * the order in which they entered: two keys added in the same millisecond stay first come, first served.
 */

interface Slot<T> {
  readonly member: T;
  readonly order: number;
  readonly sequence: number;
  /** Place in the heap. */
  at: number;
}

/** Smallest order first; ties by insertion. A member is present at most once. */
export class MinHeap<T> {
  readonly #slots: Slot<T>[] = [];
  readonly #slotOf: Map<T, Slot<T>> = new Map();
  #sequence = 0;

  get size(): number {
    return this.#slots.length;
  }

  has(member: T): boolean {
    return this.#slotOf.has(member);
  }

  /** The member that `pop` would return. */
  peek(): T | undefined {
    return this.#slots[0]?.member;
  }

  /** Adds `member`, or moves it when it is present already. */
  push(member: T, order: number): void {
    this.remove(member);
    const at = this.#slots.length;
    const slot = { member, order, sequence: this.#sequence++, at };
    this.#slots.push(slot);
    this.#slotOf.set(member, slot);
    this.#up(at);
  }

  /** Removes and returns the member with the smallest order. */
  pop(): T | undefined {
    const first = this.peek();
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Removes `member`; false when it was absent. */
  remove(member: T): boolean {
    const slot = this.#slotOf.get(member);
    if (slot === undefined) return false;
    this.#slotOf.delete(member);
    const { at } = slot;
    const last = this.#slots.pop() as Slot<T>;
    if (at < this.#slots.length) {
      this.#place(last, at);
      this.#up(at);
      this.#down(at);
    }
    return true;
  }

  clear(): void {
    this.#slots.length = 0;
    this.#slotOf.clear();
  }

  #place(slot: Slot<T>, at: number): void {
    this.#slots[at] = slot;
    slot.at = at;
  }

  #up(from: number): void {
    const slot = this.#slots[from] as Slot<T>;
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#slots[parentAt] as Slot<T>;
      if (!before(slot, parent)) break;
      this.#place(parent, at);
      at = parentAt;
    }
    this.#place(slot, at);
  }

  #down(from: number): void {
    const slot = this.#slots[from] as Slot<T>;
    let at = from;
    for (;;) {
      const childAt = this.#smallerChild(at);
      const child = this.#slots[childAt];
      if (child === undefined || !before(child, slot)) break;
      this.#place(child, at);
      at = childAt;
    }
    this.#place(slot, at);
  }

  #smallerChild(at: number): number {
    const left = this.#slots[2 * at + 1];
    const right = this.#slots[2 * at + 2];
    return left !== undefined && right !== undefined && before(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}

function before<T>(a: Slot<T>, b: Slot<T>): boolean {
  return a.order < b.order || (a.order === b.order && a.sequence < b.sequence);
}
