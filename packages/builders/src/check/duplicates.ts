/** Lists in which each key may appear once. */
import type { Report } from '../builder-error.ts';

/**
 * Reports `DUPLICATE` at every item whose key an earlier item has. An undefined key never collides.
 * `what` names the key in the message, such as `port name`.
 */
export function checkDuplicates<T>(
  items: readonly T[] | undefined,
  keyOf: (item: T) => string | undefined,
  what: string,
  path: string,
  report: Report,
): void {
  const first = new Map<string, number>();
  for (const [index, item] of (items ?? []).entries()) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, index);
    else report('DUPLICATE', `${path}[${index}]`, `${what} "${key}" is already used by item ${earlier}`);
  }
}
