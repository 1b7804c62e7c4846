/**
 * Functions over lists and maps: CEL's own, Kubernetes' list library and the set extension.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library
 */
import { CelError } from './cel-error.ts';
import { celCompare, celEquals, identityOf, identifyList, listIdentity, type ListIdentity } from './cel-equality.ts';
import { CelDuration, type CelList, type CelMap, CelUint, type CelValue } from './cel-value.ts';
import { includes } from './comparison-library.ts';
import type { CostMeter } from './cost-meter.ts';
import { checkedDuration, checkedInt, checkedUint } from './number-library.ts';
import { LibraryBuilder, perCharacter, type Sizes } from './overload.ts';

export const listLibrary: LibraryBuilder = new LibraryBuilder();

/** One per item, and the traversal of its text. */
const perItem = { cost: (sizes: Sizes): number => sizes.size(0) * (1 + Math.ceil(sizes.item(0) * perCharacter)) };
const product = { cost: (sizes: Sizes): number => sizes.size(0) * sizes.size(1) };

listLibrary
  .define('size(list(A)): int', (list: CelList) => BigInt(list.length))
  .define('[list(A)].size(): int', (list: CelList) => BigInt(list.length))
  .define('size(map(A, B)): int', (map: CelMap) => BigInt(map.size))
  .define('[map(A, B)].size(): int', (map: CelMap) => BigInt(map.size))
  .defineMetered('_+_(list(A), list(A)): list(A)', ([a, b], meter) => concatenate(a as CelList, b as CelList, meter), {
    resultSize: (sizes) => sizes.size(0) + sizes.size(1),
  })
  .defineMetered(
    '[list(A)].indexOf(A): int',
    ([list, item], meter) => find(list as CelList, item as CelValue, meter),
    perItem,
  )
  .defineMetered(
    '[list(A)].lastIndexOf(A): int',
    ([list, item], meter) => {
      const reversed = (list as CelList).toReversed();
      const found = find(reversed, item as CelValue, meter);
      return found === -1n ? -1n : BigInt(reversed.length) - 1n - found;
    },
    perItem,
  )
  .defineMetered(
    'sets.contains(list(A), list(A)): bool',
    ([a, b], meter) => holdsAll(a as CelList, b as CelList, meter),
    product,
  )
  .defineMetered(
    'sets.equivalent(list(A), list(A)): bool',
    ([a, b], meter) => holdsAll(a as CelList, b as CelList, meter) && holdsAll(b as CelList, a as CelList, meter),
    product,
  )
  .defineMetered(
    'sets.intersects(list(A), list(A)): bool',
    ([a, b], meter) => (a as CelList).some((item) => includes(b as CelList, item, meter)),
    product,
  );

for (const type of ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']) {
  listLibrary
    .define(`[list(${type})].isSorted(): bool`, isSorted, perItem)
    .define(`[list(${type})].min(): ${type}`, (list: CelList) => extreme(list, -1), perItem)
    .define(`[list(${type})].max(): ${type}`, (list: CelList) => extreme(list, 1), perItem);
}
for (const [type, zero] of [
  ['int', 0n],
  ['uint', new CelUint(0n)],
  ['double', 0],
  ['duration', new CelDuration(0n)],
] as const) {
  listLibrary.define(`[list(${type})].sum(): ${type}`, (list: CelList) => list.reduce(add, zero as CelValue), perItem);
}

function add(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return checkedInt(a + b);
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a instanceof CelUint && b instanceof CelUint) return checkedUint(a.value + b.value);
  if (a instanceof CelDuration && b instanceof CelDuration) return checkedDuration(a.nanos + b.nanos);
  throw new CelError('no such overload');
}

function isSorted(list: CelList): boolean {
  return list.every((item, index) => index === 0 || celCompare(list[index - 1] as CelValue, item) <= 0);
}

function extreme(list: CelList, sign: 1 | -1): CelValue {
  const [first, ...rest] = list;
  if (first === undefined) throw new CelError(`${sign === 1 ? 'max' : 'min'} called on empty list`);
  return rest.reduce((best, item) => (celCompare(item, best) * sign > 0 ? item : best), first);
}

function find(list: CelList, item: CelValue, meter: CostMeter): bigint {
  return BigInt(list.findIndex((member) => celEquals(member, item, meter)));
}

function holdsAll(list: CelList, wanted: CelList, meter: CostMeter): boolean {
  return wanted.every((item) => includes(list, item, meter));
}

/** Sets and associative lists unite: what `b` has and `a` doesn't is added, entries with the same key are `b`'s. */
function concatenate(a: CelList, b: CelList, meter: CostMeter): CelList {
  meter.spend((a.length + b.length) / 100);
  const identity = listIdentity(a);
  return identity === undefined ? [...a, ...b] : unite(a, b, identity);
}

function unite(a: CelList, b: CelList, identity: ListIdentity): CelList {
  const united = new Map(a.map((item) => [identityOf(item, identity), item]));
  for (const item of b) {
    const key = identityOf(item, identity);
    if (identity.kind === 'map' || !united.has(key)) united.set(key, item);
  }
  const list = [...united.values()];
  identifyList(list, identity);
  return list;
}
