/**
 * Equality and order of CEL values. Numbers compare across types; lists whose schema makes them sets or associative
 * compare without regard to order, as Kubernetes defines for `x-kubernetes-list-type`.
 */
import { noSuchOverload } from './cel-error.ts';
import {
  CelDuration,
  type CelKey,
  type CelList,
  type CelMap,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeName,
  CelUint,
  type CelValue,
  isCelList,
  isCelMap,
} from './cel-value.ts';
import type { CostMeter } from './cost-meter.ts';

/** How a list's items are identified; lists without an entry are ordered sequences. */
export type ListIdentity = { readonly kind: 'set' } | { readonly kind: 'map'; readonly keys: readonly string[] };

const identities = new WeakMap<CelList, ListIdentity>();

export function identifyList(list: CelList, identity: ListIdentity): void {
  identities.set(list, identity);
}

export function listIdentity(list: CelList): ListIdentity | undefined {
  return identities.get(list);
}

/** @param meter Pays for every ten values visited, so that comparing large structures isn't free. */
export function celEquals(a: CelValue, b: CelValue, meter: CostMeter): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (typeof a !== 'object' && typeof b !== 'object') {
    return isNumber(a) && isNumber(b) ? compareNumbers(a, b) === 0 : false;
  }
  meter.spend(0.1);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (isCelList(a)) return isCelList(b) && listsEqual(a, b, meter);
  if (isCelMap(a)) return isCelMap(b) && mapsEqual(a, b, meter);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.nanos === b.nanos;
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos;
  if (a instanceof CelTypeName) return b instanceof CelTypeName && a.name === b.name;
  if (a instanceof CelOpaque) return b instanceof CelOpaque && a.type === b.type && a.key === b.key;
  if (!(a instanceof CelOptional) || !(b instanceof CelOptional)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return celEquals(a.value, b.value, meter);
}

function listsEqual(a: CelList, b: CelList, meter: CostMeter): boolean {
  if (a.length !== b.length) return false;
  const identity = listIdentity(a) ?? listIdentity(b);
  if (identity === undefined) return a.every((item, index) => celEquals(item, b[index] as CelValue, meter));
  const others = new Map(b.map((item) => [identityOf(item, identity), item]));
  meter.spend((a.length + b.length) / 10);
  return a.every((item) => {
    const other = others.get(identityOf(item, identity));
    return other !== undefined && celEquals(item, other, meter);
  });
}

function mapsEqual(a: CelMap, b: CelMap, meter: CostMeter): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !celEquals(value, other, meter)) return false;
  }
  return true;
}

/** What a member of a set or associative list is known by. */
export function identityOf(item: CelValue, identity: ListIdentity): string {
  if (identity.kind === 'set' || item === null || !isCelMap(item)) return identityText(item);
  return identity.keys.map((key) => identityText(item.get(key) ?? null)).join('\u0000');
}

function identityText(value: CelValue): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return `${typeof value}:${value}`;
  if (value instanceof CelUint) return `uint:${value.value}`;
  if (value instanceof CelTimestamp || value instanceof CelDuration) return `time:${value.nanos}`;
  if (isCelList(value)) return `[${value.map(identityText).join()}]`;
  if (!isCelMap(value)) return JSON.stringify(value);
  const entries = [...value].map(([key, member]) => `${String(key)}=${identityText(member)}`);
  return `{${entries.toSorted().join()}}`;
}

type CelNumber = bigint | number | CelUint;

export function isNumber(value: CelValue): value is CelNumber {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof CelUint;
}

/** Negative, zero, positive; NaN when either is not a number. An integer meets a double as the double next to it. */
function compareNumbers(a: CelNumber, b: CelNumber): number {
  const left = a instanceof CelUint ? a.value : a;
  const right = b instanceof CelUint ? b.value : b;
  if (typeof left !== typeof right) return compareDoubles(Number(left), Number(right));
  return typeof left === 'bigint' ? order(left, right as bigint) : compareDoubles(left, right as number);
}

function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number.NaN;
}

/** Orders two values of one ordered type. @throws CelError when they have no order. */
export function celCompare(a: CelValue, b: CelValue): number {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return order(a.nanos, b.nanos);
  if (a instanceof CelDuration && b instanceof CelDuration) return order(a.nanos, b.nanos);
  throw noSuchOverload();
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code point, where UTF-16 order would misplace characters beyond the basic plane. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  for (let i = 0; ; i++) {
    const left = a.codePointAt(i);
    const right = b.codePointAt(i);
    if (left === undefined) return right === undefined ? 0 : -1;
    if (right === undefined) return 1;
    if (left !== right) return left - right;
  }
}

/** The key under which a map holds a value's entry; `undefined` for values that can't be keys. */
export function mapKey(value: CelValue): CelKey | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (value instanceof CelUint) return value.value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined;
}
