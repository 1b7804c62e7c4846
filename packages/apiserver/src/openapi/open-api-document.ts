/**
 * The OpenAPI v3 document of one group-version: schemas of its kinds, and per resource the paths that kubectl reads (kind,
 * patch types, support of `fieldValidation` and `dryRun`).
 *
 * Not here: caching, hashes and the index (`open-api-catalog.ts`).
 */
import { packageOf } from '../schema/bundle.ts';
import type { ResourceInfo } from '../schema/resource-info.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { customResourceName, patchDefinition } from './definition-names.ts';
import { SchemaCollector } from './schema-document.ts';

export interface OpenApiResource {
  readonly info: ResourceInfo;
  /** The `openAPIV3Schema` of a custom resource; `undefined` for built-in kinds. */
  readonly customSchema: JsonObject | undefined;
}

export function openApiDocument(resources: readonly OpenApiResource[], kubernetesVersion: string): JsonObject {
  const collector = new SchemaCollector('#/components/schemas/');
  collector.addSchema(patchDefinition, { type: 'object' });
  const paths: JsonObject = {};
  for (const resource of resources) {
    const name = addKind(collector, resource);
    Object.assign(paths, resourcePaths(resource, collector.reference(name), collector));
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: kubernetesVersion },
    paths,
    components: { schemas: sorted(collector.schemas) },
  };
}

/** The same schemas as an OpenAPI v2 document, without paths. */
export function swaggerDocument(resources: readonly OpenApiResource[], kubernetesVersion: string): JsonObject {
  const collector = new SchemaCollector('#/definitions/');
  for (const resource of resources) addKind(collector, resource);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: kubernetesVersion },
    paths: {},
    definitions: sorted(collector.schemas),
  };
}

/** Adds the kind of a resource and its list; answers the kind's name. */
function addKind(collector: SchemaCollector, { info, customSchema }: OpenApiResource): string {
  const { group, version, kind } = info;
  const name =
    customSchema === undefined
      ? collector.addDefinition(`${packageOf(group, version)}.${kind}`)
      : addCustomKind(collector, info, customSchema);
  mark(collector, name, { group, version, kind });
  if (!info.verbs.includes('list')) return name;
  const listName = `${name}List`;
  collector.addSchema(listName, {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: collector.reference(name) },
      kind: { type: 'string' },
      metadata: { allOf: [collector.reference(collector.addDefinition('meta.ListMeta'))] },
    },
  });
  mark(collector, listName, { group, version, kind: info.listKind });
  return name;
}

function addCustomKind(collector: SchemaCollector, info: ResourceInfo, schema: JsonObject): string {
  const name = customResourceName(info.group, info.version, info.kind);
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  collector.addSchema(name, {
    ...schema,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { allOf: [collector.reference(collector.addDefinition('meta.ObjectMeta'))] },
      ...Object.fromEntries(Object.entries(properties).filter(([field]) => !objectFields.has(field))),
    },
  });
  return name;
}

const objectFields = new Set(['apiVersion', 'kind', 'metadata']);

function mark(collector: SchemaCollector, name: string, gvk: JsonObject): void {
  const schema = collector.schemas.get(name) ?? {};
  collector.addSchema(name, { ...schema, 'x-kubernetes-group-version-kind': [gvk] });
}

function resourcePaths(resource: OpenApiResource, kind: JsonObject, collector: SchemaCollector): JsonObject {
  const { info } = resource;
  const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
  const collection = `${root}/${info.namespaced ? 'namespaces/{namespace}/' : ''}${info.plural}`;
  const gvk = { group: info.group, version: info.version, kind: info.kind };
  const answer = { 200: { description: 'OK', content: { 'application/json': { schema: kind } } } };
  const operation = (action: string, parameters: readonly string[] = []): JsonObject => ({
    parameters: parameters.map(queryParameter),
    responses: answer,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  });
  const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'];
  const withBody = (action: string): JsonObject => ({
    ...operation(action, writeParameters),
    requestBody: { content: { '*/*': { schema: kind } }, required: true },
  });
  const onCollection: JsonObject = {};
  const onName: JsonObject = {};
  if (info.verbs.includes('list')) onCollection['get'] = operation('list', ['fieldSelector', 'labelSelector', 'limit']);
  if (info.verbs.includes('create')) onCollection['post'] = withBody('post');
  if (info.verbs.includes('get')) onName['get'] = operation('get');
  if (info.verbs.includes('update')) onName['put'] = withBody('put');
  if (info.verbs.includes('delete')) onName['delete'] = operation('delete', ['dryRun', 'propagationPolicy']);
  if (info.verbs.includes('patch')) {
    const content = patchTypes(resource.customSchema !== undefined).map((type) => [
      type,
      { schema: collector.reference(patchDefinition) },
    ]);
    onName['patch'] = {
      ...operation('patch', [...writeParameters, 'force']),
      requestBody: { content: Object.fromEntries(content) as JsonObject, required: true },
    };
  }
  const paths: JsonObject = { [collection]: onCollection };
  if (Object.keys(onName).length > 0) paths[`${collection}/{name}`] = onName;
  return paths;
}

function patchTypes(isCustom: boolean): string[] {
  const types = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];
  return isCustom ? types : [...types, 'application/strategic-merge-patch+json'];
}

function queryParameter(name: string): JsonObject {
  const type = name === 'force' ? 'boolean' : name === 'limit' ? 'integer' : 'string';
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

function sorted(schemas: ReadonlyMap<string, JsonObject>): JsonObject {
  return Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
