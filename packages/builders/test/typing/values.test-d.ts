/** Wrong values do not compile; right ones infer. Checked by `typing.test.ts`, never run. */
import {
  ClusterRole,
  ConfigMap,
  Container,
  Deployment,
  type Kind,
  type KubeObject,
  type Manifestable,
  Namespace,
  PersistentVolumeClaim,
  Resources,
  Secret,
  Service,
} from '@k8sop/builders';
import type { V1Deployment } from '@k8sop/builders/k8s/apps/v1';
import type { V1Secret } from '@k8sop/builders/k8s/core/v1';
import { Event, kindOf, Lease } from '@k8sop/builders/kinds';

declare function apply<T extends KubeObject>(object: Manifestable<T>): T;
declare function get<T>(kind: Kind<T>, name: string): T | undefined;
declare const size: string;

const web = new Deployment('web').container(new Container('app', 'nginx:1.27'));

// Quantities
new Resources().cpuRequest('100m').memory('128Mi', '1.5Gi').limit('example.com/gpu', 1).cpuLimit(size);
// @ts-expect-error not a Kubernetes quantity: 100mi
new Resources().cpuRequest('100mi');
// @ts-expect-error not a Kubernetes quantity: 10 Gi
new PersistentVolumeClaim('data').storage('10 Gi');
// @ts-expect-error not a Kubernetes quantity: much
export const claim: PersistentVolumeClaim<never> = new PersistentVolumeClaim('data', 'much');

// Cluster-scoped kinds have no namespace
new ConfigMap('c').namespace('shop');
// @ts-expect-error cluster-scoped
new ClusterRole('r').namespace('shop');
// @ts-expect-error cluster-scoped
new Namespace('n').namespace('shop');

// Closed unions of methods
new Container('a').imagePullPolicy('Always');
// @ts-expect-error not a pull policy
new Container('a').imagePullPolicy('Sometimes');
// @ts-expect-error not a strategy
web.strategy('Rolling');
// @ts-expect-error not a duration
web.minReady('10 seconds');

// Keys of secrets and config maps
const secret = new Secret('db').data('user', 'u').data('password', 'p');
const config = new ConfigMap('app').data('config.yaml', '');
new Container('a').envFromSecret('P', secret, 'password').envFromConfigMap('C', config, 'config.yaml');
new Container('a').envFromSecret('P', 'any', 'whatever').envFromSecret('P', Secret.from({} as V1Secret), 'any');
// @ts-expect-error there is no such key
new Container('a').envFromSecret('P', secret, 'pasword');
// @ts-expect-error there is no such key
new Container('a').envFromConfigMap('C', config, 'config.yml');
export const more: Secret<'user'> = secret;
export const conditional: Secret<'user' | 'password'> = secret.when(true, (s) => s.data('extra', ''));

// Paths of set
web.set('spec.template.spec.dnsPolicy', 'Default').set('spec.replicas', 3);
// @ts-expect-error there is no such field
web.set('spec.replica', 3);
// @ts-expect-error paths stop at lists
web.set('spec.template.spec.containers.0', {});
// @ts-expect-error not a number
web.set('spec.replicas', '3');
// @ts-expect-error there is no such field
web.merge({ spec: { replica: 3 } });

// Reading gives plain objects, whatever names the kind
export const read: V1Deployment | undefined = get(Deployment, 'web');
export const lease: string | undefined = get(Lease, 'leader')?.spec?.holderIdentity;
export const event: 'Event' | undefined = get(Event, 'e')?.kind;
export const table: Kind<KubeObject> | undefined = kindOf('apps/v1', 'Deployment');
Lease.manifest('leader', { spec: { leaseDurationSeconds: 15 } });
// @ts-expect-error there is no such field
Lease.manifest('leader', { spec: { leaseSeconds: 15 } });

// A builder has no identity fields that would make it pass for a plain object
// @ts-expect-error metadata is not readable
export const hidden: unknown = web.metadata;
// @ts-expect-error a namespaced service needs its port first
apply(new Service('web').namespace('shop'));
