/**
 * The lists extension: parts of lists, their order, and lists of numbers.
 *
 * @see https://pkg.go.dev/github.com/google/cel-go/ext#Lists
 */
import { CelError } from './cel-error.ts';
import { celCompare, celEquals } from './cel-equality.ts';
import { type CelList, type CelValue, isCelList } from './cel-value.ts';
import type { CostMeter } from './cost-meter.ts';
import { LibraryBuilder, type Sizes } from './overload.ts';

export const listExtension: LibraryBuilder = new LibraryBuilder();

/** A call that makes a list. */
const newList = 11;
const sameSize = (sizes: Sizes): number => sizes.size(0);
const linear = { cost: (sizes: Sizes): number => newList + sizes.size(0), resultSize: sameSize };
/** Each item may meet every other. */
const quadratic = { cost: (sizes: Sizes): number => newList + 2 * sizes.size(0) ** 2, resultSize: sameSize };

listExtension
  .define('[list(A)].slice(int, int): list(A)', slice, linear)
  .define('[list(A)].reverse(): list(A)', (list: CelList) => list.toReversed(), linear)
  .defineMetered('[list(A)].distinct(): list(A)', ([list], meter) => distinct(list as CelList, meter), quadratic)
  .defineMetered('[list(list(A))].flatten(): list(A)', ([list], meter) => flatten(list as CelList, 1n, meter))
  .defineMetered('[list(dyn)].flatten(int): list(dyn)', ([list, depth], meter) =>
    flatten(list as CelList, depth as bigint, meter),
  )
  .defineMetered('lists.range(int): list(int)', ([end], meter) => range(end as bigint, meter));

for (const type of ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']) {
  listExtension
    .define(`[list(${type})].sort(): list(${type})`, (list: CelList) => sortBy(list, list), quadratic)
    .define(`[list(A)].@sortByAssociatedKeys(list(${type})): list(A)`, sortBy, quadratic);
}

function slice(list: CelList, start: bigint, end: bigint): CelList {
  const call = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) throw new CelError(`${call}, negative indexes not supported`);
  if (start > end) throw new CelError(`${call}, start index must be less than or equal to end index`);
  if (end > BigInt(list.length)) throw new CelError(`${call}, list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function distinct(list: CelList, meter: CostMeter): CelList {
  const found: CelValue[] = [];
  for (const item of list) {
    if (!found.some((known) => celEquals(known, item, meter))) found.push(item);
  }
  return found;
}

/** Items that are no lists stay as they are. */
function flatten(list: CelList, depth: bigint, meter: CostMeter): CelList {
  if (depth < 0n) throw new CelError('level must be non-negative');
  meter.spend(newList + list.length);
  return list.flatMap((item) => (depth > 0n && isCelList(item) ? flatten(item, depth - 1n, meter) : [item]));
}

/** Paid for before it's made, so that no number of items can exhaust the memory. */
function range(end: bigint, meter: CostMeter): CelList {
  const length = end < 0n ? 0 : Number(end);
  meter.spend(newList + length);
  return Array.from({ length }, (_, index) => BigInt(index));
}

/** Items with equal keys keep their order. */
function sortBy(list: CelList, keys: CelList): CelList {
  const pairs = list.map((item, index) => ({ item, key: keys[index] as CelValue }));
  return pairs.toSorted((a, b) => celCompare(a.key, b.key)).map(({ item }) => item);
}
