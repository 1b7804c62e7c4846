/** JSON as a structural schema means it: integers, timestamps, sets. What the schema doesn't know is converted as it looks. */
import { objectAt, textAt } from '../schema/builtin/fill.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { celName } from './cel-name.ts';
import { identifyList } from './cel-equality.ts';
import { type CelKey, type CelValue } from './cel-value.ts';
import { isEmbedded, withObjectFields } from './schema-type.ts';
import { parseDuration, parseTimestamp } from './time-text.ts';

/** Converts parts of one object; a part that several rules see is converted once. */
export class SchemaValues {
  readonly #known = new Map<JsonValue, CelValue>();

  convert(value: JsonValue, schema: JsonObject, isRoot: boolean): CelValue {
    if (typeof value !== 'object' || value === null) return scalar(value, schema);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const converted = Array.isArray(value)
      ? this.#list(value, schema)
      : this.#object(value, isRoot ? withObjectFields(schema) : schema);
    this.#known.set(value, converted);
    return converted;
  }

  #list(list: readonly JsonValue[], schema: JsonObject): CelValue {
    const { items } = schema;
    const converted = list.map((item) => this.#child(item, items));
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
      const key = known === undefined ? name : (celName(name) ?? name);
      map.set(key, this.#child(member, known ?? schema['additionalProperties']));
    }
    return map;
  }

  #child(value: JsonValue, schema: JsonValue | undefined): CelValue {
    return isJsonObject(schema) ? this.convert(value, schema, isEmbedded(schema)) : this.convert(value, {}, false);
  }
}

function scalar(value: null | boolean | number | string, schema: JsonObject): CelValue {
  if (typeof value === 'number') {
    return schema['type'] === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  }
  if (typeof value !== 'string' || schema['type'] !== 'string') return value;
  switch (textAt(schema, 'format')) {
    case 'byte':
      return Buffer.from(value, 'base64');
    case 'duration':
      return parseDuration(value);
    case 'date':
      return parseTimestamp(`${value}T00:00:00Z`);
    case 'date-time':
      return parseTimestamp(value);
    default:
      return value;
  }
}
