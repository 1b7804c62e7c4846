/** The objects every cluster has from its first moment. */
import type { ApiCore } from '../rest/api-core.ts';
import { storeKey } from '../rest/served-resource.ts';
import { createObject, systemWrite } from '../rest/write-object.ts';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Creates what is missing; leaves what is there alone. */
export function bootstrapObjects(core: ApiCore): void {
  for (const name of namespaces) {
    ensure(core, '', 'v1', 'namespaces', undefined, {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    });
  }
  ensure(core, '', 'v1', 'services', 'default', {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: kubernetesService,
  });
}

const kubernetesService: JsonObject = {
  ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
  clusterIP: '10.96.0.1',
  clusterIPs: ['10.96.0.1'],
  type: 'ClusterIP',
  sessionAffinity: 'None',
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
  internalTrafficPolicy: 'Cluster',
};

function ensure(
  core: ApiCore,
  group: string,
  version: string,
  plural: string,
  namespace: string | undefined,
  object: KubeObject,
): void {
  const served = core.registry.find(group, version, plural);
  if (served === undefined) return;
  if (served.collection.get(storeKey(namespace, object.metadata.name ?? '')) !== undefined) return;
  createObject(core, served, namespace, object, systemWrite);
}
