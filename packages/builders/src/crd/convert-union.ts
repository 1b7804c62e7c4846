/**
 * Unions: an enum, a nullable value, int-or-string, several restrictions of one scalar, or objects told apart by a tag.
 *
 * A structural schema names each property once, so a tagged union is hoisted: all properties of all members stand side
 * by side, and `oneOf` states per tag value what is required.
 */
import { type Conversion, unknownSchema } from './conversion.ts';
import { convertValues, intOrString } from './convert-values.ts';
import { sameJson } from './same-json.ts';
import { isJsonSchema, type JsonSchema } from './schema-marks.ts';
import type { StructuralSchema, ValueValidation } from './structural-schema.ts';
import { valueValidationOf } from './value-validation-of.ts';

/** Converts `anyOf` or `oneOf` that stands alone in its schema. */
export function convertUnion(members: readonly unknown[], path: string, conversion: Conversion): StructuralSchema {
  const flat = members.flatMap(flatten);
  const present = flat.filter((member) => !isNull(member));
  const schema = convertPresent(present, path, conversion);
  if (present.length === flat.length) return schema;
  schema.nullable = true;
  if (schema.enum !== undefined) schema.enum = [...schema.enum.filter((value) => value !== null), null];
  return schema;
}

function convertPresent(members: readonly unknown[], path: string, conversion: Conversion): StructuralSchema {
  const [first, second] = members;
  if (members.length === 0) return conversion.reject('CRD_UNION', path, 'the union admits no value; add a member');
  if (members.length === 1) return conversion.schema(first, path);
  if (members.every(isValueList)) return convertValues(members.flatMap(valuesOf), path, conversion);
  if (members.length === 2 && isBare(first, second)) return intOrString();
  if (members.every((member) => isJsonSchema(member) && (member['type'] === 'object' || isObjectUnion(member)))) {
    return hoist(members, path, conversion);
  }
  if (members.every(isScalar)) return convertScalars(members, path, conversion);
  return rejectUnion(path, conversion, 'its members have different types');
}

/** Strings with different patterns, numbers with different ranges: one type, and `anyOf` of the restrictions. */
function convertScalars(members: readonly unknown[], path: string, conversion: Conversion): StructuralSchema {
  const schemas = members.map((member) => conversion.schema(member, path));
  const types = new Set(schemas.map((schema) => schema.type));
  const type = schemas[0]?.type;
  if (types.size > 1 || type === undefined) return rejectUnion(path, conversion, 'its members have different types');
  if (schemas.some((schema) => schema['x-kubernetes-validations'] !== undefined || schema.default !== undefined)) {
    return rejectUnion(path, conversion, 'rules and defaults cannot depend on the member');
  }
  const branches = schemas.map(valueValidationOf);
  if (branches.some((branch) => Object.keys(branch).length === 0)) return { type };
  return { type, anyOf: branches };
}

function hoist(members: readonly unknown[], path: string, conversion: Conversion): StructuralSchema {
  const objects = members.map((member, index) => conversion.schema(member, `${path}|${index + 1}|`));
  const tag = findTag(objects);
  if (tag === undefined) {
    return rejectUnion(path, conversion, 'no required property has a different literal value in each member');
  }
  const merged: StructuralSchema = { type: 'object', properties: {} };
  const required = objects.map((object) => new Set(object.required ?? []));
  const common = [...(required[0] ?? [])].filter((name) => required.every((names) => names.has(name)));
  objects.forEach((object, index) => mergeMember(merged, object, { tag, index, objects, path, conversion }));
  const properties = merged.properties ?? {};
  properties[tag] = convertValues(
    objects.flatMap((object) => tagValues(object, tag)),
    `${path}.${tag}`,
    conversion,
  );
  merged.required = common.sort();
  merged.oneOf = objects.map((object, index) =>
    branchOf(object, tag, common, closedAgainst(members[index], objects, object)),
  );
  return merged;
}

interface MemberPlace {
  readonly tag: string;
  readonly index: number;
  readonly objects: readonly StructuralSchema[];
  readonly path: string;
  readonly conversion: Conversion;
}

function mergeMember(merged: StructuralSchema, member: StructuralSchema, place: MemberPlace): void {
  const { tag, index, objects, path, conversion } = place;
  const here = `${path}|${index + 1}|`;
  for (const [name, schema] of Object.entries(member.properties ?? {})) {
    const present = merged.properties?.[name];
    if (name !== tag && present !== undefined && !sameJson(present, schema)) {
      const before = `${path}|${objects.findIndex((object) => object.properties?.[name] !== undefined) + 1}|.${name}`;
      const message = `differs from ${before}; give both the same schema or one of them another name`;
      conversion.reject('CRD_UNION', `${here}.${name}`, message);
    }
    merged.properties = { ...merged.properties, [name]: schema };
  }
  for (const key of Object.keys(member)) {
    if (['type', 'properties', 'required', 'oneOf', 'title', 'description'].includes(key)) continue;
    conversion.reject('CRD_UNION', here, `${key} on one member of a union cannot be kept; move it to the whole union`);
  }
}

function branchOf(
  object: StructuralSchema,
  tag: string,
  common: readonly string[],
  foreign: readonly string[],
): ValueValidation {
  const branch: ValueValidation = { properties: { [tag]: { enum: [...tagValues(object, tag)] } } };
  const required = (object.required ?? []).filter((name) => !common.includes(name));
  if (required.length > 0) branch.required = required;
  if (object.oneOf !== undefined) branch.oneOf = object.oneOf;
  if (foreign.length > 0) branch.not = { anyOf: foreign.map((name) => ({ required: [name] })) };
  return branch;
}

/** Properties of other members that a member with `additionalProperties: false` must not have. */
function closedAgainst(member: unknown, objects: readonly StructuralSchema[], own: StructuralSchema): string[] {
  if (!isJsonSchema(member) || member['additionalProperties'] !== false) return [];
  const names = new Set(objects.flatMap((object) => Object.keys(object.properties ?? {})));
  return [...names].filter((name) => own.properties?.[name] === undefined).sort();
}

/** The property that is required everywhere and whose literal values never repeat between members. */
function findTag(objects: readonly StructuralSchema[]): string | undefined {
  const candidates = objects[0]?.required ?? [];
  return candidates.find((name) => {
    if (!objects.every((object) => object.required?.includes(name))) return false;
    const values = objects.map((object) => tagValues(object, name));
    const all = values.flat();
    return values.every((list) => list.length > 0) && new Set(all).size === all.length;
  });
}

function tagValues(object: StructuralSchema, name: string): readonly unknown[] {
  return object.properties?.[name]?.enum ?? [];
}

function rejectUnion(path: string, conversion: Conversion, why: string): StructuralSchema {
  conversion.reject(
    'CRD_UNION',
    path,
    `this union cannot be a structural schema: ${why}. Use literals, T | null, integer | string, objects with a ` +
      'required literal tag, one object with exactlyOneOf(), or opt out of validation with Raw()',
  );
  return unknownSchema();
}

function flatten(member: unknown): readonly unknown[] {
  if (!isJsonSchema(member)) return [member];
  const keys = Object.keys(member);
  const inner = member['anyOf'];
  if (keys.length === 1 && Array.isArray(inner)) return (inner as readonly unknown[]).flatMap(flatten);
  const types = member['type'];
  if (Array.isArray(types)) return types.map((type: unknown) => ({ ...member, type }));
  return [member];
}

function isNull(member: unknown): boolean {
  return isJsonSchema(member) && (member['type'] === 'null' || ('const' in member && member['const'] === null));
}

function isObjectUnion(member: JsonSchema): boolean {
  return Array.isArray(member['anyOf']) || Array.isArray(member['allOf']);
}

const VALUE_LIST_KEYS = new Set(['type', 'const', 'enum', 'title', 'description']);

function isValueList(member: unknown): boolean {
  if (!isJsonSchema(member) || !('const' in member || Array.isArray(member['enum']))) return false;
  return Object.keys(member).every((key) => VALUE_LIST_KEYS.has(key));
}

function valuesOf(member: unknown): readonly unknown[] {
  if (!isJsonSchema(member)) return [];
  return Array.isArray(member['enum']) ? (member['enum'] as readonly unknown[]) : [member['const']];
}

function isScalar(member: unknown): boolean {
  return isJsonSchema(member) && ['string', 'integer', 'number', 'boolean'].includes(String(member['type']));
}

/** Whether the two are an integer and a string without restrictions. */
function isBare(first: unknown, second: unknown): boolean {
  if (!isJsonSchema(first) || !isJsonSchema(second)) return false;
  const types = [first, second].map((member) => (Object.keys(member).length === 1 ? member['type'] : undefined));
  return types.includes('integer') && types.includes('string');
}
