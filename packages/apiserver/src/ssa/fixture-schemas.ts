/** Schema nodes for the tests of this folder, written the way a reader thinks of them. */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';

const BLANK: SchemaNode = {
  type: 'any',
  nullable: false,
  format: undefined,
  intOrString: false,
  default: undefined,
  properties: undefined,
  required: [],
  additionalProperties: undefined,
  mapType: 'granular',
  preserveUnknownFields: false,
  embeddedResource: false,
  items: undefined,
  listType: 'atomic',
  listMapKeys: [],
  patchMergeKey: undefined,
  patchStrategy: undefined,
  constraints: undefined,
};

type Extra = Partial<SchemaNode>;

export const any: SchemaNode = BLANK;
export const string: SchemaNode = { ...BLANK, type: 'string' };
export const integer: SchemaNode = { ...BLANK, type: 'integer' };
export const boolean: SchemaNode = { ...BLANK, type: 'boolean' };
export const intOrString: SchemaNode = { ...BLANK, intOrString: true };
export const quantity: SchemaNode = { ...BLANK, type: 'string', format: 'quantity' };

export function struct(properties: Record<string, SchemaNode>, extra: Extra = {}): SchemaNode {
  return { ...BLANK, type: 'object', properties: new Map(Object.entries(properties)), ...extra };
}

export function mapOf(additionalProperties: SchemaNode, extra: Extra = {}): SchemaNode {
  return { ...BLANK, type: 'object', additionalProperties, ...extra };
}

export function atomicList(items: SchemaNode): SchemaNode {
  return { ...BLANK, type: 'array', items };
}

export function setOf(items: SchemaNode): SchemaNode {
  return { ...BLANK, type: 'array', items, listType: 'set' };
}

export function keyedList(keys: string | readonly string[], items: SchemaNode): SchemaNode {
  return { ...BLANK, type: 'array', items, listType: 'map', listMapKeys: typeof keys === 'string' ? [keys] : keys };
}

export function withDefault(node: SchemaNode, value: JsonValue): SchemaNode {
  return { ...node, default: value };
}

export const metadata: SchemaNode = struct({
  name: string,
  namespace: string,
  uid: string,
  resourceVersion: string,
  generation: integer,
  creationTimestamp: string,
  generateName: string,
  managedFields: atomicList(any),
  labels: mapOf(string),
  annotations: mapOf(string),
  finalizers: setOf(string),
  ownerReferences: keyedList(
    'uid',
    struct({ uid: string, name: string, kind: string, apiVersion: string }, { mapType: 'atomic' }),
  ),
});

function kind(fields: Record<string, SchemaNode>, extra: Extra = {}): SchemaNode {
  return struct({ apiVersion: string, kind: string, metadata, ...fields }, extra);
}

export const configMap: SchemaNode = kind({ data: mapOf(string), binaryData: mapOf(string), immutable: boolean });

const containerPort = struct({
  name: string,
  containerPort: integer,
  protocol: withDefault(string, 'TCP'),
  hostPort: integer,
});

const container = struct({
  name: string,
  image: string,
  command: atomicList(string),
  env: keyedList('name', struct({ name: string, value: string })),
  ports: keyedList(['containerPort', 'protocol'], containerPort),
  resources: struct({ requests: mapOf(quantity), limits: mapOf(quantity) }),
});

const podTemplate = struct({
  metadata,
  spec: struct(
    {
      containers: keyedList('name', container),
      nodeSelector: mapOf(string, { mapType: 'atomic' }),
      restartPolicy: string,
      securityContext: struct({ runAsUser: integer }),
    },
    { required: ['containers'] },
  ),
});

const condition = struct({ type: string, status: string, reason: string, lastTransitionTime: string });

export const deployment: SchemaNode = kind({
  spec: struct({
    replicas: integer,
    paused: boolean,
    selector: struct({ matchLabels: mapOf(string) }, { mapType: 'atomic' }),
    strategy: struct({ type: string, rollingUpdate: struct({ maxSurge: intOrString, maxUnavailable: intOrString }) }),
    template: podTemplate,
  }),
  status: struct({ replicas: integer, conditions: keyedList('type', condition) }),
});

/** A custom resource: declared fields of every list and map type, and a part without structure. */
export const widget: SchemaNode = kind(
  {
    spec: struct({
      name: string,
      size: integer,
      tags: setOf(string),
      weights: setOf(integer),
      items: keyedList('id', struct({ id: string, qty: integer, nested: struct({ a: string, b: string }) })),
      rules: atomicList(struct({ path: string })),
      limits: mapOf(struct({ min: integer, max: integer })),
      labels: mapOf(string),
      options: mapOf(string, { mapType: 'atomic' }),
      place: struct({ zone: string, rack: string }, { mapType: 'atomic' }),
      free: struct({}, { preserveUnknownFields: true }),
      open: struct({ known: integer }, { preserveUnknownFields: true }),
      port: intOrString,
    }),
    status: struct({ phase: string, count: integer }),
  },
  { constraints: {} },
);
