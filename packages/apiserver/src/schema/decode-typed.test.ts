import { describe, expect, it } from 'vitest';
import { builtinSchema, definitionSchema } from './bundle.ts';
import { decodeTyped, type TypedResult } from './decode-typed.ts';
import type { JsonValue, SchemaNode } from './schema-node.ts';

function schema(group: string, kind: string): SchemaNode {
  return builtinSchema(group, 'v1', kind) as SchemaNode;
}

function decode(group: string, kind: string, body: JsonValue): TypedResult {
  return decodeTyped(body, schema(group, kind));
}

describe('decoding a built-in object', () => {
  it('writes what Go writes: empty parts appear or vanish as their type demands', () => {
    expect(
      decode('apps', 'Deployment', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd', labels: {}, annotations: null, creationTimestamp: null },
        spec: {
          replicas: 0,
          paused: false,
          minReadySeconds: 0,
          selector: { matchLabels: { app: 'd' } },
          template: {
            metadata: { labels: { app: 'd' } },
            spec: { containers: [{ name: 'main', image: '', env: [], securityContext: {} }] },
          },
        },
      }),
    ).toEqual({
      ok: true,
      unknownFields: [],
      value: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'd' } },
          strategy: {},
          template: {
            metadata: { labels: { app: 'd' } },
            spec: { containers: [{ name: 'main', resources: {}, securityContext: {} }] },
          },
        },
        status: {},
      },
    });
  });

  it('gives an absent spec the shape of its zero value', () => {
    expect(decode('apps', 'Deployment', { spec: null })).toMatchObject({
      value: { spec: { selector: null, strategy: {}, template: { metadata: {}, spec: { containers: null } } } },
    });
  });

  it('keeps conditions without a time as null times', () => {
    expect(decode('apps', 'Deployment', { status: { conditions: [{ type: 'A', status: 'True' }] } })).toMatchObject({
      value: {
        status: { conditions: [{ type: 'A', status: 'True', lastUpdateTime: null, lastTransitionTime: null }] },
      },
    });
  });

  it('stores quantities, times and base64 in canonical form', () => {
    const claim = { spec: { resources: { requests: { storage: '1024Mi' } } } };
    expect(decode('', 'PersistentVolumeClaim', claim)).toMatchObject({
      value: { spec: { resources: { requests: { storage: '1Gi' } } } },
    });
    expect(decode('', 'Secret', { data: { a: 'YQ==', b: null } })).toMatchObject({
      value: { data: { a: 'YQ==', b: '' } },
    });
  });

  it('lists unknown fields with their list positions, in document order', () => {
    const body = {
      metadata: { nope: 1 },
      spec: { template: { spec: { containers: [{ imagee: 'x' }], foo: 1 } } },
      Spec: 1,
    };
    expect(decode('apps', 'Deployment', body)).toMatchObject({
      unknownFields: ['metadata.nope', 'spec.template.spec.containers[0].imagee', 'spec.template.spec.foo', 'Spec'],
    });
  });

  it.each<{ body: JsonValue; message: string }>([
    {
      body: { spec: { replicas: '2' } },
      message: 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      body: { spec: { replicas: 1.5 } },
      message: 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      body: { spec: 'x' },
      message: 'json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec',
    },
    {
      body: { metadata: { labels: { a: 1 } } },
      message: 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    },
    {
      body: { spec: { template: { spec: { containers: {} } } } },
      message:
        'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    },
    {
      body: { spec: { strategy: { rollingUpdate: { maxSurge: true } } } },
      message: 'json: cannot unmarshal bool into Go value of type int32',
    },
    {
      body: { spec: { template: { spec: { containers: [{ resources: { limits: { cpu: 'abc' } } }] } } } },
      message: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
  ])('refuses $body in the words of Go', ({ body, message }) => {
    expect(decode('apps', 'Deployment', body)).toEqual({ ok: false, message });
  });

  it('refuses broken base64 by position', () => {
    expect(decode('', 'Secret', { data: { a: 'a*b=' } })).toEqual({
      ok: false,
      message: 'illegal base64 data at input byte 1',
    });
  });

  it('reads metadata alone under its own path', () => {
    const meta = definitionSchema('meta.ObjectMeta') as SchemaNode;
    expect(decodeTyped({ name: 'a', bogus: 1 }, meta, 'metadata')).toEqual({
      ok: true,
      value: { name: 'a' },
      unknownFields: ['metadata.bogus'],
    });
    expect(decodeTyped({ labels: { a: 5 } }, meta, 'metadata')).toEqual({
      ok: false,
      message: 'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    });
  });
});
