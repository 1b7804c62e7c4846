/** Incomplete builders do not compile where an object is applied. Checked by `typing.test.ts`, never run. */
import {
  ClusterRoleBinding,
  Container,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  type KubeObject,
  type Manifestable,
  PersistentVolumeClaim,
  Pod,
  PriorityClass,
  RoleBinding,
  Service,
  StatefulSet,
  StorageClass,
} from '@k8sop/builders';
import type { V1Deployment } from '@k8sop/builders/k8s/apps/v1';

declare function apply<T extends KubeObject>(object: Manifestable<T>): T;

const app = new Container('app').image('nginx:1.27');

// @ts-expect-error missing .image()
new Deployment('web').container(new Container('app'));
// @ts-expect-error missing .container()
apply(new Deployment('web'));
// @ts-expect-error missing .container()
apply(new DaemonSet('web').selector({ app: 'web' }));
// @ts-expect-error missing .container()
apply(new Pod('web'));
// @ts-expect-error missing .container()
apply(new Job('web').backoffLimit(3));
// @ts-expect-error missing .serviceName()
apply(new StatefulSet('db').container(app));
// @ts-expect-error missing .container()
apply(new StatefulSet('db', 'db'));
// @ts-expect-error missing .schedule()
apply(new CronJob('c').container(app));
// @ts-expect-error missing .container()
apply(new CronJob('c', '@daily'));
// @ts-expect-error missing .storage()
apply(new PersistentVolumeClaim('data').readWriteMany());
// @ts-expect-error missing .role()
apply(new RoleBinding('b').user('ada'));
// @ts-expect-error missing .clusterRole()
apply(new ClusterRoleBinding('b'));
// @ts-expect-error missing .port()
apply(new Service('web').loadBalancer());
// @ts-expect-error missing .maxReplicas()
apply(new HorizontalPodAutoscaler('web').target({ kind: 'Deployment', name: 'web' }));
// @ts-expect-error missing .target()
apply(new HorizontalPodAutoscaler('web').maxReplicas(3));
// @ts-expect-error missing .value()
apply(new PriorityClass('p'));
// @ts-expect-error missing .provisioner()
apply(new StorageClass('s').reclaimPolicy('Retain'));
// @ts-expect-error the class is no object
apply(CronJob);
// @ts-expect-error the class is no object
apply(Deployment);
// @ts-expect-error a call inside .when() cannot count as required
apply(new Deployment('web').when(true, (deployment) => deployment.container(app)));

// The names of the missing calls are in the type, so that the message shows them.
const incomplete: Deployment<'.container()'> = new Deployment('web');
const both: CronJob<'.schedule()' | '.container()'> = new CronJob('c');
const onlyContainer: CronJob<'.container()'> = new CronJob('c').schedule('@daily');
export const kept: readonly unknown[] = [incomplete, both, onlyContainer];

// Complete ones compile, and give the plain type of their kind.
export const deployment: V1Deployment = apply(new Deployment('web').container(app));
export const spec: number | undefined = apply(new Deployment('web').containers([app]).replicas(2)).spec?.replicas;
apply(new StatefulSet('db', 'db').container(app));
apply(new StatefulSet('db').serviceName('db').container(app));
apply(new CronJob('c', '@daily').containers([app]));
apply(new PersistentVolumeClaim('data', '10Gi'));
apply(new RoleBinding('b', 'reader'));
apply(new RoleBinding('b').clusterRole('view'));
apply(RoleBinding.toClusterRole('b', 'view'));
apply(new ClusterRoleBinding('b', 'admin'));
apply(new Service('web').port(80));
apply(new Service('web').headless());
apply(new Service('web').externalName('example.com'));
apply(HorizontalPodAutoscaler.for(new Deployment('web').container(app)).maxReplicas(3));
apply(new Ingress('i').defaultBackend('web', 80));
apply({ apiVersion: 'example.com/v1', kind: 'WebApp', metadata: { name: 'a' }, spec: { size: 1 } }).spec.size.toFixed();
