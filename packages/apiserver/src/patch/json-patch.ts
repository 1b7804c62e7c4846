/**
 * JSON patch (RFC 6902). The input isn't touched; containers on the way to a change are copied, each once per patch, so
 * that the cost grows with the patch and not with patch times object.
 *
 * As in Kubernetes' implementation, `add` to a list takes `-` and an index, and a removal of a missing path fails.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { setMember } from '../store/set-member.ts';

export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: JsonValue;
}

export type JsonPatchResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly operation: number; readonly message: string };

/** What all `copy` operations of a patch may add up to as JSON text, as in Kubernetes: doubling must not fill memory. */
const copyLimit = 3 * 1024 * 1024;

/** What one patch has copied so far. */
interface Progress {
  /** Containers that only this patch knows, which it may therefore change in place. */
  own: WeakSet<object>;
  copied: number;
}

/** Applies all operations or none. */
export function applyJsonPatch(target: JsonValue, operations: readonly JsonPatchOperation[]): JsonPatchResult {
  let value: JsonValue | undefined = target;
  const progress: Progress = { own: new WeakSet(), copied: 0 };
  for (const [index, operation] of operations.entries()) {
    const step: Step = applyOperation(value, operation, progress);
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

function applyOperation(target: JsonValue | undefined, operation: JsonPatchOperation, progress: Progress): Step {
  const path = parsePointer(operation.path);
  if (path === undefined) return fail(`path "${operation.path}" is not a JSON pointer`);
  switch (operation.op) {
    case 'add':
      return operation.value === undefined
        ? fail('add needs a value')
        : write(target, path, { mode: 'add', value: operation.value }, progress);
    case 'replace':
      return operation.value === undefined
        ? fail('replace needs a value')
        : write(target, path, { mode: 'replace', value: operation.value }, progress);
    case 'remove':
      return write(target, path, { mode: 'remove' }, progress);
    case 'test':
      return test(target, path, operation);
    case 'copy':
    case 'move':
      return transfer(target, path, operation, progress);
    default:
      return fail(`unknown operation "${operation.op}"`);
  }
}

function test(target: JsonValue | undefined, path: readonly string[], operation: JsonPatchOperation): Step {
  const found = read(target, path);
  const matches = found === undefined ? operation.value === null : deepEqual(found, operation.value);
  return matches ? { ok: true, value: target } : fail(`testing value ${operation.path} failed`);
}

function transfer(
  target: JsonValue | undefined,
  path: readonly string[],
  operation: JsonPatchOperation,
  progress: Progress,
): Step {
  const from = parsePointer(operation.from ?? '\0');
  if (from === undefined) return fail(`from "${operation.from}" is not a JSON pointer`);
  const value = read(target, from);
  if (value === undefined) return fail(`from "${operation.from}" does not exist`);
  const add: Change = { mode: 'add', value };
  if (operation.op === 'copy') {
    progress.copied += JSON.stringify(value).length;
    if (progress.copied > copyLimit) return fail(`copies add up to more than ${copyLimit} bytes`);
    progress.own = new WeakSet(); // the copied containers are now in two places
    return write(target, path, add, progress);
  }
  const removed = write(target, from, { mode: 'remove' }, progress);
  return removed.ok ? write(removed.value, path, add, progress) : removed;
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

interface Change {
  readonly mode: 'add' | 'replace' | 'remove';
  readonly value?: JsonValue;
}

function write(target: JsonValue | undefined, path: readonly string[], change: Change, progress: Progress): Step {
  const [head, ...tail] = path;
  if (head === undefined) return { ok: true, value: change.value };
  if (Array.isArray(target)) return writeIntoArray(target, head, tail, change, progress);
  if (isJsonObject(target)) return writeIntoObject(target, head, tail, change, progress);
  return fail(`nothing to ${change.mode} at "${head}"`);
}

function writeIntoObject(
  target: JsonObject,
  head: string,
  tail: readonly string[],
  change: Change,
  progress: Progress,
): Step {
  const { mode, value = null } = change;
  const exists = Object.hasOwn(target, head);
  if (!exists && (tail.length > 0 || mode !== 'add')) return fail(`"${head}" does not exist`);
  const copy = owned(target, () => ({ ...target }), progress);
  if (tail.length > 0) {
    const inner = write(target[head], tail, change, progress);
    if (!inner.ok) return inner;
    if (inner.value !== undefined) setMember(copy, head, inner.value);
  } else if (mode === 'remove') delete copy[head];
  else setMember(copy, head, value);
  return { ok: true, value: copy };
}

function writeIntoArray(
  target: JsonValue[],
  head: string,
  tail: readonly string[],
  change: Change,
  progress: Progress,
): Step {
  const { mode, value = null } = change;
  const inserts = tail.length === 0 && mode === 'add';
  const index = inserts && head === '-' ? target.length : arrayIndex(head, inserts ? target.length : target.length - 1);
  if (index === undefined) return fail(`"${head}" is not an index of a list of ${target.length}`);
  const copy = owned(target, () => [...target], progress);
  if (tail.length > 0) {
    const inner = write(target[index], tail, change, progress);
    if (!inner.ok) return inner;
    if (inner.value !== undefined) copy[index] = inner.value;
  } else if (mode === 'remove') copy.splice(index, 1);
  else copy.splice(index, inserts ? 0 : 1, value);
  return { ok: true, value: copy };
}

function owned<T extends object>(target: T, copyOf: () => T, progress: Progress): T {
  if (progress.own.has(target)) return target;
  const copy = copyOf();
  progress.own.add(copy);
  return copy;
}

function arrayIndex(part: string, highest: number): number | undefined {
  if (!/^(0|[1-9]\d*)$/.test(part)) return undefined;
  const index = Number(part);
  return index <= highest ? index : undefined;
}
