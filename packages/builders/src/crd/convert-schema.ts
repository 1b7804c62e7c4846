/**
 * From a TypeBox schema to a structural schema: dispatch by shape, then the keywords that all types share.
 *
 * TypeBox schemas are plain JSON objects at run time, so this reads JSON Schema and needs no library. The rule is
 * "exactly or not at all": what the API server could not enforce as written is a problem with a path and a fix.
 */
import { type Conversion, unknownSchema } from './conversion.ts';
import { convertArray } from './convert-array.ts';
import { convertIntersection, mergeSchemas } from './convert-intersection.ts';
import { convertObject } from './convert-object.ts';
import { convertNumber, convertString } from './convert-scalar.ts';
import { convertUnion } from './convert-union.ts';
import { convertValidation } from './convert-validation.ts';
import { convertValues, intOrString, withDeclaredType } from './convert-values.ts';
import type { CrdProblemCode } from './crd-problem.ts';
import { COMMON_KEYWORDS, EXTENSION_KEYWORDS, REJECTED_KEYWORDS, STRIPPED_KEYWORDS, TYPE_KEYWORDS } from './keyword.ts';
import { clientOnlyMark, isJsonSchema, type JsonSchema, kindMark } from './schema-marks.ts';
import { showValue, textOf } from './show-value.ts';
import type { StructuralSchema } from './structural-schema.ts';
import { typeFix } from './unsupported-type.ts';

/** A problem found during conversion; `path` names the field as `spec.items[].name`. */
export interface ConversionProblem {
  readonly code: CrdProblemCode;
  readonly path: string;
  readonly message: string;
}

/** Deepest nesting that is converted; deeper schemas are taken for a mistake. */
const MAX_DEPTH = 100;

/**
 * Converts `schema`, the schema of the field `path`, and appends what cannot be converted to `problems`.
 *
 * @returns a structural schema; where a problem was reported it accepts anything
 */
export function convertSchema(schema: unknown, path: string, problems: ConversionProblem[]): StructuralSchema {
  const scopes: JsonSchema[] = [];
  const active: string[] = [];
  let depth = 0;
  const conversion: Conversion = {
    schema: (inner, innerPath) => {
      if (depth >= MAX_DEPTH) return conversion.reject('CRD_REF', innerPath, `nested deeper than ${MAX_DEPTH} levels`);
      depth += 1;
      const scoped = isJsonSchema(inner) && isJsonSchema(inner['$defs']);
      if (scoped) scopes.push(inner['$defs'] as JsonSchema);
      const converted = convertNode(inner, innerPath, conversion);
      if (scoped) scopes.pop();
      depth -= 1;
      return converted;
    },
    validation: (inner, base, innerPath) => convertValidation(inner, base, innerPath, conversion),
    reject: (code, innerPath, message) => {
      problems.push({ code, path: innerPath, message });
      return unknownSchema();
    },
    reference: (inner, innerPath) => convertReference(inner, innerPath, { conversion, scopes, active }),
  };
  return conversion.schema(schema, path);
}

interface ReferenceState {
  readonly conversion: Conversion;
  readonly scopes: readonly JsonSchema[];
  readonly active: string[];
}

function convertReference(schema: JsonSchema, path: string, state: ReferenceState): StructuralSchema {
  const { conversion, scopes, active } = state;
  const reference = textOf(schema['$ref']);
  const name = reference.replace(/^#\/\$defs\//, '');
  if (active.includes(name) || name === '#') {
    const cycle = [...active.slice(active.indexOf(name)), name].join(' → ');
    const fix = 'a CRD cannot be recursive; cut the cycle with Raw()';
    return conversion.reject('CRD_REF', path, `"${name}" refers to itself (${cycle}): ${fix}`);
  }
  const target = scopes.findLast((scope) => Object.hasOwn(scope, name))?.[name];
  if (target === undefined) {
    const fix = 'pass the schema itself, or take it from Type.Module or Type.Cyclic';
    return conversion.reject('CRD_REF', path, `"${reference}" is not defined here: ${fix}`);
  }
  active.push(name);
  const converted = conversion.schema(target, path);
  active.pop();
  const { $ref: _reference, $defs: _definitions, ...rest } = schema;
  return Object.keys(rest).length === 0 ? converted : withCommon(converted, rest, path, conversion);
}

function convertNode(schema: unknown, path: string, conversion: Conversion): StructuralSchema {
  if (!isJsonSchema(schema)) {
    const fix = 'use Raw() for "anything", or leave the property out for "nothing"';
    return conversion.reject('CRD_KEYWORD', path, `${showValue(schema)} is not a schema: ${fix}`);
  }
  rejectClientOnly(schema, path, conversion);
  rejectKeywords(schema, path, conversion);
  if ('$ref' in schema) return conversion.reference(schema, path);
  const members = soleCombination(schema);
  if (members !== undefined) return withCommon(combine(schema, members, path, conversion), schema, path, conversion);
  const converted = convertTyped(schema, path, conversion);
  return withCommon(withCombinations(converted, schema, path, conversion), schema, path, conversion);
}

function rejectClientOnly(schema: JsonSchema, path: string, conversion: Conversion): void {
  const mark = clientOnlyMark(schema);
  if (mark === undefined || schema['clientOnly'] === true) return;
  const fix = 'state it with cel(), or accept that with the option { clientOnly: true } on the inner schema';
  conversion.reject('CRD_CLIENT_ONLY', path, `Type.${mark} never runs in the API server: ${fix}`);
}

function rejectKeywords(schema: JsonSchema, path: string, conversion: Conversion): void {
  for (const keyword of Object.keys(schema)) {
    const fix = REJECTED_KEYWORDS.get(keyword);
    if (fix !== undefined && kindMark(schema) !== 'Dependent') {
      conversion.reject('CRD_KEYWORD', path, `${keyword} is not part of a structural schema: ${fix}`);
    } else if (fix === undefined && !isKnown(keyword, schema)) {
      const what = `${keyword}: ${showValue(schema[keyword])}`;
      conversion.reject('CRD_KEYWORD', path, `${what} ${unknownReason(keyword, schema)}`);
    }
  }
}

function isKnown(keyword: string, schema: JsonSchema): boolean {
  if (STRIPPED_KEYWORDS.has(keyword) || COMMON_KEYWORDS.has(keyword) || EXTENSION_KEYWORDS.has(keyword)) return true;
  if (keyword === '$ref' || keyword === 'parameters' || keyword === 'returnType' || keyword === 'instanceType') {
    return true; // the type itself is reported where it is not supported
  }
  const types = typesOf(schema);
  if (types.length === 0) return Object.values(TYPE_KEYWORDS).some((keywords) => keywords.has(keyword));
  return types.some((type) => TYPE_KEYWORDS[type]?.has(keyword) ?? false);
}

function unknownReason(keyword: string, schema: JsonSchema): string {
  const elsewhere = Object.entries(TYPE_KEYWORDS).filter(([, keywords]) => keywords.has(keyword));
  if (elsewhere.length === 0) return 'is unknown to the API server; remove it, or state the constraint with cel()';
  return `has no effect on ${typesOf(schema).join(' or ')}; it belongs to ${elsewhere.map(([type]) => type).join(', ')}`;
}

function typesOf(schema: JsonSchema): readonly string[] {
  const type = schema['type'];
  if (Array.isArray(type)) return type.map(textOf);
  if (type !== undefined) return [textOf(type)];
  return schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : [];
}

/** The keyword that alone defines the schema: `Type.Union` and `Type.Intersect`. */
function soleCombination(schema: JsonSchema): 'anyOf' | 'oneOf' | 'allOf' | undefined {
  if (schema['type'] !== undefined || schema['x-kubernetes-int-or-string'] === true) return undefined;
  if (schema['properties'] !== undefined || schema['x-kubernetes-preserve-unknown-fields'] === true) return undefined;
  return (['anyOf', 'oneOf', 'allOf'] as const).find((keyword) => Array.isArray(schema[keyword]));
}

function combine(
  schema: JsonSchema,
  keyword: 'anyOf' | 'oneOf' | 'allOf',
  path: string,
  conversion: Conversion,
): StructuralSchema {
  const members = schema[keyword] as readonly unknown[];
  const converted =
    keyword === 'allOf' ? convertIntersection(members, path, conversion) : convertUnion(members, path, conversion);
  const others = (['anyOf', 'oneOf', 'allOf'] as const).filter((other) => other !== keyword && other in schema);
  return others.reduce((merged, other) => {
    const { [keyword]: _done, ...rest } = schema;
    return mergeSchemas(merged, combine({ [other]: rest[other] }, other, path, conversion), path, conversion);
  }, converted);
}

/** Logical combinations beside a type: they restrict values only. */
function withCombinations(
  converted: StructuralSchema,
  schema: JsonSchema,
  path: string,
  conversion: Conversion,
): StructuralSchema {
  if (converted['x-kubernetes-int-or-string'] === true && schema['enum'] === undefined) {
    return withIntOrStringCombinations(converted, schema, path, conversion);
  }
  if (converted.type === undefined) return converted;
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const members = schema[keyword];
    if (!Array.isArray(members)) continue;
    converted[keyword] = members.map((member: unknown) => conversion.validation(member, converted, path));
  }
  if (schema['not'] !== undefined) converted.not = conversion.validation(schema['not'], converted, path);
  return converted;
}

function withIntOrStringCombinations(
  converted: StructuralSchema,
  schema: JsonSchema,
  path: string,
  conversion: Conversion,
): StructuralSchema {
  if (Array.isArray(schema['allOf'])) {
    converted.allOf = schema['allOf'].map((member: unknown) => conversion.validation(member, converted, path));
  }
  return converted;
}

function convertTyped(schema: JsonSchema, path: string, conversion: Conversion): StructuralSchema {
  if (schema['x-kubernetes-int-or-string'] === true) return convertIntOrString(schema, path, conversion);
  const type = schema['type'];
  if (Array.isArray(type)) return convertTypeList(schema, type as readonly unknown[], path, conversion);
  const values = valuesOf(schema);
  if (values !== undefined) {
    return withDeclaredType(convertValues(values, path, conversion), type, path, conversion);
  }
  switch (type) {
    case 'object':
      return convertObject(schema, path, conversion);
    case 'array':
      return convertArray(schema, path, conversion);
    case 'string':
      return convertString(schema, path, conversion);
    case 'integer':
    case 'number':
      return convertNumber(schema, path, conversion);
    case 'boolean':
      return { type: 'boolean' };
    case undefined:
      return convertUntyped(schema, path, conversion);
    default:
      return conversion.reject('CRD_TYPE', path, typeFix(textOf(type)));
  }
}

function convertIntOrString(schema: JsonSchema, path: string, conversion: Conversion): StructuralSchema {
  const numeric = convertNumber({ ...schema, type: 'number' }, path, conversion);
  const textual = convertString({ ...schema, format: undefined }, path, conversion);
  const { type: _number, ...numberLimits } = numeric;
  const { type: _string, ...stringLimits } = textual;
  const values = valuesOf(schema);
  return { ...intOrString(), ...numberLimits, ...stringLimits, ...(values === undefined ? {} : { enum: [...values] }) };
}

function convertTypeList(
  schema: JsonSchema,
  types: readonly unknown[],
  path: string,
  conversion: Conversion,
): StructuralSchema {
  const { type: _types, title: _title, description: _description, default: _default, ...rest } = schema;
  const members = types.map((type) => (type === 'null' ? { type } : onlyKeywordsOf(rest, textOf(type))));
  return convertUnion(members, path, conversion);
}

function onlyKeywordsOf(schema: JsonSchema, type: string): JsonSchema {
  const entries = Object.entries(schema).filter(([keyword]) => TYPE_KEYWORDS[type]?.has(keyword) ?? false);
  return { type, ...Object.fromEntries(entries) };
}

function convertUntyped(schema: JsonSchema, path: string, conversion: Conversion): StructuralSchema {
  const kind = kindMark(schema);
  if (kind === 'Dependent') return conversion.reject('CRD_TYPE', path, typeFix('Dependent'));
  if ('not' in schema) return conversion.reject('CRD_TYPE', path, typeFix('Never'));
  if (isJsonSchema(schema['properties'])) return convertObject({ ...schema, type: 'object' }, path, conversion);
  const stray = Object.keys(schema).filter(
    (keyword) => !COMMON_KEYWORDS.has(keyword) && !EXTENSION_KEYWORDS.has(keyword) && !STRIPPED_KEYWORDS.has(keyword),
  );
  if (stray.length > 0 && !stray.some((keyword) => REJECTED_KEYWORDS.has(keyword))) {
    return conversion.reject('CRD_TYPE', path, `${stray.join(', ')} without a type; state the type`);
  }
  return unknownSchema();
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema['const']];
  const values = schema['enum'];
  return Array.isArray(values) ? (values as readonly unknown[]) : undefined;
}

/** Documentation, defaults and extensions, which mean the same on every type. */
function withCommon(
  converted: StructuralSchema,
  schema: JsonSchema,
  path: string,
  conversion: Conversion,
): StructuralSchema {
  const result: Record<string, unknown> = { ...converted };
  for (const keyword of ['title', 'description', 'default', 'externalDocs', 'example']) {
    if (schema[keyword] !== undefined) result[keyword] = structuredClone(schema[keyword]);
  }
  const examples = schema['examples'];
  if (Array.isArray(examples) && examples.length > 0) result['example'] = structuredClone(examples[0] as unknown);
  if (schema['nullable'] === true) result['nullable'] = true;
  for (const keyword of EXTENSION_KEYWORDS) {
    if (schema[keyword] !== undefined && schema[keyword] !== false) result[keyword] = structuredClone(schema[keyword]);
  }
  const own = converted['x-kubernetes-validations'];
  if (own !== undefined && Array.isArray(schema['x-kubernetes-validations'])) {
    result['x-kubernetes-validations'] = [...own, ...(schema['x-kubernetes-validations'] as typeof own)];
  }
  if ('default' in schema && schema['default'] === undefined) {
    conversion.reject('CRD_DEFAULT', path, 'the default is undefined; leave the option out');
  }
  return result as StructuralSchema;
}
