/**
 * What field ownership costs per write, in one number per kind of write. A whole write has 120 µs; a rise here of more
 * than a few µs means that unchanged branches are visited or entries are decoded and encoded again without need.
 */
import { test } from 'vitest';
import type { JsonValue } from '../src/schema/schema-node.ts';
import { applyPatch } from '../src/ssa/apply-patch.ts';
import { configMap, deployment } from '../src/ssa/fixture-schemas.ts';
import { trackUpdate } from '../src/ssa/track-update.ts';
import type { JsonObject, KubeObject } from '../src/store/kube-object.ts';

const now = '2026-01-01T00:00:00Z';

function container(name: string, image: string): JsonObject {
  return {
    name,
    image,
    command: ['serve', '--port', '8080'],
    env: Array.from({ length: 6 }, (_, index) => ({ name: `VARIABLE_${index}`, value: String(index) })),
    ports: [{ containerPort: 8080, protocol: 'TCP', name: 'http' }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  };
}

function deploymentOf(image: string, replicas: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web', tier: 'front' }, annotations: { note: 'x' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { name: 'web', labels: { app: 'web' } },
        spec: { containers: [container('web', image), container('side', 'side:1')], restartPolicy: 'Always' },
      },
    },
  };
}

const small: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'small', namespace: 'default', labels: { app: 'web' } },
  data: { a: 'x'.repeat(200), b: 'y'.repeat(200) },
};

const update = { manager: 'bench', apiVersion: 'apps/v1', subresource: '', schema: deployment, now };
const apply = { ...update, force: false };

/** What a client sends: the same JSON, but none of the same objects. */
function parsed<T extends JsonValue>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const stored = trackUpdate({ ...update, new: deploymentOf('web:1', 2) }).object;
const unchanged = parsed(stored);
const created = parsed(deploymentOf('web:1', 2));
const edited = parsed({ ...deploymentOf('web:2', 2), metadata: stored.metadata });
const patched: KubeObject = { ...stored, spec: { ...(stored['spec'] as JsonObject), replicas: 3 } };
const condition = { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' };
const storedSmall = trackUpdate({ ...update, apiVersion: 'v1', schema: configMap, new: small }).object;
const sameSmall = parsed(storedSmall);
const withStatus: KubeObject = { ...stored, status: { replicas: 2, conditions: [condition] } };
const applied = applyPatch({ ...apply, applied: deploymentOf('web:1', 2) });
const appliedObject = 'object' in applied ? applied.object : stored;
const sameConfiguration = parsed(deploymentOf('web:1', 2));
const otherConfiguration = parsed(deploymentOf('web:2', 2));

test('a Deployment with two containers', async ({ bench }) => {
  await bench.compare(
    bench('create', () => {
      trackUpdate({ ...update, new: created });
    }),
    bench('PUT of the same object', () => {
      trackUpdate({ ...update, old: stored, new: unchanged });
    }),
    bench('PUT with another image, entries echoed', () => {
      trackUpdate({ ...update, old: stored, new: edited });
    }),
    bench('patch of replicas, the rest shared with the stored object', () => {
      trackUpdate({ ...update, old: stored, new: patched });
    }),
    bench('status write', () => {
      trackUpdate({ ...update, subresource: 'status', old: stored, new: withStatus });
    }),
    bench('apply that creates', () => {
      applyPatch({ ...apply, applied: sameConfiguration });
    }),
    bench('apply that changes nothing', () => {
      applyPatch({ ...apply, live: appliedObject, applied: sameConfiguration });
    }),
    bench('apply with another image', () => {
      applyPatch({ ...apply, live: appliedObject, applied: otherConfiguration });
    }),
    { time: 300 },
  );
});

test('a ConfigMap of 500 bytes', async ({ bench }) => {
  await bench.compare(
    bench('create', () => {
      trackUpdate({ ...update, apiVersion: 'v1', schema: configMap, new: small });
    }),
    bench('PUT of the same object', () => {
      trackUpdate({ ...update, apiVersion: 'v1', schema: configMap, old: storedSmall, new: sameSmall });
    }),
    { time: 300 },
  );
});
