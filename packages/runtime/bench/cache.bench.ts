/** CPU of the cache: a list page, an event, and the match before a write. */
import { test } from 'vitest';
import { matchesDesired } from '../src/cache/desired-match.ts';
import { Reflector } from '../src/cache/reflector.ts';
import { ObjectStore } from '../src/cache/store.ts';
import { silentLogger } from '../src/logger.ts';
import type { KubeObject } from '../src/object/kube-object.ts';

interface Pod extends KubeObject {
  readonly spec: object;
}

const manager = 'webapps.example.com';
const container = {
  name: 'app',
  image: 'nginx:1.27',
  ports: [{ containerPort: 80, protocol: 'TCP' }],
  resources: { limits: { cpu: '1', memory: '64Mi' } },
};
const desired: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: { containers: [container], nodeSelector: { zone: 'a' } },
};
const leaf = {};
const ownedContainer = {
  '.': leaf,
  'f:name': leaf,
  'f:image': leaf,
  'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': leaf, 'f:containerPort': leaf, 'f:protocol': leaf } },
  'f:resources': { 'f:limits': { 'f:cpu': leaf, 'f:memory': leaf } },
};
const fieldsV1 = { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': ownedContainer }, 'f:nodeSelector': leaf } };

let version = 0;
function pod(i: number): Pod {
  version += 1;
  const managedFields = [{ manager, operation: 'Apply', apiVersion: 'v1', fieldsV1 }];
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: `rs-${i % 100}` }];
  return {
    ...desired,
    metadata: {
      name: `web-${i}`,
      namespace: `ns-${i % 50}`,
      uid: `u-${i}`,
      resourceVersion: String(version),
      managedFields,
      ownerReferences,
    },
    spec: { ...desired.spec, restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' },
  };
}

function openReflector(): Reflector<Pod> {
  return new Reflector<Pod>({
    kindName: 'Pod',
    namespace: undefined,
    store: new ObjectStore<Pod>(),
    projection: { metadataOnly: false, ownManagers: new Set([manager]), freeze: false },
    emit: () => {},
    onListed: () => {},
    onOpened: () => {},
    onState: () => {},
    missedEvents: { inc: () => {} },
    logger: silentLogger,
  });
}

test('a cache of 10,000 pods', async ({ bench }) => {
  const reflector = openReflector();
  reflector.beginList();
  reflector.page(Array.from({ length: 10_000 }, (_, i) => pod(i)));
  reflector.endList(String(version));
  const live = pod(0);
  await bench.compare(
    bench('a page of 500 pods: parsed, projected, stored, indexed', () => {
      const text = JSON.stringify(Array.from({ length: 500 }, (_, i) => pod(i)));
      reflector.beginList();
      reflector.page(JSON.parse(text) as Pod[]);
    }),
    bench('an event', () => {
      reflector.event('MODIFIED', pod(version % 10_000));
    }),
    bench('the match before a write', () => {
      matchesDesired(desired, live, { fieldManager: manager });
    }),
    { time: 300 },
  );
});
