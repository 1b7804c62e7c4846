/** Building blocks of defaulting: each returns its input untouched when there is nothing to fill in. */
import { isJsonObject, type JsonObject } from '../../store/kube-object.ts';
import type { JsonValue } from '../schema-node.ts';

/** Sets the fields that are absent, null or empty text. */
export function fill(object: JsonObject, defaults: JsonObject): JsonObject {
  let out = object;
  for (const [name, value] of Object.entries(defaults)) {
    const given = object[name];
    if (given !== undefined && given !== null && given !== '') continue;
    if (out === object) out = { ...object };
    out[name] = value;
  }
  return out;
}

/** Changes a member that is an object; an absent one stays absent. */
export function changeObject(object: JsonObject, name: string, change: (member: JsonObject) => JsonObject): JsonObject {
  const member = object[name];
  if (!isJsonObject(member)) return object;
  const changed = change(member);
  return changed === member ? object : { ...object, [name]: changed };
}

/** Changes every object of a list member. */
export function changeEach(object: JsonObject, name: string, change: (item: JsonObject) => JsonObject): JsonObject {
  const list = object[name];
  if (!Array.isArray(list)) return object;
  let changed = false;
  const items: JsonValue[] = list.map((item) => {
    const next = isJsonObject(item) ? change(item) : item;
    changed ||= next !== item;
    return next;
  });
  return changed ? { ...object, [name]: items } : object;
}

/** Changes the object at a path of members. */
export function changeAt(
  object: JsonObject,
  path: readonly string[],
  change: (member: JsonObject) => JsonObject,
): JsonObject {
  const [first, ...rest] = path;
  if (first === undefined) return change(object);
  return changeObject(object, first, (member) => changeAt(member, rest, change));
}

/** A member as an object; `{}` when it is absent or something else. */
export function objectAt(object: JsonObject, ...path: readonly string[]): JsonObject {
  let current: JsonValue | undefined = object;
  for (const step of path) current = isJsonObject(current) ? current[step] : undefined;
  return isJsonObject(current) ? current : {};
}

/** The objects of a list member; none when it is absent or no list. */
export function objectsAt(object: JsonObject, name: string): JsonObject[] {
  const list = object[name];
  return Array.isArray(list) ? list.filter((item) => isJsonObject(item)) : [];
}

/** A text member; '' when it is absent or no text. */
export function textAt(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}
