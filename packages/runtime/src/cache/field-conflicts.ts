/** Conflicts of server-side apply: which fields, whose, and how to leave them out. */
import type { StatusError } from '../client/status-error.ts';
import type { JsonObject, JsonValue, KubeObject } from '../object/kube-object.ts';
import { asJson } from '../object/kube-object.ts';
import type { FieldConflict } from './object-writer.ts';
import { hasKeys } from './field-set.ts';

/** The contested fields of a 409; empty when it is a conflict of another kind (a stale resourceVersion). */
export function fieldConflicts(error: StatusError): FieldConflict[] {
  const causes = error.details.causes ?? [];
  return causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map((cause) => ({
      field: cause.field ?? '',
      manager: /conflict with "([^"]*)"/.exec(cause.message ?? '')?.[1] ?? '',
    }));
}

/** `.spec.replicas (owned by "kubectl")`, joined. */
export function describeConflicts(conflicts: readonly FieldConflict[]): string {
  return conflicts.map(({ field, manager }) => `${field} (owned by "${manager}")`).join(', ');
}

/**
 * A copy of `desired` without the named field, such as `.spec.template.spec.containers[name="app"].image`.
 * Field names may hold dots, so the longest name that fits decides. Unknown paths change nothing.
 */
export function withoutField<T extends KubeObject>(desired: T, field: string): T {
  return (removeAt(asJson(desired), field) ?? desired) as unknown as T;
}

/** `undefined`: `value` itself is the named field. */
function removeAt(value: JsonValue, path: string): JsonValue | undefined {
  if (path === '') {
    return undefined;
  }
  if (Array.isArray(value)) {
    return removeFromList(value as readonly JsonValue[], path);
  }
  if (typeof value !== 'object' || value === null || !path.startsWith('.')) {
    return value;
  }
  const object = value as JsonObject;
  const name = longestName(object, path);
  if (name === undefined) {
    return value;
  }
  const { [name]: held, ...others } = object;
  const kept = held === undefined ? undefined : removeAt(held, path.slice(1 + name.length));
  return kept === undefined ? others : { ...object, [name]: kept };
}

function longestName(object: JsonObject, path: string): string | undefined {
  return Object.keys(object)
    .filter((name) => path.startsWith(`.${name}`) && ['.', '[', ''].includes(path.charAt(1 + name.length)))
    .toSorted((a, b) => b.length - a.length)[0];
}

function removeFromList(list: readonly JsonValue[], path: string): JsonValue {
  const selector = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/.exec(path);
  if (selector === null) {
    return list;
  }
  const isNamed = itemMatcher(selector[1] ?? '');
  return list.flatMap((item) => {
    const kept = isNamed(item) ? removeAt(item, path.slice(selector[0].length)) : item;
    return kept === undefined ? [] : [kept];
  });
}

/** `name="app",port=80` selects a list-map item, `="a"` an item of a set. */
function itemMatcher(selector: string): (item: JsonValue) => boolean {
  const keys: Record<string, JsonValue> = {};
  for (const match of selector.matchAll(/([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)) {
    keys[match[1] ?? ''] = JSON.parse(match[2] ?? 'null') as JsonValue;
  }
  const member = keys[''];
  return member === undefined ? (item) => hasKeys(item, keys, true) : (item) => item === member;
}
