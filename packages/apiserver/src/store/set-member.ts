/** Writes a member of an object that came from JSON, where `__proto__` is a key like any other. */
import type { JsonValue } from '../schema/schema-node.ts';
import type { JsonObject } from './kube-object.ts';

export function setMember(target: JsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
