/**
 * Static types of the Common Expression Language, as the checker infers them. Types that come from a schema also say how
 * many characters, items or entries a value can have, for the estimation of costs.
 */
export type CelType =
  | SimpleType
  | { readonly kind: 'list'; readonly item: CelType; readonly maxSize?: number | undefined }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType; readonly maxSize?: number | undefined }
  | ObjectType
  | { readonly kind: 'optional'; readonly value: CelType }
  | { readonly kind: 'type' }
  | { readonly kind: 'opaque'; readonly name: string }
  | { readonly kind: 'param'; readonly name: string };

export interface SimpleType {
  readonly kind: SimpleKind;
  readonly maxSize?: number | undefined;
}

export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  /** By CEL name. */
  readonly fields: ReadonlyMap<string, CelType>;
}

/** `error` is the type of an expression that already has a problem; it fits everywhere. */
export type SimpleKind =
  | 'dyn'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'duration'
  | 'timestamp';

export const dynType: CelType = { kind: 'dyn' };
export const errorType: CelType = { kind: 'error' };
export const boolType: CelType = { kind: 'bool' };
export const intType: CelType = { kind: 'int' };

/** A type as messages show it. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${formatType(type.item)})`;
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'optional':
      return `optional_type(${formatType(type.value)})`;
    case 'object':
    case 'opaque':
    case 'param':
      return type.name;
    case 'error':
      return '!error!';
    case 'dyn':
    case 'null':
    case 'bool':
    case 'int':
    case 'uint':
    case 'double':
    case 'string':
    case 'bytes':
    case 'duration':
    case 'timestamp':
    case 'type':
      return type.kind;
  }
}

/** What type parameters stand for in one call. */
export type Bindings = Map<string, CelType>;

/** Whether a value of type `given` may stand where `wanted` is declared; binds type parameters on the way. */
export function accepts(wanted: CelType, given: CelType, bindings: Bindings): boolean {
  if (wanted.kind === 'param') return bind(wanted.name, given, bindings);
  if (isLoose(wanted) || isLoose(given)) return true;
  switch (wanted.kind) {
    case 'list':
      return given.kind === 'list' && accepts(wanted.item, given.item, bindings);
    case 'map':
      return (
        given.kind === 'map' && accepts(wanted.key, given.key, bindings) && accepts(wanted.value, given.value, bindings)
      );
    case 'optional':
      return given.kind === 'optional' && accepts(wanted.value, given.value, bindings);
    case 'object':
      return given.kind === 'null' || (given.kind === 'object' && given.name === wanted.name);
    case 'opaque':
      return given.kind === 'null' || (given.kind === 'opaque' && given.name === wanted.name);
    case 'duration':
    case 'timestamp':
      return given.kind === 'null' || given.kind === wanted.kind;
    case 'null':
      return ['null', 'object', 'opaque', 'duration', 'timestamp'].includes(given.kind);
    case 'dyn':
    case 'error':
    case 'bool':
    case 'int':
    case 'uint':
    case 'double':
    case 'string':
    case 'bytes':
    case 'type':
      return given.kind === wanted.kind;
  }
}

function isLoose(type: CelType): boolean {
  return type.kind === 'dyn' || type.kind === 'error';
}

function bind(name: string, given: CelType, bindings: Bindings): boolean {
  const bound = bindings.get(name);
  if (bound === undefined || bound.kind === 'null') {
    if (bound !== undefined && !accepts(bound, given, bindings)) return false;
    bindings.set(name, given);
    return true;
  }
  if (!accepts(bound, given, bindings)) return false;
  if (isLoose(given)) bindings.set(name, given);
  return true;
}

/** Replaces type parameters by what they stand for. */
export function substitute(type: CelType, bindings: Bindings): CelType {
  if (type.kind === 'param') return bindings.get(type.name) ?? dynType;
  if (type.kind === 'list') return { kind: 'list', item: substitute(type.item, bindings) };
  if (type.kind === 'optional') return { kind: 'optional', value: substitute(type.value, bindings) };
  if (type.kind !== 'map') return type;
  return { kind: 'map', key: substitute(type.key, bindings), value: substitute(type.value, bindings) };
}

/** One type for both, or `undefined`: the types of a conditional's branches, of a list's items. */
export function joinTypes(a: CelType, b: CelType): CelType | undefined {
  if (isLoose(a)) return a;
  if (isLoose(b)) return b;
  if (!accepts(a, b, new Map())) return undefined;
  if (a.kind === 'null') return b;
  return withoutSize(a);
}

/** The type without what its schema said about sizes. */
export function withoutSize(type: CelType): CelType {
  return 'maxSize' in type ? { ...type, maxSize: undefined } : type;
}
