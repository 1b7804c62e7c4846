/**
 * Compiles the schema of a CRD version (`openAPIV3Schema`) into the `SchemaNode` tree that pruning, defaulting and apply
 * walk.
 *
 * Not here: value constraints, which `validate-schema.ts` reads from the schema itself.
 */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { definitionSchema } from './bundle.ts';
import { plainNode } from './compile-definition.ts';
import type { JsonValue, SchemaNode } from './schema-node.ts';

const nodeTypes = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);

/** The root of a custom resource: the schema plus apiVersion, kind and ObjectMeta. */
export function compileResourceSchema(schema: JsonObject): SchemaNode {
  const node = compileJsonSchema(schema);
  return { ...node, type: 'object', properties: withObjectFields(node.properties), embeddedResource: false };
}

export function compileJsonSchema(schema: JsonObject): SchemaNode {
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const type = typeof schema['type'] === 'string' && nodeTypes.has(schema['type']) ? schema['type'] : 'any';
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const properties = isJsonObject(schema['properties']) ? compileProperties(schema['properties']) : undefined;
  return {
    ...plainNode,
    type: intOrString ? 'any' : (type as SchemaNode['type']),
    intOrString,
    nullable: schema['nullable'] === true,
    format: typeof schema['format'] === 'string' ? schema['format'] : undefined,
    default: schema['default'],
    properties: embedded ? withObjectFields(properties) : properties,
    required: strings(schema['required']),
    additionalProperties: compileAdditional(schema['additionalProperties']),
    mapType: schema['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'granular',
    preserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] === true,
    embeddedResource: embedded,
    items: isJsonObject(schema['items']) ? compileJsonSchema(schema['items']) : undefined,
    listType: listType(schema['x-kubernetes-list-type']),
    listMapKeys: strings(schema['x-kubernetes-list-map-keys']),
    constraints: schema,
  };
}

function compileProperties(properties: JsonObject): ReadonlyMap<string, SchemaNode> {
  return new Map(
    Object.entries(properties).map(([name, schema]) => [
      name,
      isJsonObject(schema) ? compileJsonSchema(schema) : plainNode,
    ]),
  );
}

function compileAdditional(schema: JsonValue | undefined): SchemaNode | undefined {
  if (isJsonObject(schema)) return compileJsonSchema(schema);
  return schema === true ? { ...plainNode, preserveUnknownFields: true } : undefined;
}

function withObjectFields(properties: ReadonlyMap<string, SchemaNode> | undefined): ReadonlyMap<string, SchemaNode> {
  const text: SchemaNode = { ...plainNode, type: 'string' };
  const metadata = definitionSchema('meta.ObjectMeta') ?? plainNode;
  return new Map([...(properties ?? []), ['apiVersion', text], ['kind', text], ['metadata', metadata]]);
}

function listType(value: JsonValue | undefined): SchemaNode['listType'] {
  return value === 'set' || value === 'map' ? value : 'atomic';
}

function strings(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
