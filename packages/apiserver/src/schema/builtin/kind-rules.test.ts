import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../store/kube-object.ts';
import { builtinResources } from '../bundle.ts';
import { builtinResourceSchema } from '../builtin-schema.ts';
import type { ResourceInfo } from '../resource-info.ts';
import type { ResourceSchema, ValidationContext } from '../resource-schema.ts';

function schemaOf(kind: string): ResourceSchema {
  const info = builtinResources().find((candidate) => candidate.kind === kind) as ResourceInfo;
  return builtinResourceSchema(info) as ResourceSchema;
}

/** A body as the server would store it. */
function stored(kind: string, body: JsonObject): JsonObject {
  const metadata = { name: 'x', namespace: 'n', ...(body['metadata'] as JsonObject) };
  const decoded = schemaOf(kind).decode({ ...body, metadata }) as { value: JsonObject };
  return schemaOf(kind).applyDefaults(decoded.value);
}

function problems(kind: string, body: JsonObject, context?: ValidationContext): string[] {
  const errors = schemaOf(kind).validate(stored(kind, body), context);
  return errors.map(({ path, type, value, detail }) => `${path}: ${type} ${JSON.stringify(value)} ${detail}`.trim());
}

const label = /a lowercase RFC 1123 label must consist of/;
const pod = { containers: [{ name: 'a', image: 'i' }] };
const workload = {
  selector: { matchLabels: { a: 'b' } },
  template: { metadata: { labels: { a: 'b' } }, spec: pod },
};

describe('rules of built-in kinds', () => {
  it.each<{ kind: string; body: JsonObject; found: string[] }>([
    { kind: 'Deployment', body: { spec: workload }, found: [] },
    {
      kind: 'Deployment',
      body: {},
      found: [
        'spec.selector: FieldValueRequired ""',
        'spec.template.metadata.labels: FieldValueInvalid null `selector` does not match template `labels`',
        'spec.template.spec.containers: FieldValueRequired ""',
      ],
    },
    {
      kind: 'Deployment',
      body: { spec: { ...workload, replicas: -1, strategy: { type: 'Recreate', rollingUpdate: {} } } },
      found: [
        'spec.replicas: FieldValueInvalid -1 must be greater than or equal to 0',
        'spec.strategy.rollingUpdate: FieldValueForbidden "" may not be specified when strategy `type` is \'Recreate\'',
      ],
    },
    {
      kind: 'Job',
      body: { spec: { template: { spec: pod } } },
      found: ['spec.template.spec.restartPolicy: FieldValueRequired "" valid values: "OnFailure", "Never"'],
    },
    {
      kind: 'CronJob',
      body: {
        spec: {
          schedule: '61 * * * *',
          timeZone: 'Mars/X',
          jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
        },
      },
      found: [
        'spec.schedule: FieldValueInvalid "61 * * * *" end of range (61) above maximum (59): 61',
        'spec.timeZone: FieldValueInvalid "Mars/X" unknown time zone Mars/X',
      ],
    },
    {
      kind: 'Pod',
      body: {
        spec: {
          containers: [
            {
              name: 'a',
              ports: [{ containerPort: 99999, protocol: 'FOO' }],
              volumeMounts: [{ name: 'v', mountPath: '/x' }],
              resources: { requests: { cpu: '2' }, limits: { cpu: '1' } },
            },
          ],
          volumes: [{ name: 'w', emptyDir: {}, configMap: { name: 'c' } }],
        },
      },
      found: [
        'spec.volumes[0].configMap: FieldValueForbidden "" may not specify more than 1 volume type',
        'spec.containers[0].image: FieldValueRequired ""',
        'spec.containers[0].ports[0].containerPort: FieldValueInvalid 99999 must be between 1 and 65535, inclusive',
        'spec.containers[0].ports[0].protocol: FieldValueNotSupported "FOO" supported values: "SCTP", "TCP", "UDP"',
        'spec.containers[0].volumeMounts[0].name: FieldValueNotFound "v"',
        'spec.containers[0].resources.requests: FieldValueInvalid "2" must be less than or equal to cpu limit of 1',
      ],
    },
    {
      kind: 'ConfigMap',
      body: { data: { a: '1' }, binaryData: { a: 'AA==' } },
      found: ['data[a]: FieldValueInvalid "a" duplicate of key present in binaryData'],
    },
    {
      kind: 'Secret',
      body: { type: 'kubernetes.io/tls' },
      found: ['data[tls.crt]: FieldValueRequired ""', 'data[tls.key]: FieldValueRequired ""'],
    },
    {
      kind: 'Service',
      body: { spec: { type: 'Foo', ports: [{ port: 80 }, { port: 81, name: 'b' }] } },
      found: [
        'spec.ports[0].name: FieldValueRequired ""',
        'spec.type: FieldValueNotSupported "Foo" supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    },
    {
      kind: 'Lease',
      body: { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } },
      found: [
        'spec.leaseDurationSeconds: FieldValueInvalid 0 must be greater than 0',
        'spec.leaseTransitions: FieldValueInvalid -1 must be greater than or equal to 0',
      ],
    },
    {
      kind: 'Role',
      body: { metadata: { name: 'a/b' }, rules: [{ verbs: [] }, { verbs: ['get'], nonResourceURLs: ['/x'] }] },
      found: [
        'metadata.name: FieldValueInvalid "a/b" may not contain \'/\'',
        'rules[0].verbs: FieldValueRequired "" verbs must contain at least one value',
        'rules[0].apiGroups: FieldValueRequired "" resource rules must supply at least one api group',
        'rules[0].resources: FieldValueRequired "" resource rules must supply at least one resource',
        'rules[1].nonResourceURLs: FieldValueInvalid ["/x"] namespaced rules cannot apply to non-resource URLs',
      ],
    },
    {
      kind: 'StatefulSet',
      body: {
        spec: {
          ...workload,
          serviceName: 'a',
          template: {
            metadata: workload.template.metadata,
            spec: {
              containers: [
                {
                  name: 'a',
                  image: 'a',
                  volumeMounts: [
                    { name: 'claimed', mountPath: '/x' },
                    { name: 'gone', mountPath: '/y' },
                  ],
                },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: 'claimed' },
              spec: { resources: { requests: { storage: '1Gi' } }, accessModes: ['ReadWriteOnce'] },
            },
          ],
        },
      },
      found: ['spec.template.spec.containers[0].volumeMounts[1].name: FieldValueNotFound "gone"'],
    },
    {
      kind: 'NetworkPolicy',
      body: {
        spec: {
          podSelector: { matchExpressions: [{ key: 'a', operator: 'Zz' }] },
          ingress: [{ from: [{ ipBlock: { cidr: '1.2.3' } }] }],
        },
      },
      found: [
        'spec.podSelector.matchExpressions[0].operator: FieldValueInvalid "Zz" not a valid selector operator',
        'spec.ingress[0].from[0].ipBlock.cidr: FieldValueInvalid "1.2.3" must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    },
  ])('$kind $body', ({ kind, body, found }) => {
    expect(problems(kind, body)).toEqual(found);
  });

  it.each<{ why: string; kind: string; before: JsonObject; after: JsonObject; found: string[] }>([
    {
      why: 'a selector',
      kind: 'Deployment',
      before: { spec: workload },
      after: {
        spec: {
          ...workload,
          selector: { matchLabels: { a: 'c' } },
          template: { metadata: { labels: { a: 'c' } }, spec: pod },
        },
      },
      found: ['spec.selector: FieldValueInvalid {"matchLabels":{"a":"c"}} field is immutable'],
    },
    {
      why: 'what a StatefulSet fixes',
      kind: 'StatefulSet',
      before: { spec: { ...workload, serviceName: 'a' } },
      after: { spec: { ...workload, serviceName: 'b' } },
      found: [
        "spec: FieldValueForbidden \"\" updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    },
    {
      why: 'an immutable ConfigMap',
      kind: 'ConfigMap',
      before: { data: { a: '1' }, immutable: true },
      after: { data: { a: '2' }, immutable: true },
      found: ['data: FieldValueForbidden "" field is immutable when `immutable` is set'],
    },
    {
      why: 'the type of a Secret',
      kind: 'Secret',
      before: {},
      after: { type: 'custom' },
      found: ['type: FieldValueInvalid "custom" field is immutable'],
    },
    {
      why: 'the address of a Service',
      kind: 'Service',
      before: { spec: { clusterIP: '10.0.0.1', ports: [{ port: 1 }] } },
      after: { spec: { clusterIP: '10.0.0.2', ports: [{ port: 1 }] } },
      found: ['spec.clusterIPs[0]: FieldValueInvalid ["10.0.0.2"] may not change once set'],
    },
  ])('an update keeps $why', ({ kind, before, after, found }) => {
    expect(problems(kind, after, { old: stored(kind, before) })).toEqual(found);
  });

  it('a status write keeps counts in proportion', () => {
    const status = { replicas: -1, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 1 };
    expect(problems('Deployment', { spec: workload, status }, { subresource: 'status' })).toEqual([
      'status.replicas: FieldValueInvalid -1 must be greater than or equal to 0',
      'status.updatedReplicas: FieldValueInvalid 2 cannot be greater than status.replicas',
      'status.readyReplicas: FieldValueInvalid 2 cannot be greater than status.replicas',
      'status.availableReplicas: FieldValueInvalid 1 cannot be greater than status.replicas',
    ]);
  });
});

describe('metadata of built-in kinds', () => {
  it.each<{ metadata: JsonObject; found: RegExp }>([
    { metadata: { name: '' }, found: /^metadata\.name: FieldValueRequired "" name or generateName is required/ },
    { metadata: { name: 'Bad_Name' }, found: /a lowercase RFC 1123 subdomain must consist of/ },
    { metadata: { namespace: 'Bad' }, found: label },
    { metadata: { labels: { 'a/b/c': '' } }, found: /a qualified name must consist of/ },
    { metadata: { labels: { a: '-' } }, found: /a valid label must be an empty string or consist of/ },
    {
      metadata: { annotations: { a: 'x'.repeat(262_144) } },
      found: /FieldValueTooLong "" may not be more than 262144 bytes/,
    },
    {
      metadata: { finalizers: ['plain'] },
      found: /name is neither a standard finalizer name nor is it fully qualified/,
    },
    {
      metadata: { ownerReferences: [{ apiVersion: 'v1', name: 'a', uid: 'u' }] },
      found: /^metadata\.ownerReferences\.kind: FieldValueInvalid "" must not be empty/,
    },
  ])('$metadata', ({ metadata, found }) => {
    expect(problems('ConfigMap', { metadata })).toEqual([expect.stringMatching(found)]);
  });

  it('keeps what the server has set', () => {
    const old = stored('ConfigMap', { metadata: { uid: 'a' } });
    expect(problems('ConfigMap', { metadata: { uid: 'b' } }, { old })).toEqual([
      'metadata.uid: FieldValueInvalid "b" field is immutable',
    ]);
  });

  it('takes no new finalizers once deletion has begun', () => {
    const gone = { deletionTimestamp: '2024-01-01T00:00:00Z' };
    const old = stored('ConfigMap', { metadata: { ...gone, finalizers: ['a.b/c'] } });
    expect(problems('ConfigMap', { metadata: { ...gone, finalizers: ['a.b/c', 'a.b/d'] } }, { old })).toEqual([
      'metadata.finalizers: FieldValueForbidden "" no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}',
    ]);
  });
});
