/**
 * Intersections: all members merged into one schema.
 *
 * Properties unite, ranges narrow, enums intersect, and what cannot be one keyword (two patterns) moves into `allOf`.
 */
import type { Conversion } from './conversion.ts';
import { sameJson } from './same-json.ts';
import type { StructuralSchema, ValidationRule, ValueValidation } from './structural-schema.ts';

/** Converts `allOf` that stands alone in its schema. */
export function convertIntersection(
  members: readonly unknown[],
  path: string,
  conversion: Conversion,
): StructuralSchema {
  if (members.length === 0) return conversion.reject('CRD_INTERSECT', path, 'the intersection is empty; add a member');
  return members
    .map((member) => conversion.schema(member, path))
    .reduce((merged, member) => mergeSchemas(merged, member, path, conversion));
}

/** The schema that admits what both admit; contradictions are reported. */
export function mergeSchemas(
  left: StructuralSchema,
  right: StructuralSchema,
  path: string,
  conversion: Conversion,
): StructuralSchema {
  if (sameJson(left, right)) return left;
  const merged: StructuralSchema = { ...left };
  const merge: Merge = { merged, path, conversion };
  for (const [key, value] of Object.entries(stackBounds(merged, right))) {
    const present = (left as Record<string, unknown>)[key];
    if (present === undefined || sameJson(present, value)) Object.assign(merged, { [key]: value });
    else mergeKeyword(key, present, value, merge);
  }
  if ((left.nullable ?? false) !== (right.nullable ?? false)) delete merged.nullable;
  return merged;
}

/** Moves a second lower or upper bound into `allOf`, together with its exclusiveness; returns what else `right` says. */
function stackBounds(merged: StructuralSchema, right: StructuralSchema): StructuralSchema {
  const rest: Record<string, unknown> = { ...right };
  for (const [bound, exclusive] of BOUNDS) {
    if (merged[bound] === undefined || right[bound] === undefined) continue;
    const stacked: ValueValidation = { [bound]: right[bound] };
    if (right[exclusive] === true) stacked[exclusive] = true;
    merged.allOf = [...(merged.allOf ?? []), stacked];
    delete rest[bound];
    delete rest[exclusive];
  }
  if (merged.allOf !== undefined && right.allOf !== undefined) {
    merged.allOf = [...merged.allOf, ...right.allOf];
    delete rest['allOf'];
  }
  return rest;
}

const BOUNDS = [
  ['minimum', 'exclusiveMinimum'],
  ['maximum', 'exclusiveMaximum'],
] as const;

interface Merge {
  readonly merged: StructuralSchema;
  readonly path: string;
  readonly conversion: Conversion;
}

function mergeKeyword(key: string, left: unknown, right: unknown, merge: Merge): void {
  const { merged, path, conversion } = merge;
  switch (key) {
    case 'properties':
      merged.properties = mergeProperties(left as Properties, right as Properties, path, conversion);
      return;
    case 'required':
      merged.required = [...new Set([...(left as string[]), ...(right as string[])])].sort();
      return;
    case 'items':
      merged.items = mergeSchemas(left as StructuralSchema, right as StructuralSchema, `${path}[]`, conversion);
      return;
    case 'additionalProperties':
      merged[key] = mergeSchemas(left as StructuralSchema, right as StructuralSchema, `${path}{}`, conversion);
      return;
    case 'enum':
      mergeEnum(left as readonly unknown[], right as readonly unknown[], merge);
      return;
    case 'type':
      mergeType(left, right, merge);
      return;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      merged[key] = Math.max(left as number, right as number);
      return;
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      merged[key] = Math.min(left as number, right as number);
      return;
    case 'x-kubernetes-validations':
      merged[key] = [...(left as ValidationRule[]), ...(right as ValidationRule[])];
      return;
    case 'title':
    case 'description':
    case 'example':
    case 'externalDocs':
      return; // documentation of the first member stays
    default:
      mergeOther(key, left, right, merge);
  }
}

/** Keywords that hold one value only: a second one applies through `allOf`. */
const STACKABLE = new Set(['pattern', 'multipleOf', 'anyOf', 'oneOf', 'not']);

function mergeOther(key: string, left: unknown, right: unknown, merge: Merge): void {
  const { merged, path, conversion } = merge;
  if (STACKABLE.has(key)) {
    merged.allOf = [...(merged.allOf ?? []), { [key]: right }];
    return;
  }
  const values = `${JSON.stringify(left)} and ${JSON.stringify(right)}`;
  conversion.reject('CRD_INTERSECT', path, `members disagree on ${key}: ${values}; state it once`);
}

type Properties = Readonly<Record<string, StructuralSchema>>;

function mergeProperties(left: Properties, right: Properties, path: string, conversion: Conversion): Properties {
  const merged: Record<string, StructuralSchema> = { ...left };
  for (const [name, schema] of Object.entries(right)) {
    const present = merged[name];
    merged[name] = present === undefined ? schema : mergeSchemas(present, schema, `${path}.${name}`, conversion);
  }
  return merged;
}

function mergeEnum(left: readonly unknown[], right: readonly unknown[], { merged, path, conversion }: Merge): void {
  merged.enum = left.filter((value) => right.includes(value));
  if (merged.enum.length > 0) return;
  const lists = `${JSON.stringify(left)} and ${JSON.stringify(right)}`;
  conversion.reject('CRD_INTERSECT', path, `no value is in both ${lists}; remove one of the members`);
}

function mergeType(left: unknown, right: unknown, { merged, path, conversion }: Merge): void {
  const pair = [left, right];
  if (pair.includes('integer') && pair.includes('number')) merged.type = 'integer';
  else conversion.reject('CRD_INTERSECT', path, `a value cannot be ${String(left)} and ${String(right)} at once`);
}
