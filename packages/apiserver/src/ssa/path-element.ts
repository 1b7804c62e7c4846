/**
 * One step of a field path, in the text form of FieldsV1: `f:name` (a field or map key), `k:{…}` (an item of a keyed
 * list), `v:…` (an item of a set), `i:n` (a list index). The text doubles as the key of a field set's trie, so equal
 * elements are equal strings.
 *
 * Not here: which element an item of a list has (type-view.ts).
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { JsonValue } from '../schema/schema-node.ts';

export type PathElement = string;

/** The element of a field of an object or of a key of a map. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The element of a set's item, or of an item that cannot be keyed. */
export function valueElement(value: JsonValue): PathElement {
  return `v:${canonicalJson(value)}`;
}

/** JSON with object keys sorted, as Kubernetes writes values inside path elements. */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(',')}]`;
  }
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`;
}

/**
 * Brings an element read from a client into canonical text, or `undefined` when it isn't an element at all.
 * A name that begins with a letter and a colon we don't know is refused, as Kubernetes does.
 */
export function parsePathElement(text: string): PathElement | undefined {
  switch (text.slice(0, 2)) {
    case 'f:':
      return text;
    case 'v:': {
      const value = parseJson(text.slice(2));
      return value === undefined ? undefined : valueElement(value);
    }
    case 'k:': {
      const value = parseJson(text.slice(2));
      return isObject(value) ? `k:${canonicalJson(value)}` : undefined;
    }
    case 'i:':
      return /^i:-?\d+$/.test(text) ? `i:${Number(text.slice(2))}` : undefined;
    default:
      return undefined;
  }
}

/** The element as people read it in messages: `.spec`, `[name="app"]`, `[="a"]`, `[0]`. */
export function describePathElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element.charAt(0)) {
    case 'f':
      return `.${rest}`;
    case 'v':
      return `[=${rest}]`;
    case 'k': {
      const keys = parseJson(rest);
      const parts = isObject(keys)
        ? Object.entries(keys).map(([name, value]) => `${name}=${canonicalJson(value)}`)
        : [];
      return `[${parts.join(',')}]`;
    }
    default:
      return `[${rest}]`;
  }
}

const KIND_ORDER = 'fkvi';

/** The order in which Kubernetes writes the members of a set: fields, then keys, values and indexes. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  const kind = a.charAt(0);
  if (kind !== b.charAt(0)) {
    return KIND_ORDER.indexOf(kind) - KIND_ORDER.indexOf(b.charAt(0));
  }
  if (kind === 'f' || (isPlain(a) && isPlain(b))) {
    return compareText(a, b);
  }
  const left = parseJson(a.slice(2)) ?? null;
  const right = parseJson(b.slice(2)) ?? null;
  return kind === 'k' ? compareKeys(left, right) : compareJson(left, right);
}

/** Keys and values that are strings without escapes or characters before `"` sort like their text. */
function isPlain(element: PathElement): boolean {
  return !/":[^"]|^v:[^"]|[ !\\]/.test(element);
}

function compareKeys(a: JsonValue, b: JsonValue): number {
  const left = isObject(a) ? Object.entries(a) : [];
  const right = isObject(b) ? Object.entries(b) : [];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [leftName, leftValue] = left[index] ?? ['', null];
    const [rightName, rightValue] = right[index] ?? ['', null];
    const order = compareText(leftName, rightName) || compareJson(leftValue, rightValue);
    if (order !== 0) {
      return order;
    }
  }
  return left.length - right.length;
}

/** Numbers before strings before booleans before lists before maps before null. */
function compareJson(a: JsonValue, b: JsonValue): number {
  const rank = rankOf(a);
  if (rank !== rankOf(b)) {
    return rank - rankOf(b);
  }
  if (typeof a === 'number' && typeof b === 'number') {
    return a - b;
  }
  return compareText(typeof a === 'string' ? a : canonicalJson(a), typeof b === 'string' ? b : canonicalJson(b));
}

function rankOf(value: JsonValue): number {
  if (value === null) {
    return 5;
  }
  if (typeof value === 'object') {
    return Array.isArray(value) ? 3 : 4;
  }
  return ['number', 'string', 'boolean'].indexOf(typeof value);
}

function compareText(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
