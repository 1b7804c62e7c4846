/** OpenAPI v3 schemas out of the bundle's type trees: field names, types, merge keys, no descriptions. */
import { definitionSchema } from '../schema/bundle.ts';
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { openApiName, rawExtensionDefinition, scalarDefinitions } from './definition-names.ts';

/** Collects schemas and everything they refer to. */
export class SchemaCollector {
  readonly schemas: Map<string, JsonObject> = new Map();
  readonly #refPrefix: string;

  /** `refPrefix` is `#/components/schemas/` in v3 and `#/definitions/` in v2. */
  constructor(refPrefix: string) {
    this.#refPrefix = refPrefix;
  }

  /** Adds a definition of the bundle with all it needs; answers its OpenAPI name. */
  addDefinition(definition: string): string {
    const name = openApiName(definition);
    if (this.schemas.has(name)) return name;
    const node = definitionSchema(definition);
    this.schemas.set(name, {}); // reserves the place: types refer to each other in circles
    if (node !== undefined) this.schemas.set(name, this.#objectSchema(node));
    return name;
  }

  addSchema(name: string, schema: JsonObject): void {
    this.schemas.set(name, schema);
  }

  reference(name: string): JsonObject {
    return { $ref: `${this.#refPrefix}${name}` };
  }

  #objectSchema(node: SchemaNode): JsonObject {
    const properties: JsonObject = {};
    for (const [name, property] of node.properties ?? []) properties[name] = this.#field(property);
    return {
      type: 'object',
      ...(node.required.length === 0 ? {} : { required: [...node.required] }),
      properties,
      ...(node.mapType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    };
  }

  #field(node: SchemaNode): JsonObject {
    const reference = this.#named(node);
    const extensions = fieldExtensions(node);
    if (reference === undefined) return { ...this.#plain(node), ...extensions };
    // siblings of $ref are ignored, so a reference with more to say goes into allOf
    const isDefaulted = node.typeName !== undefined && node.emission === 'write-zero';
    return { ...(isDefaulted ? { default: {} } : {}), allOf: [reference], ...extensions };
  }

  #named(node: SchemaNode): JsonObject | undefined {
    if (node.typeName !== undefined) return this.reference(this.addDefinition(node.typeName));
    if (node.embeddedResource) return this.#scalar(rawExtensionDefinition, { type: 'object' });
    const name = node.format === undefined ? undefined : scalarDefinitions[node.format];
    return name === undefined || node.format === undefined ? undefined : this.#scalar(name, scalarSchema(node.format));
  }

  #scalar(name: string, schema: JsonObject): JsonObject {
    this.schemas.set(name, schema);
    return this.reference(name);
  }

  #plain(node: SchemaNode): JsonObject {
    switch (node.type) {
      case 'array':
        return { type: 'array', items: this.#element(node.items) };
      case 'object':
        return { type: 'object', additionalProperties: this.#element(node.additionalProperties) };
      case 'any':
        return {};
      case 'string':
      case 'integer':
      case 'number':
      case 'boolean':
        return { type: node.type, ...(node.format === undefined ? {} : { format: node.format }) };
    }
  }

  #element(node: SchemaNode | undefined): JsonObject {
    if (node === undefined) return {};
    return this.#named(node) ?? this.#plain(node);
  }
}

function scalarSchema(format: string): JsonObject {
  switch (format) {
    case 'quantity':
      return { oneOf: [{ type: 'string' }, { type: 'number' }] };
    case 'int-or-string':
      return { format, oneOf: [{ type: 'integer' }, { type: 'string' }] };
    default:
      return { type: 'string', format: 'date-time' };
  }
}

function fieldExtensions(node: SchemaNode): JsonObject {
  const found: Record<string, JsonValue | undefined> = {};
  if (node.default !== undefined) found['default'] = node.default;
  if (node.type === 'array') {
    found['x-kubernetes-list-type'] = node.listType;
    if (node.listType === 'map') found['x-kubernetes-list-map-keys'] = [...node.listMapKeys];
    const key = node.patchMergeKey ?? node.listMapKeys[0];
    const merges = node.patchStrategy !== 'replace' && (node.listType !== 'atomic' || node.patchMergeKey !== undefined);
    if (merges && key !== undefined) found['x-kubernetes-patch-merge-key'] = key;
    if (merges)
      found['x-kubernetes-patch-strategy'] = node.patchStrategy === 'retainKeys' ? 'merge,retainKeys' : 'merge';
  } else if (node.patchStrategy !== undefined) found['x-kubernetes-patch-strategy'] = node.patchStrategy;
  if (node.type === 'object' && node.properties === undefined && node.mapType === 'atomic') {
    found['x-kubernetes-map-type'] = 'atomic';
  }
  return found as JsonObject;
}
