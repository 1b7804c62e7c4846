/** Equality, order and membership. */
import { celCompare, celEquals, identityOf, listIdentity, mapKey } from './cel-equality.ts';
import { type CelList, type CelMap, CelTypeName, type CelValue, isCelMap, typeNameOf } from './cel-value.ts';
import type { CostMeter } from './cost-meter.ts';
import { LibraryBuilder, perCharacter, type Sizes } from './overload.ts';

export const comparisonLibrary: LibraryBuilder = new LibraryBuilder();

const smaller = {
  cost: (sizes: Sizes): number => Math.ceil(Math.min(sizes.size(0), sizes.size(1)) * perCharacter),
};

comparisonLibrary
  .defineMetered('_==_(A, A): bool', ([a, b], meter) => celEquals(a as CelValue, b as CelValue, meter), smaller)
  .defineMetered('_!=_(A, A): bool', ([a, b], meter) => !celEquals(a as CelValue, b as CelValue, meter), smaller)
  .defineMetered('@in(A, list(A)): bool', ([item, list], meter) => includes(list as CelList, item as CelValue, meter), {
    cost: (sizes) => sizes.size(1),
  })
  .define('@in(A, map(A, B)): bool', (key: CelValue, map: CelMap) => hasKey(map, key))
  .define('type(A): type', (value: CelValue) => new CelTypeName(typeNameOf(value)))
  .define('dyn(A): dyn', (value: CelValue) => value)
  .define('!_(bool): bool', (value: boolean) => !value);

const ordered = ['bool', 'string', 'bytes', 'timestamp', 'duration'];
const numbers = ['int', 'uint', 'double'];
const pairs = [
  ...ordered.map((type) => [type, type]),
  ...numbers.flatMap((left) => numbers.map((right) => [left, right])),
];
const relations: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
for (const [symbol, holds] of Object.entries(relations)) {
  for (const [left = '', right = ''] of pairs) {
    const model = left === 'string' || left === 'bytes' ? smaller : {};
    comparisonLibrary.define(
      `_${symbol}_(${left}, ${right}): bool`,
      (a: CelValue, b: CelValue) => holds(celCompare(a, b)),
      model,
    );
  }
}

/** Whether a list holds a value; sets and associative lists are searched like others. */
export function includes(list: CelList, item: CelValue, meter: CostMeter): boolean {
  const identity = listIdentity(list);
  if (identity?.kind !== 'set') return list.some((member) => celEquals(member, item, meter));
  const wanted = identityOf(item, identity);
  return list.some((member) => identityOf(member, identity) === wanted);
}

function hasKey(map: CelMap, key: CelValue): boolean {
  const found = mapKey(key);
  return isCelMap(map) && found !== undefined && map.has(found);
}
