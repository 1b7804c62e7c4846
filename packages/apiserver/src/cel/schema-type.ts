/**
 * The static type that a structural schema gives to `self`, with bounds of sizes. What Kubernetes doesn't expose to rules has
 * no type: data without schema, and lists and maps of it.
 */
import { objectAt, textAt } from '../schema/builtin/fill.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { celName } from './cel-name.ts';
import type { CelType } from './cel-type.ts';

export interface SchemaType {
  readonly type: CelType;
  /** The least bytes a value takes in JSON: how many of them fit into a request. */
  readonly minBytes: number;
}

export const maxRequestBytes: number = 3 * 1024 * 1024;

const textSize = maxRequestBytes - 2;
const string = { type: { kind: 'string', maxSize: textSize }, minBytes: 2 } as const;

const formats: Readonly<Record<string, SchemaType>> = {
  duration: { type: { kind: 'duration' }, minBytes: 4 },
  date: { type: { kind: 'timestamp' }, minBytes: 12 },
  'date-time': { type: { kind: 'timestamp' }, minBytes: 21 },
};

/** `name` is the type's in messages. @returns `undefined` for what rules can't see. */
export function schemaType(schema: JsonObject, name: string, isRoot: boolean): SchemaType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { type: { kind: 'dyn', maxSize: textLimit(schema) }, minBytes: 1 };
  }
  switch (isRoot ? 'object' : textAt(schema, 'type')) {
    case 'array':
      return arrayType(schema, name);
    case 'object':
      return objectType(isRoot ? withObjectFields(schema) : schema, name);
    case 'string':
      return stringType(schema);
    case 'boolean':
      return { type: { kind: 'bool' }, minBytes: 4 };
    case 'number':
      return { type: { kind: 'double' }, minBytes: 1 };
    case 'integer':
      return { type: { kind: 'int' }, minBytes: 1 };
    default:
      return undefined;
  }
}

/** Whether a schema describes a whole Kubernetes object inside another. */
export function isEmbedded(schema: JsonObject): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

function limit(schema: JsonObject, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? Math.max(0, value) : undefined;
}

/** Lengths count characters, of up to four bytes each. */
function textLimit(schema: JsonObject): number {
  const length = limit(schema, 'maxLength');
  return length === undefined ? textSize : length * 4;
}

function stringType(schema: JsonObject): SchemaType {
  const format = textAt(schema, 'format');
  if (format === 'byte') {
    return { type: { kind: 'bytes', maxSize: limit(schema, 'maxLength') ?? textSize }, minBytes: 2 };
  }
  const known = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (known !== undefined) return known;
  const { enum: values, maxLength } = schema;
  if (maxLength !== undefined || !Array.isArray(values) || values.length === 0) {
    return { ...string, type: { kind: 'string', maxSize: textLimit(schema) } };
  }
  const longest = Math.max(...values.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0)));
  return { ...string, type: { kind: 'string', maxSize: longest } };
}

function arrayType(schema: JsonObject, name: string): SchemaType | undefined {
  const { items } = schema;
  const item = isJsonObject(items) ? schemaType(items, `${name}.@idx`, isEmbedded(items)) : undefined;
  if (item === undefined) return undefined;
  const maxSize = limit(schema, 'maxItems') ?? Math.floor((maxRequestBytes - 2) / (item.minBytes + 1));
  return { type: { kind: 'list', item: item.type, maxSize }, minBytes: 2 };
}

function objectType(schema: JsonObject, name: string): SchemaType | undefined {
  const { additionalProperties } = schema;
  if (isJsonObject(additionalProperties)) return mapType(schema, additionalProperties, name);
  const properties = objectAt(schema, 'properties');
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = new Map<string, CelType>();
  let minBytes = 2;
  for (const [property, child] of Object.entries(properties)) {
    const member = isJsonObject(child) ? schemaType(child, `${name}.${property}`, isEmbedded(child)) : undefined;
    if (member === undefined || !isJsonObject(child)) continue;
    const known = celName(property);
    if (known !== undefined) fields.set(known, member.type);
    if (required.includes(property) && child['default'] === undefined)
      minBytes += property.length + member.minBytes + 4;
  }
  return { type: { kind: 'object', name, fields }, minBytes };
}

function mapType(schema: JsonObject, values: JsonObject, name: string): SchemaType | undefined {
  const value = schemaType(values, `${name}.@elem`, isEmbedded(values));
  if (value === undefined) return undefined;
  const maxSize = limit(schema, 'maxProperties') ?? Math.floor((maxRequestBytes - 2) / (value.minBytes + 6));
  return { type: { kind: 'map', key: { kind: 'string', maxSize: textSize }, value: value.type, maxSize }, minBytes: 2 };
}

/**
 * The root of an object: rules see apiVersion, kind and the two names of its metadata, whatever the schema says. A schema that
 * describes both names keeps its bounds.
 */
export function withObjectFields(schema: JsonObject): JsonObject {
  const text = { type: 'string' };
  const properties = objectAt(schema, 'properties');
  const own = objectAt(properties, 'metadata');
  const describesNames = ['name', 'generateName'].every(
    (name) => textAt(objectAt(own, 'properties', name), 'type') === 'string',
  );
  const metadata = describesNames ? own : { type: 'object', properties: { name: text, generateName: text } };
  return { ...schema, type: 'object', properties: { ...properties, apiVersion: text, kind: text, metadata } };
}
