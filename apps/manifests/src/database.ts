/** PostgreSQL: one pod with its own disk, reachable by name within the namespace. */
import {
  ConfigMap,
  Container,
  NetworkPolicy,
  NetworkPolicyIngress,
  PersistentVolumeClaim,
  PodSecurityContext,
  Probe,
  Resources,
  Service,
  StatefulSet,
  Volume,
} from '@k8sop/builders';
import { credentialsSecret, shop } from './shop.ts';

const ready = Probe.exec(['pg_isready', '--quiet']).period('10s');

const settings = new ConfigMap('database-settings')
  .namespace(shop)
  .data('postgresql.conf', "listen_addresses = '*'\nmax_connections = 200\nshared_buffers = 256MB\n");

/** Headless: clients connect to the pod itself. */
export const databaseService = new Service('database')
  .namespace(shop)
  .namedPort('postgres', 5432, 'postgres')
  .headless();

/** Label that clients of the database carry; the network policy lets them in. */
export const databaseClient = { 'shop.example.com/database-client': 'true' } as const;

const server = new StatefulSet('database', databaseService)
  .namespace(shop)
  .replicas(1)
  .container(
    new Container('postgres', 'docker.io/library/postgres:17.6')
      .args(['-c', 'config_file=/etc/postgresql/postgresql.conf'])
      .namedPort('postgres', 5432)
      .envFromSecret('POSTGRES_USER', credentialsSecret, 'username')
      .envFromSecret('POSTGRES_PASSWORD', credentialsSecret, 'password')
      .env('PGDATA', '/var/lib/postgresql/data/pgdata')
      .resources(new Resources().cpuRequest('500m').memory('1Gi', '1Gi'))
      .volumeMount('data', '/var/lib/postgresql/data')
      .volumeMountReadonly('settings', '/etc/postgresql')
      .volumeMount('run', '/var/run/postgresql')
      .readinessProbe(ready)
      .livenessProbe(ready.failureThreshold(6)),
  )
  .volume(Volume.configMap('settings', settings))
  .volume(Volume.emptyDir('run'))
  .volumeClaimTemplate(new PersistentVolumeClaim('data', '20Gi'))
  .podSecurityContext(new PodSecurityContext().runAsUser(999).runAsGroup(999).fsGroup(999))
  .terminationGracePeriod('2m')
  .restricted();

const guard = NetworkPolicy.selecting(server)
  .namespace(shop)
  .allowIngress(new NetworkPolicyIngress().fromPodSelector(databaseClient).tcpPort('postgres'));

export const database = [settings, databaseService, server, guard];
