/**
 * JSON patch (RFC 6902). The input isn't touched; only containers on the way to a change are copied.
 *
 * As in Kubernetes' implementation, `add` to a list takes `-` and an index, and a removal of a missing path fails.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';

export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: JsonValue;
}

export type JsonPatchResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly operation: number; readonly message: string };

/** Applies all operations or none. */
export function applyJsonPatch(target: JsonValue, operations: readonly JsonPatchOperation[]): JsonPatchResult {
  let value: JsonValue | undefined = target;
  for (const [index, operation] of operations.entries()) {
    const step: Step = applyOperation(value, operation);
    if (!step.ok) return { ok: false, operation: index, message: step.message };
    value = step.value;
  }
  return { ok: true, value: value ?? null };
}

type Step =
  | { readonly ok: true; readonly value: JsonValue | undefined }
  | { readonly ok: false; readonly message: string };

function fail(message: string): Step {
  return { ok: false, message };
}

function applyOperation(target: JsonValue | undefined, operation: JsonPatchOperation): Step {
  const path = parsePointer(operation.path);
  if (path === undefined) return fail(`path "${operation.path}" is not a JSON pointer`);
  switch (operation.op) {
    case 'add':
      return operation.value === undefined ? fail('add needs a value') : write(target, path, operation.value, 'add');
    case 'replace':
      return operation.value === undefined
        ? fail('replace needs a value')
        : write(target, path, operation.value, 'replace');
    case 'remove':
      return write(target, path, undefined, 'remove');
    case 'test':
      return test(target, path, operation);
    case 'copy':
    case 'move':
      return transfer(target, path, operation);
    default:
      return fail(`unknown operation "${operation.op}"`);
  }
}

function test(target: JsonValue | undefined, path: readonly string[], operation: JsonPatchOperation): Step {
  const found = read(target, path);
  const matches = found === undefined ? operation.value === null : deepEqual(found, operation.value);
  return matches ? { ok: true, value: target } : fail(`testing value ${operation.path} failed`);
}

function transfer(target: JsonValue | undefined, path: readonly string[], operation: JsonPatchOperation): Step {
  const from = parsePointer(operation.from ?? '\0');
  if (from === undefined) return fail(`from "${operation.from}" is not a JSON pointer`);
  const value = read(target, from);
  if (value === undefined) return fail(`from "${operation.from}" does not exist`);
  if (operation.op === 'copy') return write(target, path, value, 'add');
  const removed = write(target, from, undefined, 'remove');
  return removed.ok ? write(removed.value, path, value, 'add') : removed;
}

function parsePointer(pointer: unknown): string[] | undefined {
  if (typeof pointer !== 'string') return undefined;
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(target: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = target;
  for (const part of path) {
    if (Array.isArray(value)) value = value[arrayIndex(part, value.length - 1) ?? -1];
    else if (isJsonObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

type Mode = 'add' | 'replace' | 'remove';

function write(target: JsonValue | undefined, path: readonly string[], value: JsonValue | undefined, mode: Mode): Step {
  const [head, ...tail] = path;
  if (head === undefined) return { ok: true, value };
  if (Array.isArray(target)) return writeIntoArray(target, head, tail, value, mode);
  if (isJsonObject(target)) return writeIntoObject(target, head, tail, value, mode);
  return fail(`nothing to ${mode} at "${head}"`);
}

function writeIntoObject(
  target: JsonObject,
  head: string,
  tail: readonly string[],
  value: JsonValue | undefined,
  mode: Mode,
): Step {
  const exists = Object.hasOwn(target, head);
  if (!exists && (tail.length > 0 || mode !== 'add')) return fail(`"${head}" does not exist`);
  const copy = { ...target };
  if (tail.length > 0) {
    const inner = write(target[head], tail, value, mode);
    if (!inner.ok) return inner;
    if (inner.value !== undefined) copy[head] = inner.value;
    return { ok: true, value: copy };
  }
  if (mode === 'remove') delete copy[head];
  else Object.defineProperty(copy, head, { value, enumerable: true, configurable: true, writable: true });
  return { ok: true, value: copy };
}

function writeIntoArray(
  target: readonly JsonValue[],
  head: string,
  tail: readonly string[],
  value: JsonValue | undefined,
  mode: Mode,
): Step {
  const inserts = tail.length === 0 && mode === 'add';
  const index = inserts && head === '-' ? target.length : arrayIndex(head, inserts ? target.length : target.length - 1);
  if (index === undefined) return fail(`"${head}" is not an index of a list of ${target.length}`);
  const copy = [...target];
  if (tail.length > 0) {
    const inner = write(target[index], tail, value, mode);
    if (!inner.ok) return inner;
    if (inner.value !== undefined) copy[index] = inner.value;
    return { ok: true, value: copy };
  }
  if (mode === 'remove') copy.splice(index, 1);
  else copy.splice(index, inserts ? 0 : 1, value ?? null);
  return { ok: true, value: copy };
}

function arrayIndex(part: string, highest: number): number | undefined {
  if (!/^(0|[1-9]\d*)$/.test(part)) return undefined;
  const index = Number(part);
  return index <= highest ? index : undefined;
}
