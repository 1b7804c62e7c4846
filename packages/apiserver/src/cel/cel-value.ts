/**
 * Values of the Common Expression Language. Integers are `bigint`, doubles are `number`; text, booleans, null, bytes, lists
 * and maps are JavaScript's own; objects of a schema are maps from CEL names to values.
 *
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#values
 */
export type CelKey = string | boolean | bigint;
export type CelMap = ReadonlyMap<CelKey, CelValue>;
export type CelList = readonly CelValue[];

export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelList
  | CelMap
  | CelUint
  | CelTimestamp
  | CelDuration
  | CelOptional
  | CelTypeName
  | CelOpaque;

export class CelUint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** A point in time in nanoseconds since 1970, UTC. */
export class CelTimestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class CelDuration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A value or none. */
export class CelOptional {
  static readonly none: CelOptional = new CelOptional(undefined);
  readonly value: CelValue | undefined;
  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

/** A type as a value, as `type(x)` answers it. */
export class CelTypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a library's own type. `key` decides equality: equal values have equal keys. */
export class CelOpaque {
  readonly type: string;
  readonly key: string;
  readonly content: unknown;
  constructor(type: string, key: string, content: unknown) {
    this.type = type;
    this.key = key;
    this.content = content;
  }
}

export function isCelList(value: CelValue): value is CelList {
  return Array.isArray(value);
}

export function isCelMap(value: CelValue): value is CelMap {
  return value instanceof Map;
}

/** The name of a value's type, as CEL spells it. */
export function typeNameOf(value: CelValue): string {
  if (value === null) return 'null_type';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  return typeof value === 'string' ? 'string' : objectTypeName(value);
}

function objectTypeName(value: Exclude<CelValue, null | boolean | bigint | number | string>): string {
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof CelUint) return 'uint';
  if (value instanceof CelTimestamp) return 'google.protobuf.Timestamp';
  if (value instanceof CelDuration) return 'google.protobuf.Duration';
  if (value instanceof CelOptional) return 'optional_type';
  if (value instanceof CelTypeName) return 'type';
  if (value instanceof CelOpaque) return value.type;
  return isCelList(value) ? 'list' : 'map';
}

/** What `size()` answers; 1 for everything that has no size. */
export function sizeOf(value: CelValue): number {
  if (typeof value === 'string') return textLength(value);
  if (value instanceof Uint8Array || isCelList(value)) return value.length;
  return value !== null && isCelMap(value) ? value.size : 1;
}

/** Characters, not UTF-16 units. */
export function textLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      length -= 1;
      i += 1;
    }
  }
  return length;
}
