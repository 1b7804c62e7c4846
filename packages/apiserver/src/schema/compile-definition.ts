/**
 * Compiles one line of the generated bundle into a `SchemaNode`, the moment somebody looks at it.
 *
 * Grammar of a line: `package.Type[~]=field;field…` with `~` for a type that apply replaces whole. A field is
 * `name[!]:type[|option]…` with `!` for required. Types: `s` string, `i` int32, `l` int64, `d` double, `b` boolean,
 * `t` date-time, `u` date-time with microseconds, `y` base64, `q` quantity, `x` int or string, `a` anything, `r` a raw
 * object, `@name` a definition, `[T` list, `{T` map. Options: `kA,B` map keys, `s` set, `a` atomic, `g` granular, `mA`
 * strategic merge key, `R` strategic replace, `K` retainKeys, `dJSON` default, and how absent values are written: `z`
 * zero omitted, `w` zero written, `n` null written.
 *
 * Not here: which definitions exist and how they're found; see `bundle.ts`.
 */
import type { JsonValue, SchemaNode } from './schema-node.ts';

/** Finds the text after `=` of a definition. */
export type FindDefinition = (name: string) => DefinitionText | undefined;

export interface DefinitionText {
  readonly name: string;
  readonly atomic: boolean;
  readonly fields: string;
}

/** Everything a node can say; the compiled nodes of fields differ from this in a few places. */
export const plainNode: SchemaNode = Object.freeze({
  type: 'any',
  nullable: true,
  format: undefined,
  intOrString: false,
  default: undefined,
  properties: undefined,
  required: Object.freeze([]) as readonly string[],
  additionalProperties: undefined,
  mapType: 'granular',
  preserveUnknownFields: false,
  embeddedResource: false,
  items: undefined,
  listType: 'atomic',
  listMapKeys: Object.freeze([]) as readonly string[],
  patchMergeKey: undefined,
  patchStrategy: undefined,
  emission: undefined,
  typeName: undefined,
  constraints: undefined,
});

const scalars: Readonly<Record<string, Partial<SchemaNode>>> = {
  s: { type: 'string' },
  i: { type: 'integer', format: 'int32' },
  l: { type: 'integer', format: 'int64' },
  d: { type: 'number', format: 'double' },
  b: { type: 'boolean' },
  t: { type: 'string', format: 'date-time' },
  u: { type: 'string', format: 'date-time-micro' },
  y: { type: 'string', format: 'byte' },
  q: { type: 'string', format: 'quantity' },
  x: { type: 'any', format: 'int-or-string', intOrString: true },
  a: { type: 'any', preserveUnknownFields: true },
  r: { type: 'any', preserveUnknownFields: true, embeddedResource: true },
};

/** Compiles the whole object type `name`; its fields follow on first access to `properties`. */
export function compileDefinition(name: string, find: FindDefinition): SchemaNode | undefined {
  const text = find(name);
  return text === undefined ? undefined : objectNode(text, find, undefined);
}

interface Members {
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly required: readonly string[];
}

/** Members by definition and finder, so that one type compiles once however many fields have it. */
const memberCache = new WeakMap<FindDefinition, Map<string, Members>>();

function membersOf(text: DefinitionText, find: FindDefinition): Members {
  let cache = memberCache.get(find);
  if (cache === undefined) memberCache.set(find, (cache = new Map()));
  let members = cache.get(text.name);
  if (members === undefined) cache.set(text.name, (members = compileMembers(text.fields, find)));
  return members;
}

function compileMembers(fields: string, find: FindDefinition): Members {
  const properties = new Map<string, SchemaNode>();
  const required: string[] = [];
  for (const field of fields === '' ? [] : fields.split(';')) {
    const colon = field.indexOf(':');
    const isRequired = field[colon - 1] === '!';
    const name = field.slice(0, isRequired ? colon - 1 : colon);
    if (isRequired) required.push(name);
    properties.set(name, fieldNode(field.slice(colon + 1), find));
  }
  return { properties, required };
}

function fieldNode(text: string, find: FindDefinition): SchemaNode {
  const [type = 'a', ...options] = text.split('|');
  const overrides = Object.assign({}, ...options.map(readOption)) as Partial<SchemaNode>;
  return typeNode(type, find, overrides);
}

function typeNode(code: string, find: FindDefinition, overrides: Partial<SchemaNode> | undefined): SchemaNode {
  if (code.startsWith('[')) {
    return { ...plainNode, type: 'array', items: typeNode(code.slice(1), find, undefined), ...overrides };
  }
  if (code.startsWith('{')) {
    return {
      ...plainNode,
      type: 'object',
      additionalProperties: typeNode(code.slice(1), find, undefined),
      ...overrides,
    };
  }
  if (code.startsWith('@')) {
    const text = find(code.slice(1));
    if (text !== undefined) return objectNode(text, find, overrides);
  }
  return { ...plainNode, ...scalars[code], ...overrides };
}

function objectNode(
  text: DefinitionText,
  find: FindDefinition,
  overrides: Partial<SchemaNode> | undefined,
): SchemaNode {
  const node: SchemaNode = {
    ...plainNode,
    type: 'object',
    typeName: text.name,
    mapType: text.atomic ? 'atomic' : 'granular',
    ...overrides,
  };
  return Object.defineProperties(node, {
    properties: { enumerable: true, get: () => membersOf(text, find).properties },
    required: { enumerable: true, get: () => membersOf(text, find).required },
  });
}

function readOption(option: string): Partial<SchemaNode> {
  const argument = option.slice(1);
  switch (option.charAt(0)) {
    case 'k':
      return { listType: 'map', listMapKeys: argument.split(',') };
    case 's':
      return { listType: 'set' };
    case 'a':
      return { mapType: 'atomic' };
    case 'g':
      return { mapType: 'granular' };
    case 'm':
      return { patchMergeKey: argument, patchStrategy: 'merge' };
    case 'R':
      return { patchStrategy: 'replace' };
    case 'K':
      return { patchStrategy: 'retainKeys' };
    case 'd':
      return { default: JSON.parse(argument) as JsonValue };
    case 'z':
      return { emission: 'omit-zero' };
    case 'w':
      return { emission: 'write-zero' };
    case 'n':
      return { emission: 'write-null' };
    default:
      return {};
  }
}
