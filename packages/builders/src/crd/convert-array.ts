/** Arrays, sets and tuples. */
import { assignSet, type Conversion } from './conversion.ts';
import { sameJson } from './same-json.ts';
import type { JsonSchema } from './schema-marks.ts';
import { sizeLimit } from './size-limit.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Converts `Type.Array` and `Type.Tuple`. */
export function convertArray(schema: JsonSchema, path: string, conversion: Conversion): StructuralSchema {
  const items = schema['items'];
  if (Array.isArray(items)) return convertTuple(schema, items as readonly unknown[], path, conversion);
  if (items === undefined) {
    return conversion.reject('CRD_TYPE', path, 'an array needs items; use Type.Array(Raw()) for items of any type');
  }
  const result: StructuralSchema = { type: 'array', items: conversion.schema(items, `${path}[]`) };
  if (schema['uniqueItems'] === true) makeSet(result, schema, path, conversion);
  return assignSet(result, {
    minItems: sizeLimit(schema, 'minItems', path, conversion),
    maxItems: sizeLimit(schema, 'maxItems', path, conversion),
  });
}

function makeSet(result: StructuralSchema, schema: JsonSchema, path: string, conversion: Conversion): void {
  const type = result.items?.type;
  const declared = schema['x-kubernetes-list-type'];
  if (type === undefined || type === 'object' || type === 'array') {
    const fix = "use x-kubernetes-list-type: 'map' with x-kubernetes-list-map-keys, or cel()";
    conversion.reject('CRD_LIST', path, `uniqueItems works for scalar items only, not ${type ?? 'any type'}: ${fix}`);
  } else if (declared !== undefined && declared !== 'set') {
    conversion.reject('CRD_LIST', path, `uniqueItems contradicts x-kubernetes-list-type ${JSON.stringify(declared)}`);
  } else {
    result['x-kubernetes-list-type'] = 'set';
  }
}

function convertTuple(
  schema: JsonSchema,
  members: readonly unknown[],
  path: string,
  conversion: Conversion,
): StructuralSchema {
  const items = members.map((member, index) => conversion.schema(member, `${path}[${index}]`));
  const [first] = items;
  if (first === undefined || items.some((item) => !sameJson(item, first))) {
    const fix = 'use an object with named properties, or an array of one type with minItems and maxItems';
    return conversion.reject('CRD_TUPLE', path, `a tuple of different types cannot be a structural schema: ${fix}`);
  }
  if (schema['additionalItems'] !== false) {
    return conversion.reject('CRD_TUPLE', path, 'an open tuple is not supported; use Type.Array with minItems');
  }
  const minItems = sizeLimit(schema, 'minItems', path, conversion) ?? 0;
  return { type: 'array', items: first, minItems, maxItems: items.length };
}
