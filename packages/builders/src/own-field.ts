/** Fields of objects whose keys are data: `__proto__` and `constructor` are names like others, and nothing is inherited. */

/** The object's own value at `key`. */
export function ownField(source: object, key: string): unknown {
  return Object.hasOwn(source, key) ? (source as Record<string, unknown>)[key] : undefined;
}

/** Plain assignment would set the prototype for a key named `__proto__`. */
export function setField(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else (target as Record<string, unknown>)[key] = value;
}
