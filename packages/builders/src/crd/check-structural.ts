/**
 * The structural rules of `apiextensions.k8s.io/v1`: what the API server refuses in a schema, found before it does.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { checkDefault } from './check-default.ts';
import { checkLists } from './check-lists.ts';
import { checkRules } from './check-rules.ts';
import type { CrdProblemCode } from './crd-problem.ts';
import { re2Problem } from './re2-pattern.ts';
import { sameJson } from './same-json.ts';
import type { StructuralSchema, ValueValidation } from './structural-schema.ts';

/** Takes a problem about a schema. */
export type ReportCrd = (code: CrdProblemCode, path: string, message: string) => void;

const TYPES = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);

const SCHEMA_KEYS = new Set(
  (
    'type format title description nullable default example externalDocs enum pattern minimum maximum exclusiveMinimum ' +
    'exclusiveMaximum multipleOf minLength maxLength minItems maxItems minProperties maxProperties required properties ' +
    'additionalProperties items allOf anyOf oneOf not x-kubernetes-int-or-string x-kubernetes-preserve-unknown-fields ' +
    'x-kubernetes-embedded-resource x-kubernetes-list-type x-kubernetes-list-map-keys x-kubernetes-map-type ' +
    'x-kubernetes-validations'
  ).split(' '),
);

const VALIDATION_KEYS = new Set(
  (
    'format enum pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems ' +
    'maxItems minProperties maxProperties required properties items allOf anyOf oneOf not'
  ).split(' '),
);

/** Checks one `openAPIV3Schema`. */
export function checkStructural(schema: StructuralSchema, path: string, report: ReportCrd): void {
  checkRoot(schema, path, report);
  checkNode(schema, path, { report, inMetadata: false, oldSelfAllowed: true });
}

interface NodeContext {
  readonly report: ReportCrd;
  /** Inside `metadata` of an object, where defaults are forbidden. */
  readonly inMetadata: boolean;
  /** Outside of lists whose items have no identity. */
  readonly oldSelfAllowed: boolean;
}

function checkRoot(schema: StructuralSchema, path: string, report: ReportCrd): void {
  if (schema.type !== 'object') report('CRD_ROOT', path, `type ${String(schema.type)} must be object`);
  if (schema.nullable === true) report('CRD_ROOT', path, 'the root cannot be nullable; remove nullable');
  if (schema.additionalProperties !== undefined) {
    report('CRD_ROOT', path, 'the root cannot have additionalProperties; use properties');
  }
  checkMetadata(schema, path, report);
}

/** Kubernetes owns metadata: a schema may restrict the two names only. */
function checkMetadata(schema: StructuralSchema, path: string, report: ReportCrd): void {
  const metadata = schema.properties?.['metadata'];
  if (metadata === undefined) return;
  const here = `${path}.properties.metadata`;
  const extra = Object.keys(metadata).filter((key) => !['type', 'description', 'properties', 'title'].includes(key));
  for (const key of extra) report('CRD_METADATA', here, `${key} cannot restrict metadata; remove it`);
  for (const name of Object.keys(metadata.properties ?? {})) {
    if (name === 'name' || name === 'generateName') continue;
    report('CRD_METADATA', `${here}.properties.${name}`, 'only name and generateName may be restricted; remove it');
  }
}

function checkNode(schema: StructuralSchema, path: string, context: NodeContext): void {
  const { report } = context;
  for (const key of Object.keys(schema)) {
    if (!SCHEMA_KEYS.has(key)) report('CRD_KEYWORD', path, `${key} is not part of a structural schema; remove it`);
  }
  checkType(schema, path, report);
  checkEmbedded(schema, path, report);
  checkPatternAndEnum(schema, path, report);
  checkCombinations(schema, schema, path, report);
  checkLists(schema, path, report);
  checkRules(schema, path, context.oldSelfAllowed, report);
  if (schema.default !== undefined) checkDefault(schema, path, context.inMetadata, report);
  checkChildren(schema, path, context);
}

function checkChildren(schema: StructuralSchema, path: string, context: NodeContext): void {
  const embedsMetadata = schema['x-kubernetes-embedded-resource'] === true || isRootPath(path);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const inMetadata = context.inMetadata || (embedsMetadata && name === 'metadata');
    checkNode(property, `${path}.properties.${name}`, { ...context, inMetadata });
  }
  if (schema.additionalProperties !== undefined) {
    const granular = schema['x-kubernetes-map-type'] !== 'atomic';
    const oldSelfAllowed = context.oldSelfAllowed && granular;
    checkNode(schema.additionalProperties, `${path}.additionalProperties`, { ...context, oldSelfAllowed });
  }
  if (schema.items !== undefined) {
    const oldSelfAllowed = context.oldSelfAllowed && schema['x-kubernetes-list-type'] === 'map';
    checkNode(schema.items, `${path}.items`, { ...context, oldSelfAllowed });
  }
}

function isRootPath(path: string): boolean {
  return path.endsWith('openAPIV3Schema');
}

function checkType(schema: StructuralSchema, path: string, report: ReportCrd): void {
  const { type } = schema;
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  if (intOrString && type !== undefined) {
    report('CRD_TYPE', path, `type ${type} must be absent beside x-kubernetes-int-or-string`);
  } else if (!intOrString && type === undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true) {
    report('CRD_TYPE', path, 'type is required; state it, or use Raw() for any value');
  } else if (type !== undefined && !TYPES.has(type)) {
    report('CRD_TYPE', path, `type ${JSON.stringify(type)} must be one of ${[...TYPES].join(', ')}`);
  }
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) {
    report('CRD_PROPERTIES', path, 'properties and additionalProperties exclude each other; keep one');
  }
  if (type === 'array' && schema.items === undefined) {
    report('CRD_TYPE', path, 'an array needs items; state their schema');
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] !== undefined && type !== undefined && type !== 'object') {
    report('CRD_TYPE', path, `x-kubernetes-preserve-unknown-fields needs type object or none, not ${type}`);
  }
}

function checkEmbedded(schema: StructuralSchema, path: string, report: ReportCrd): void {
  if (schema['x-kubernetes-embedded-resource'] !== true) return;
  if (schema.type !== 'object') report('CRD_TYPE', path, 'an embedded resource needs type: object');
  if (schema['x-kubernetes-preserve-unknown-fields'] !== true && schema.properties === undefined) {
    report('CRD_STRUCTURE', path, 'an embedded resource needs properties or x-kubernetes-preserve-unknown-fields');
  }
  if (schema.additionalProperties !== undefined) {
    report('CRD_PROPERTIES', path, 'an embedded resource cannot have additionalProperties; use properties');
  }
  checkMetadata(schema, path, report);
}

function checkPatternAndEnum(schema: ValueValidation, path: string, report: ReportCrd): void {
  if (schema.pattern !== undefined) {
    const problem = re2Problem(schema.pattern);
    if (problem !== undefined) report('CRD_PATTERN', path, `pattern ${schema.pattern}: ${problem}`);
  }
  if (schema.enum?.length === 0) report('CRD_ENUM', path, 'an empty enum admits no value; list at least one');
}

const INT_OR_STRING: readonly ValueValidation[] = [{ type: 'integer' }, { type: 'string' }];

/** Members of combinations restrict values of what `outer` specifies, and nothing else. */
function checkCombinations(schema: ValueValidation, outer: StructuralSchema, path: string, report: ReportCrd): void {
  const intOrString = outer['x-kubernetes-int-or-string'] === true;
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (keyword === 'anyOf' && intOrString && sameJson(schema.anyOf, INT_OR_STRING)) continue;
    schema[keyword]?.forEach((member, index) => {
      checkValidation(member, outer, `${path}.${keyword}[${index}]`, report);
    });
  }
  if (schema.not !== undefined) checkValidation(schema.not, outer, `${path}.not`, report);
}

function checkValidation(schema: ValueValidation, outer: StructuralSchema, path: string, report: ReportCrd): void {
  for (const key of Object.keys(schema)) {
    if (!VALIDATION_KEYS.has(key)) {
      report('CRD_STRUCTURE', path, `${key} cannot stand inside allOf, anyOf, oneOf or not; move it outside`);
    }
  }
  checkPatternAndEnum(schema, path, report);
  checkCombinations(schema, outer, path, report);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const specified = outer.properties?.[name] ?? outer.additionalProperties;
    const here = `${path}.properties.${name}`;
    if (specified === undefined) report('CRD_STRUCTURE', here, 'restricted but not specified outside; add it there');
    checkValidation(property, specified ?? {}, here, report);
  }
  if (schema.items === undefined) return;
  if (outer.items === undefined)
    report('CRD_STRUCTURE', `${path}.items`, 'items are not specified outside; add them there');
  checkValidation(schema.items, outer.items ?? {}, `${path}.items`, report);
}
