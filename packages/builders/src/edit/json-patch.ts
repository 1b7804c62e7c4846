/**
 * JSON Patch (RFC 6902) on a plain object, in place. A patch may add fields this package has never heard of.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
import { BuilderError } from '../builder-error.ts';

/** One operation. `path` and `from` are JSON Pointers: `/spec/template/spec/containers/0/image`. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

type Holder = Record<string, unknown> | unknown[];

/**
 * Applies all operations and returns the document, which is a new one only if its root was replaced.
 * @throws BuilderError with code `PATCH` naming the operation that does not apply.
 */
export function applyJsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  const root = { '': document };
  for (const [index, operation] of operations.entries()) {
    const failure = isHolder(operation) ? applyOperation(root, operation) : 'must be an object with op and path';
    if (failure !== undefined) {
      const { op, path } = (operation ?? {}) as Partial<JsonPatchOperation>;
      const message = `operation ${index} (${op} ${path}): ${failure}`;
      throw new BuilderError('JSON patch', [{ code: 'PATCH', path: path ?? '', message }]);
    }
  }
  return root[''];
}

function applyOperation(root: Holder, operation: JsonPatchOperation): string | undefined {
  if (typeof operation.path !== 'string') return "path must be a JSON pointer, such as '/spec/replicas'";
  switch (operation.op) {
    case 'add':
      return add(root, operation.path, structuredClone(operation.value));
    case 'remove':
      return remove(root, operation.path);
    case 'replace':
      return replace(root, operation.path, structuredClone(operation.value));
    case 'copy':
    case 'move': {
      const source = find(root, operation.from);
      if (source === undefined || !has(source)) return `there is nothing at ${operation.from}`;
      if (operation.op === 'move' && `${operation.path}/`.startsWith(`${operation.from}/`)) {
        return operation.path === operation.from ? undefined : 'a value cannot be moved into itself';
      }
      const value = structuredClone(get(source));
      if (operation.op === 'move') remove(root, operation.from);
      return add(root, operation.path, value);
    }
    case 'test': {
      const place = find(root, operation.path);
      if (place === undefined || !has(place)) return 'there is nothing to test';
      return sameJson(get(place), operation.value) ? undefined : 'the value differs';
    }
    default:
      return 'op must be one of add, remove, replace, move, copy, test';
  }
}

interface Place {
  readonly holder: Holder;
  readonly key: string;
}

/** The place a pointer names; its parent exists, the value itself may not. */
function find(root: Holder, pointer: string): Place | undefined {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/'))) return undefined;
  const keys = pointer.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let holder: unknown = root;
  for (const key of keys) {
    if (!isHolder(holder) || !has({ holder, key })) return undefined;
    holder = get({ holder, key });
  }
  return isHolder(holder) ? { holder, key: last } : undefined;
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}

function has({ holder, key }: Place): boolean {
  return Array.isArray(holder) ? /^(0|[1-9]\d*)$/.test(key) && Number(key) < holder.length : Object.hasOwn(holder, key);
}

function get({ holder, key }: Place): unknown {
  return (holder as Record<string, unknown>)[key];
}

function put({ holder, key }: Place, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}

function add(root: Holder, pointer: string, value: unknown): string | undefined {
  const place = find(root, pointer);
  if (place === undefined) return 'its parent does not exist';
  const { holder, key } = place;
  if (!Array.isArray(holder)) {
    put(place, value);
    return undefined;
  }
  const index = key === '-' ? holder.length : /^(0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN;
  if (!(index <= holder.length)) return `index ${key} is outside a list of ${holder.length}`;
  holder.splice(index, 0, value);
  return undefined;
}

function remove(root: Holder, pointer: string): string | undefined {
  const place = find(root, pointer);
  if (place === undefined || !has(place)) return 'there is nothing to remove';
  if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
  else delete place.holder[place.key];
  return undefined;
}

function replace(root: Holder, pointer: string, value: unknown): string | undefined {
  const place = find(root, pointer);
  if (place === undefined || !has(place)) return 'there is nothing to replace';
  put(place, value);
  return undefined;
}

/** Equality of JSON values, whatever the key order. */
function sameJson(a: unknown, b: unknown): boolean {
  if (!isHolder(a) || !isHolder(b)) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => has({ holder: b, key }) && sameJson(get({ holder: a, key }), get({ holder: b, key })))
  );
}
