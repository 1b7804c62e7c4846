/**
 * The rules of structural schemas: every value has a type, constraints inside `allOf` and its siblings only constrain,
 * list types fit their items, and defaults fit the schema they're part of.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { compileExpression, weightOf } from '../cel/regular-expression.ts';
import { ruleFormErrors } from '../cel/rule-form-errors.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { objectsAt, textAt } from './builtin/fill.ts';
import { compileJsonSchema } from './compile-json-schema.ts';
import type { FieldError } from './field-error.ts';
import { forbidden, invalidValue, notSupported, required } from './field-errors.ts';
import { prunePart } from './prune.ts';
import type { JsonValue } from './schema-node.ts';
import { checkSchema } from './validate-schema.ts';

const typeNames = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Problems of a whole `openAPIV3Schema` that lies at `path`. */
export function structuralErrors(schema: JsonObject, path: string): FieldError[] {
  if (patternWeight(schema) > maxPatternWeight) {
    return [
      forbidden(path, 'the patterns of a schema are too large together; write shorter ones, or fewer repetitions'),
    ];
  }
  const root: FieldError[] = [];
  if (textAt(schema, 'type') !== 'object') {
    const detail = `must be object at the root`;
    root.push(
      textAt(schema, 'type') === ''
        ? required(`${path}.type`, 'must not be empty at the root')
        : invalidValue(`${path}.type`, textAt(schema, 'type'), detail),
    );
  }
  if (schema['nullable'] === true) root.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  return [...root, ...schemaErrors(schema, path, { isRoot: true }), ...metadataErrors(schema, path)];
}

/** Patterns are compiled when a definition is written; no definition may keep the server busy with that for long. */
const maxPatternWeight = 50_000;

function patternWeight(schema: JsonValue | undefined): number {
  if (Array.isArray(schema)) return schema.reduce((sum: number, item) => sum + patternWeight(item), 0);
  if (!isJsonObject(schema)) return 0;
  const { pattern, properties, items, additionalProperties, allOf, anyOf, oneOf, not } = schema;
  const members = isJsonObject(properties) ? Object.values(properties) : [];
  const own = typeof pattern === 'string' ? weightOf(pattern) : 0;
  return (
    own +
    patternWeight([
      ...members,
      ...[items, additionalProperties, allOf, anyOf, oneOf, not].filter((part) => part !== undefined),
    ])
  );
}

function schemaErrors(schema: JsonObject, path: string, { isRoot }: { isRoot: boolean }): FieldError[] {
  return [
    ...(isRoot ? [] : typeErrors(schema, path)),
    ...patternErrors(schema, path),
    ...listErrors(schema, path),
    ...extensionErrors(schema, path),
    ...combinatorErrors(schema, path),
    ...defaultErrors(schema, path),
    ...forbiddenKeywords(schema, path),
    ...childErrors(schema, path),
    ...ruleFormErrors(schema, path),
  ];
}

function typeErrors(schema: JsonObject, path: string): FieldError[] {
  const type = textAt(schema, 'type');
  const free = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === '') return free ? [] : [required(`${path}.type`, 'must not be empty for specified object fields')];
  if (schema['x-kubernetes-int-or-string'] === true) {
    return [invalidValue(`${path}.type`, type, 'must be empty if x-kubernetes-int-or-string is true')];
  }
  return typeNames.includes(type) ? [] : [notSupported(`${path}.type`, type, typeNames)];
}

function patternErrors(schema: JsonObject, path: string): FieldError[] {
  const pattern = textAt(schema, 'pattern');
  const compiled = pattern === '' ? undefined : compileExpression(pattern);
  if (compiled?.ok !== false) return [];
  const detail = `must be a valid regular expression, but isn't: ${compiled.problem}`;
  return [invalidValue(`${path}.pattern`, pattern, detail)];
}

function listErrors(schema: JsonObject, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  const errors: FieldError[] = [];
  if (typeof listType === 'string') {
    if (!['atomic', 'set', 'map'].includes(listType)) {
      errors.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
    }
    if (textAt(schema, 'type') !== 'array') {
      const type = textAt(schema, 'type');
      errors.push(
        type === ''
          ? required(`${path}.type`, 'must be array if x-kubernetes-list-type is specified')
          : invalidValue(`${path}.type`, type, 'must be array if x-kubernetes-list-type is specified'),
      );
    }
  }
  if (textAt(schema, 'type') === 'array' && !isJsonObject(schema['items'])) {
    errors.push(required(`${path}.items`, 'must be specified'));
  }
  if (listType === 'map') errors.push(...mapKeyErrors(schema, path));
  else if (Array.isArray(keys) && keys.length > 0) {
    errors.push(
      forbidden(`${path}.x-kubernetes-list-map-keys`, 'must not be specified when x-kubernetes-list-type is not map'),
    );
  }
  return errors;
}

function mapKeyErrors(schema: JsonObject, path: string): FieldError[] {
  const keys = Array.isArray(schema['x-kubernetes-list-map-keys']) ? schema['x-kubernetes-list-map-keys'] : [];
  if (keys.length === 0) {
    return [required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')];
  }
  const items = isJsonObject(schema['items']) ? schema['items'] : {};
  if (textAt(items, 'type') !== 'object') {
    return [
      invalidValue(
        `${path}.items.type`,
        textAt(items, 'type'),
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    ];
  }
  const properties = isJsonObject(items['properties']) ? items['properties'] : {};
  const requiredNames = Array.isArray(items['required']) ? items['required'] : [];
  return keys.flatMap((key, index) => {
    const name = typeof key === 'string' ? key : '';
    const property = properties[name];
    const at = `${path}.x-kubernetes-list-map-keys[${index}]`;
    if (!isJsonObject(property)) return [invalidValue(at, name, 'entries must all be names of item properties')];
    if (requiredNames.includes(name) || property['default'] !== undefined) return [];
    return [
      required(
        `${path}.items.properties[${name}].default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ),
    ];
  });
}

function extensionErrors(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const mapType = schema['x-kubernetes-map-type'];
  if (typeof mapType === 'string') {
    if (!['atomic', 'granular'].includes(mapType)) {
      errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
    }
    if (textAt(schema, 'type') !== 'object') {
      const detail = 'must be object if x-kubernetes-map-type is specified';
      errors.push(invalidValue(`${path}.type`, textAt(schema, 'type'), detail));
    }
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  if (schema['x-kubernetes-embedded-resource'] === true) {
    if (textAt(schema, 'type') !== 'object') {
      const detail = 'must be object if x-kubernetes-embedded-resource is true';
      errors.push(invalidValue(`${path}.type`, textAt(schema, 'type'), detail));
    }
    if (schema['x-kubernetes-preserve-unknown-fields'] !== true && !isJsonObject(schema['properties'])) {
      const detail =
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
      errors.push(required(`${path}.properties`, detail));
    }
  }
  if (isJsonObject(schema['properties']) && schema['additionalProperties'] !== undefined) {
    const detail = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbidden(`${path}.additionalProperties`, detail));
  }
  if (schema['uniqueItems'] === true) {
    errors.push(
      forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  return errors;
}

const neverAllowed = ['$ref', 'definitions', 'dependencies', 'patternProperties', 'additionalItems', 'id'] as const;

function forbiddenKeywords(schema: JsonObject, path: string): FieldError[] {
  return neverAllowed
    .filter((keyword) => schema[keyword] !== undefined && schema[keyword] !== '')
    .map((keyword) => forbidden(`${path}.${keyword}`, `${keyword} is not supported`));
}

/** Inside allOf, anyOf, oneOf and not, schemas may constrain but not describe. */
function combinatorErrors(schema: JsonObject, path: string): FieldError[] {
  const lists = ['allOf', 'anyOf', 'oneOf'].flatMap((name) =>
    objectsAt(schema, name).map((part, index) => [part, `${path}.${name}[${index}]`] as const),
  );
  const not = schema['not'];
  const parts = isJsonObject(not) ? [...lists, [not, `${path}.not`] as const] : lists;
  return parts.flatMap(([part, at]) => constraintErrors(part, at, schema));
}

const descriptive = ['description', 'type', 'default', 'title', 'nullable', 'additionalProperties'] as const;

function constraintErrors(part: JsonObject, path: string, parent: JsonObject): FieldError[] {
  const isIntOrString = parent['x-kubernetes-int-or-string'] === true;
  const errors = descriptive
    .filter((name) => !(name === 'type' && isIntOrString))
    .filter((name) => part[name] !== undefined && part[name] !== '' && part[name] !== false)
    .map((name) => forbidden(`${path}.${name}`, 'must be empty to be structural'));
  const properties = isJsonObject(part['properties']) ? part['properties'] : {};
  const known = isJsonObject(parent['properties']) ? parent['properties'] : {};
  for (const [name, property] of Object.entries(properties)) {
    const base = known[name];
    const at = `${path}.properties[${name}]`;
    if (!isJsonObject(base)) {
      const prefix = path.replace(/\.(allOf|anyOf|oneOf)\[\d+\]$|\.not$/, '');
      errors.push(required(`${prefix}.properties[${name}]`, `because it is defined in ${at}`));
    } else if (isJsonObject(property)) errors.push(...constraintErrors(property, at, base));
  }
  if (isJsonObject(part['items'])) {
    const base = isJsonObject(parent['items']) ? parent['items'] : {};
    errors.push(...constraintErrors(part['items'], `${path}.items`, base));
  }
  return errors;
}

/** A default must be what it would default to: no unknown fields, and valid. */
function defaultErrors(schema: JsonObject, path: string): FieldError[] {
  const value = schema['default'];
  if (value === undefined) return [];
  const at = `${path}.default`;
  if (value === null && schema['nullable'] !== true) return [];
  const unknown = prunePart(value, compileJsonSchema(schema)).unknownFields;
  if (unknown.length > 0) {
    return [invalidValue(at, value, `must not have unknown fields: ${unknown.join(', ')}`)];
  }
  return checkSchema(value, schema, { at });
}

function childErrors(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  for (const [name, property] of Object.entries(properties)) {
    if (isJsonObject(property))
      errors.push(...schemaErrors(property, `${path}.properties[${name}]`, { isRoot: false }));
  }
  const { items, additionalProperties } = schema;
  if (isJsonObject(items)) errors.push(...schemaErrors(items, `${path}.items`, { isRoot: false }));
  else if (Array.isArray(items)) {
    errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
  }
  if (isJsonObject(additionalProperties)) {
    errors.push(...schemaErrors(additionalProperties, `${path}.additionalProperties`, { isRoot: false }));
  } else if (additionalProperties === false) {
    errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties cannot be set to false'));
  }
  return errors;
}

/** The schema may restrict an object's name, and nothing else of its metadata. */
function metadataErrors(schema: JsonObject, path: string): FieldError[] {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const metadata = isJsonObject(properties['metadata']) ? properties['metadata'] : {};
  const described = isJsonObject(metadata['properties']) ? Object.keys(metadata['properties']) : [];
  if (described.every((name) => name === 'name' || name === 'generateName')) return [];
  const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return [forbidden(`${path}.properties[metadata]`, detail)];
}
