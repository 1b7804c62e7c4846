/**
 * Reads a client's JSON as a typed Kubernetes object, the way Go decodes and encodes it: unknown fields go and are
 * listed, `null` and empty values vanish or appear as the type demands, quantities and timestamps become canonical, and a
 * value of the wrong type is refused in Go's words. Never changes its input; unchanged subtrees are shared.
 *
 * Not here: custom resources below their metadata (`prune.ts`), defaults and validation.
 */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { setMember } from '../store/set-member.ts';
import { canonicalQuantity, quantityProblem } from './quantity.ts';
import type { JsonValue, SchemaNode } from './schema-node.ts';
import { canonicalTimestamp, timestampProblem } from './timestamp.ts';

export type TypedResult =
  | {
      readonly ok: true;
      readonly value: JsonObject;
      /** In document order, as `spec.containers[0].imagee`. */
      readonly unknownFields: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** `at` is the path under which unknown fields are listed: '' for a whole object, `metadata` for its metadata alone. */
export function decodeTyped(value: JsonValue, node: SchemaNode, at: string = ''): TypedResult {
  const decoder = new Decoder();
  try {
    const decoded = decoder.decode(value, node, { path: at, goPath: '', owner: '' });
    if (decoder.mismatch !== undefined) return { ok: false, message: decoder.mismatch };
    return { ok: true, value: isJsonObject(decoded) ? decoded : {}, unknownFields: decoder.unknownFields };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, message: error.message };
    throw error;
  }
}

/** A value whose own decoder gave up; unlike a type mismatch it ends decoding at once. */
class Unreadable extends Error {}

interface Place {
  /** With list indexes, for unknown fields. */
  readonly path: string;
  /** Without them, for Go's messages. */
  readonly goPath: string;
  /** The Go struct that has the field. */
  readonly owner: string;
}

class Decoder {
  readonly unknownFields: string[] = [];
  /** The first value of a wrong type. */
  mismatch: string | undefined = undefined;

  /** `undefined` when the field is left out of the encoded object. */
  decode(value: JsonValue | undefined, node: SchemaNode, place: Place): JsonValue | undefined {
    if (value === undefined || value === null) return absent(node);
    switch (node.type) {
      case 'object':
        return node.properties === undefined ? this.map(value, node, place) : this.struct(value, node, place);
      case 'array':
        return this.list(value, node, place);
      case 'string':
        return this.text(value, node, place);
      case 'integer':
        return this.integer(value, node, place);
      case 'number':
        return typeof value === 'number' ? omitZero(value, 0, node) : this.refuse(value, node, place);
      case 'boolean':
        return typeof value === 'boolean' ? omitZero(value, false, node) : this.refuse(value, node, place);
      case 'any':
        return node.intOrString ? intOrString(value, node) : value;
    }
  }

  private struct(value: JsonValue, node: SchemaNode, place: Place): JsonValue | undefined {
    if (!isJsonObject(value)) return this.refuse(value, node, place);
    const properties = node.properties ?? new Map<string, SchemaNode>();
    const owner = goName(node);
    const out: JsonObject = {};
    for (const name of Object.keys(value)) {
      const property = properties.get(name);
      const path = place.path === '' ? name : `${place.path}.${name}`;
      if (property === undefined) {
        this.unknownFields.push(path);
        continue;
      }
      const goPath = place.goPath === '' ? name : `${place.goPath}.${name}`;
      const decoded = this.decode(value[name], property, { path, goPath, owner });
      if (decoded !== undefined) out[name] = decoded;
    }
    for (const [name, property] of alwaysWritten(properties)) {
      const decoded = Object.hasOwn(out, name) ? undefined : absent(property);
      if (decoded !== undefined) out[name] = decoded;
    }
    return out;
  }

  private map(value: JsonValue, node: SchemaNode, place: Place): JsonValue | undefined {
    if (!isJsonObject(value)) return this.refuse(value, node, place);
    const element = node.additionalProperties;
    const out: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      const path = `${place.path}.${key}`;
      const decoded =
        element === undefined ? member : (this.decode(member, element, { ...place, path }) ?? zero(element));
      setMember(out, key, decoded);
    }
    return Object.keys(out).length === 0 && node.emission !== 'write-null' ? undefined : out;
  }

  private list(value: JsonValue, node: SchemaNode, place: Place): JsonValue | undefined {
    if (!Array.isArray(value)) return this.refuse(value, node, place);
    const items = node.items;
    if (value.length === 0) return node.emission === 'write-null' ? value : undefined;
    if (items === undefined) return value;
    return value.map(
      (item, index) => this.decode(item, items, { ...place, path: `${place.path}[${index}]` }) ?? zero(items),
    );
  }

  private text(value: JsonValue, node: SchemaNode, place: Place): JsonValue | undefined {
    const { format } = node;
    if (format === 'quantity') return quantity(value);
    if (typeof value !== 'string') return this.refuse(value, node, place);
    if (format === 'date-time' || format === 'date-time-micro') {
      const stored = canonicalTimestamp(value, format);
      if (stored === undefined) throw new Unreadable(timestampProblem(value, format));
      return stored;
    }
    if (format === 'byte') return omitZero(base64(value), '', node);
    return omitZero(value, '', node);
  }

  private integer(value: JsonValue, node: SchemaNode, place: Place): JsonValue | undefined {
    if (typeof value !== 'number') return this.refuse(value, node, place);
    const limit = node.format === 'int32' ? 2 ** 31 : 2 ** 63;
    if (!Number.isInteger(value) || value < -limit || value >= limit) return this.refuse(value, node, place, true);
    return omitZero(value, 0, node);
  }

  private refuse(value: JsonValue, node: SchemaNode, place: Place, showNumber = false): undefined {
    const found = showNumber ? `number ${JSON.stringify(value)}` : jsonType(value);
    const target = place.owner === '' ? 'Go value' : `Go struct field ${place.owner}.${place.goPath}`;
    this.mismatch ??= `json: cannot unmarshal ${found} into ${target} of type ${goType(node)}`;
    return undefined;
  }
}

const writtenCache = new WeakMap<ReadonlyMap<string, SchemaNode>, readonly (readonly [string, SchemaNode])[]>();

/** The fields that appear even when the client sends none. */
function alwaysWritten(properties: ReadonlyMap<string, SchemaNode>): readonly (readonly [string, SchemaNode])[] {
  let written = writtenCache.get(properties);
  if (written === undefined) {
    written = [...properties].filter(([, { emission }]) => emission === 'write-zero' || emission === 'write-null');
    writtenCache.set(properties, written);
  }
  return written;
}

/** What an absent field is written as. */
function absent(node: SchemaNode): JsonValue | undefined {
  if (node.emission === 'write-null') return null;
  return node.emission === 'write-zero' ? zero(node) : undefined;
}

/** Go's zero value of a type, as JSON. */
function zero(node: SchemaNode): JsonValue {
  switch (node.type) {
    case 'object': {
      if (node.properties === undefined) return null;
      const out: JsonObject = {};
      for (const [name, property] of alwaysWritten(node.properties)) out[name] = absent(property) ?? null;
      return out;
    }
    case 'string':
      if (node.format === 'quantity') return '0';
      return node.format === 'date-time' || node.format === 'date-time-micro' ? null : '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return null;
    case 'any':
      return node.intOrString ? 0 : null;
  }
}

function omitZero(value: JsonValue, zeroValue: JsonValue, node: SchemaNode): JsonValue | undefined {
  return value === zeroValue && node.emission === 'omit-zero' ? undefined : value;
}

function quantity(value: JsonValue): JsonValue {
  if (typeof value !== 'string' && typeof value !== 'number') throw new Unreadable(quantityProblem);
  const stored = canonicalQuantity(String(value));
  if (stored === undefined) throw new Unreadable(quantityProblem);
  return stored;
}

function intOrString(value: JsonValue, node: SchemaNode): JsonValue | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') {
    throw new Unreadable(`json: cannot unmarshal ${jsonType(value)} into Go value of type int32`);
  }
  if (!Number.isInteger(value) || Math.abs(value) > 2 ** 31 - 1) {
    throw new Unreadable(`json: cannot unmarshal number ${value} into Go value of type int32`);
  }
  return omitZero(value, 0, node);
}

function base64(text: string): string {
  const stripped = text.replaceAll(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/=]/.exec(stripped)?.index ?? misplacedPadding(stripped);
  if (bad !== undefined) throw new Unreadable(`illegal base64 data at input byte ${bad}`);
  return Buffer.from(stripped, 'base64').toString('base64');
}

function misplacedPadding(text: string): number | undefined {
  const padding = text.indexOf('=');
  if (padding === -1) return text.length % 4 === 0 ? undefined : text.length - (text.length % 4);
  return text.length % 4 === 0 && /^[^=]+={1,2}$/.test(text) ? undefined : padding;
}

function jsonType(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goName(node: SchemaNode): string {
  const name = node.typeName ?? '';
  return name.slice(name.lastIndexOf('.') + 1);
}

function goType(node: SchemaNode): string {
  switch (node.type) {
    case 'object':
      if (node.properties === undefined) return `map[string]${goType(node.additionalProperties ?? anyNode)}`;
      return `${node.typeName?.includes('/v2.') === true ? 'v2' : 'v1'}.${goName(node)}`;
    case 'array':
      return `[]${goType(node.items ?? anyNode)}`;
    case 'string':
      return node.format === 'byte' ? '[]uint8' : 'string';
    case 'integer':
      return node.format ?? 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'any':
      return 'interface {}';
  }
}

const anyNode = { type: 'any' } as SchemaNode;
