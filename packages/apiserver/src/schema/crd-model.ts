/**
 * A CustomResourceDefinition, read for serving: per version the resource that discovery shows, its schema, columns and
 * subresources.
 *
 * Not here: whether the definition is sound (`crd-validation.ts`), its names' acceptance and conditions (a controller's).
 */
import { ruleErrors } from '../cel/rule-errors.ts';
import { compileRuleTree, type RuleTree } from '../cel/rule-tree.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { applyDefaults } from './apply-defaults.ts';
import { definitionSchema } from './bundle.ts';
import { compileResourceSchema } from './compile-json-schema.ts';
import { decodeTyped, type TypedResult } from './decode-typed.ts';
import type { FieldError } from './field-error.ts';
import { compareVersionPriority } from './kube-version.ts';
import { validateMetadata } from './object-meta-validation.ts';
import { pruneResource } from './prune.ts';
import type { ResourceInfo, SubresourceInfo } from './resource-info.ts';
import type { ResourceSchema, ValidationContext } from './resource-schema.ts';
import type { SchemaNode } from './schema-node.ts';
import {
  embeddedResourceErrors,
  listTypeErrors,
  scaleErrors,
  uncheckedRules,
  type ScalePaths,
} from './validate-custom-resource.ts';
import { checkSchema, type SchemaJson } from './validate-schema.ts';

export interface CompiledCrd {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly storageVersion: string;
  /** Served and unserved, highest priority first. */
  readonly versions: readonly CrdVersion[];
}

export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly info: ResourceInfo;
  readonly schema: ResourceSchema;
  /** The schema as the CRD states it, for OpenAPI documents. */
  readonly openApiSchema: JsonObject;
  readonly columns: readonly PrinterColumn[];
  /** JSON paths such as `.spec.color`; field selectors name them without the leading dot. */
  readonly selectableFields: readonly string[];
  readonly scale: ScalePaths | undefined;
  /** The text of the `Warning` header for every request to this version; `undefined` when it isn't deprecated. */
  readonly deprecationWarning: string | undefined;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

const crVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

/** Compiles a CRD that passed validation. Cheap until a schema is first used. */
export function compileCrd(crd: JsonObject): CompiledCrd {
  const spec = objectAt(crd, 'spec');
  const versions = objectsAt(spec, 'versions');
  const storage = versions.find((version) => version['storage'] === true);
  return {
    group: textAt(spec, 'group'),
    kind: textAt(namesOf(crd), 'kind'),
    plural: textAt(namesOf(crd), 'plural'),
    namespaced: spec['scope'] === 'Namespaced',
    storageVersion: storage === undefined ? '' : textAt(storage, 'name'),
    versions: versions
      .map((version) => compileVersion(version, crd))
      .toSorted((a, b) => compareVersionPriority(a.name, b.name)),
  };
}

function compileVersion(version: JsonObject, crd: JsonObject): CrdVersion {
  const schema = objectAt(objectAt(version, 'schema'), 'openAPIV3Schema');
  const scale = readScale(version);
  const info = resourceInfo(version, crd, scale !== undefined);
  return {
    name: info.version,
    served: version['served'] === true,
    storage: version['storage'] === true,
    info,
    schema: customResourceSchema(schema, info, scale),
    openApiSchema: schema,
    columns: readColumns(version),
    selectableFields: objectsAt(version, 'selectableFields').map((field) => textAt(field, 'jsonPath')),
    scale,
    deprecationWarning: deprecationWarning(version, crd),
  };
}

function resourceInfo(version: JsonObject, crd: JsonObject, hasScale: boolean): ResourceInfo {
  const spec = objectAt(crd, 'spec');
  const names = namesOf(crd);
  const kind = textAt(names, 'kind');
  const hasStatus = isJsonObject(objectAt(version, 'subresources')['status']);
  const subresources: SubresourceInfo[] = [];
  if (hasStatus) subresources.push({ name: 'status', group: undefined, version: undefined, kind, verbs: partVerbs });
  if (hasScale) {
    subresources.push({ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: partVerbs });
  }
  return {
    group: textAt(spec, 'group'),
    version: textAt(version, 'name'),
    kind,
    listKind: textAt(names, 'listKind') || `${kind}List`,
    plural: textAt(names, 'plural'),
    singular: textAt(names, 'singular') || kind.toLowerCase(),
    shortNames: stringsAt(names, 'shortNames'),
    categories: stringsAt(names, 'categories'),
    namespaced: spec['scope'] === 'Namespaced',
    verbs: crVerbs,
    subresources,
    hasStatus,
  };
}

function readScale(version: JsonObject): ScalePaths | undefined {
  const scale = objectAt(version, 'subresources')['scale'];
  if (!isJsonObject(scale)) return undefined;
  const labelSelectorPath = textAt(scale, 'labelSelectorPath');
  return {
    specReplicasPath: textAt(scale, 'specReplicasPath'),
    statusReplicasPath: textAt(scale, 'statusReplicasPath'),
    labelSelectorPath: labelSelectorPath === '' ? undefined : labelSelectorPath,
  };
}

/** Without columns of its own a kind shows its age. */
const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'When the object was created.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
};

function readColumns(version: JsonObject): readonly PrinterColumn[] {
  const columns = objectsAt(version, 'additionalPrinterColumns');
  if (columns.length === 0) return [ageColumn];
  return columns.map((column) => ({
    name: textAt(column, 'name'),
    type: textAt(column, 'type'),
    format: textAt(column, 'format'),
    description:
      textAt(column, 'description') ||
      `Custom resource definition column (in JSONPath format): ${textAt(column, 'jsonPath')}`,
    priority: typeof column['priority'] === 'number' ? column['priority'] : 0,
    jsonPath: textAt(column, 'jsonPath'),
  }));
}

function deprecationWarning(version: JsonObject, crd: JsonObject): string | undefined {
  if (version['deprecated'] !== true) return undefined;
  if (typeof version['deprecationWarning'] === 'string') return version['deprecationWarning'];
  const spec = objectAt(crd, 'spec');
  const own = textAt(version, 'name');
  const better = objectsAt(spec, 'versions')
    .filter((other) => other['served'] === true && other['deprecated'] !== true)
    .map((other) => textAt(other, 'name'))
    .filter((name) => compareVersionPriority(name, own) < 0)
    .toSorted(compareVersionPriority)[0];
  const named = (name: string): string => `${textAt(spec, 'group')}/${name} ${textAt(namesOf(crd), 'kind')}`;
  return `${named(own)} is deprecated${better === undefined ? '' : `; use ${named(better)}`}`;
}

function customResourceSchema(schema: JsonObject, info: ResourceInfo, scale: ScalePaths | undefined): ResourceSchema {
  let node: SchemaNode | undefined;
  const root = (): SchemaNode => (node ??= compileResourceSchema(schema));
  let tree: { readonly rules: RuleTree | undefined } | undefined;
  const ruleTree = (): RuleTree | undefined => (tree ??= { rules: compileRuleTree(schema) }).rules;
  return {
    get node() {
      return root();
    },
    decode: (object) => decodeCustomResource(object, root()),
    applyDefaults: (object) => applyDefaults(object, root()) as JsonObject,
    validate: (object, context) => {
      const rules = ruleTree();
      return validateCustomResource(object, { schema, node: root(), rules, info, scale }, context);
    },
  };
}

function decodeCustomResource(object: JsonObject, node: SchemaNode): TypedResult {
  const objectMeta = definitionSchema('meta.ObjectMeta');
  const metadata = objectMeta === undefined ? undefined : decodeTyped(object['metadata'] ?? {}, objectMeta, 'metadata');
  if (metadata?.ok === false) return metadata;
  const pruned = pruneResource(object, node);
  const value = { ...(pruned.value as JsonObject), metadata: metadata?.value ?? {} };
  return { ok: true, value, unknownFields: [...pruned.unknownFields, ...(metadata?.unknownFields ?? [])].toSorted() };
}

interface CustomResourceRules {
  readonly schema: SchemaJson;
  readonly node: SchemaNode;
  /** The CEL rules of the schema, if it has any. */
  readonly rules: RuleTree | undefined;
  readonly info: ResourceInfo;
  readonly scale: ScalePaths | undefined;
}

function validateCustomResource(
  object: JsonObject,
  { schema, node, rules, info, scale }: CustomResourceRules,
  { old, subresource }: ValidationContext = {},
): FieldError[] {
  const errors = [
    ...validateMetadata(object, { namespaced: info.namespaced }, old),
    ...checkSchema(withoutObjectFields(object), schema, { old: old && withoutObjectFields(old) }),
    ...(scale === undefined ? [] : scaleErrors(object, scale, subresource === 'status' ? 'status' : 'spec')),
    ...embeddedResourceErrors(object, node),
    ...newDuplicates(object, node, old),
  ];
  if (rules === undefined) return errors;
  const unchecked = uncheckedRules(errors);
  return [...errors, ...(unchecked.length > 0 ? unchecked : ruleErrors(rules, object, old))];
}

/** An object that had duplicates before may keep them. */
function newDuplicates(object: JsonObject, node: SchemaNode, old: JsonObject | undefined): FieldError[] {
  if (old !== undefined && listTypeErrors(old, node).length > 0) return [];
  return listTypeErrors(object, node);
}

/** A schema may restrict metadata's name only; apiVersion and kind are checked before it is asked. */
function withoutObjectFields(object: JsonObject): JsonObject {
  const { name, generateName } = objectAt(object, 'metadata');
  const metadata: JsonObject = {};
  if (name !== undefined) metadata['name'] = name;
  if (generateName !== undefined) metadata['generateName'] = generateName;
  return { ...object, metadata };
}

function namesOf(crd: JsonObject): JsonObject {
  return objectAt(objectAt(crd, 'spec'), 'names');
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

function objectsAt(object: JsonObject, key: string): JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}

function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

function stringsAt(object: JsonObject, key: string): string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
