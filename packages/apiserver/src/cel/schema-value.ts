/** JSON as a structural schema means it: integers, timestamps, sets. What the schema doesn't know is converted as it looks. */
import { objectAt, textAt } from '../schema/builtin/fill.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { celName } from './cel-name.ts';
import { CelError } from './cel-error.ts';
import { identifyList } from './cel-equality.ts';
import { type CelKey, type CelValue } from './cel-value.ts';
import { isEmbedded, withObjectFields } from './schema-type.ts';
import { parseSchemaDuration, parseTimestamp } from './time-text.ts';

/**
 * Converts parts of one object; a part that several rules see is converted once.
 *
 * A schema may have changed since a value was stored, and formats accept what no conversion does (an empty date-time). Such
 * a value is absent as a field and null as an item: rules about other fields go on, those about this one fail.
 */
export class SchemaValues {
  readonly #known = new Map<JsonValue, CelValue>();

  /** @throws CelError when the value itself doesn't fit its schema. */
  convert(value: JsonValue, schema: JsonObject, isRoot: boolean): CelValue {
    if (typeof value !== 'object' || value === null) return scalar(value, schema);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if ((schema['type'] ?? kindOf(value)) !== kindOf(value)) throw unfit(schema);
    const converted = Array.isArray(value)
      ? this.#list(value, schema)
      : this.#object(value as JsonObject, isRoot ? withObjectFields(schema) : schema);
    this.#known.set(value, converted);
    return converted;
  }

  #list(list: readonly JsonValue[], schema: JsonObject): CelValue {
    const { items } = schema;
    const converted = list.map((item) => this.#child(item, items) ?? null);
    const keys = schema['x-kubernetes-list-map-keys'];
    if (schema['x-kubernetes-list-type'] === 'set') identifyList(converted, { kind: 'set' });
    if (schema['x-kubernetes-list-type'] === 'map' && Array.isArray(keys)) {
      const names = keys.filter((key) => typeof key === 'string').map((key) => celName(key) ?? key);
      identifyList(converted, { kind: 'map', keys: names });
    }
    return converted;
  }

  #object(object: JsonObject, schema: JsonObject): CelValue {
    const properties = objectAt(schema, 'properties');
    const map = new Map<CelKey, CelValue>();
    for (const [name, member] of Object.entries(object)) {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      // a known field that is null counts as absent; items, and members of maps, may be null
      if (member === null && known !== undefined) continue;
      const converted = this.#child(member, known ?? schema['additionalProperties']);
      if (converted !== undefined) map.set(known === undefined ? name : (celName(name) ?? name), converted);
    }
    return map;
  }

  #child(value: JsonValue, schema: JsonValue | undefined): CelValue | undefined {
    if (!isJsonObject(schema)) return this.convert(value, {}, false);
    try {
      return this.convert(value, schema, isEmbedded(schema));
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return undefined;
    }
  }
}

function kindOf(value: object): string {
  return Array.isArray(value) ? 'array' : 'object';
}

function unfit(schema: JsonObject): CelError {
  return new CelError(`invalid data, expected a value for the provided schema with type=${textAt(schema, 'type')}`);
}

function scalar(value: null | boolean | number | string, schema: JsonObject): CelValue {
  const { type } = schema;
  if (typeof value === 'number') {
    if (type === 'string' || type === 'boolean' || type === 'array' || type === 'object') throw unfit(schema);
    if (type === 'number') return value;
    if (Number.isInteger(value)) return BigInt(value);
    if (type === 'integer') throw unfit(schema);
    return value;
  }
  if (value === null || type === undefined) return value;
  if (type !== typeof value) throw unfit(schema);
  return typeof value === 'string' ? formatted(value, textAt(schema, 'format') ?? '') : value;
}

function formatted(text: string, format: string): CelValue {
  switch (format) {
    case 'byte':
      return Buffer.from(text, 'base64');
    case 'duration':
      return parseSchemaDuration(text);
    case 'date':
      return parseTimestamp(`${text}T00:00:00Z`);
    case 'date-time':
      return parseTimestamp(text);
    default:
      return text;
  }
}
