/**
 * Plays a whole operator against a server of its own on loopback: caches, queue, runs, requests, applies, stop. A standby does
 * none of this before it takes over, and would then run it for the first time at the moment that counts; rehearsed, the
 * functions are compiled and know their types. The author's own function is never called, and the cluster hears nothing.
 */
import { hasSubscribers, tracingChannel } from 'node:diagnostics_channel';
import { Container, Deployment } from '@k8sop/builders';
import {
  type ClusterAuth,
  ConsistentWriter,
  type ControllerSpec,
  HttpKubeClient,
  type KubeClient,
  type KubeObject,
  Manager as RuntimeManager,
  OwnWrites,
  PrometheusMetrics,
  type ReplicatedState,
  type ResourceKind,
  SharedInformers,
  silentLogger,
  systemClock,
  systemRandom,
} from '@k8sop/runtime';
import { LeaseGate } from './ha/lease-gate.ts';
import { defaultSettings } from './operator-settings.ts';
import { RehearsalServer } from './rehearsal-server.ts';

const limitMs = 2_000;
const kind = {
  apiVersion: 'rehearsal.k8sop.dev/v1',
  kind: 'Rehearsal',
  plural: 'rehearsals',
  namespaced: true,
} as ResourceKind<KubeObject>;

const channels = ['k8sop:reconcile', 'k8sop:apply', 'k8sop:list', 'k8sop:watch'];
const httpChannels = ['undici:request:create', 'http.server.request.start'];

/**
 * Resolves with how many objects were reconciled: all of them, or fewer when two seconds were not enough or `signal` aborted.
 * Plays nothing where somebody traces runs or requests, who would mistake ours for real ones.
 * @throws the system's error where nothing may listen on loopback.
 */
export async function rehearseRuns(objectCount: number, { signal }: { readonly signal: AbortSignal }): Promise<number> {
  if (channels.some((name) => tracingChannel(name).hasSubscribers) || httpChannels.some(hasSubscribers)) return 0;
  await using server = await RehearsalServer.open(objectsOf(objectCount));
  const stop = new AbortController();
  const end = (): void => stop.abort(new Error('the rehearsal is over'));
  const limit = systemClock.setTimer(limitMs, end);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let runs = 0;
  const reconcile: ControllerSpec['reconcile'] = async (ctx) => {
    runs += 1;
    await ctx.apply(new Deployment(ctx.name).replicas(1).container(new Container('app').image('app:1').port(80)));
    await ctx.apply(new Deployment(ctx.name).replicas(2).container(new Container('app').image('app:2').port(80)));
    if (runs >= objectCount) end();
  };
  try {
    await manager(
      { ...defaultSettings(kind).spec, owns: [{ kind: Deployment }], reconcile },
      new HttpKubeClient({ auth: authFor(server.url) }),
    ).run({ signal: stop.signal });
  } finally {
    limit.cancel();
    signal.removeEventListener('abort', end);
  }
  return runs;
}

function manager(spec: ControllerSpec, client: KubeClient): RuntimeManager {
  const ports = {
    client,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: new PrometheusMetrics(),
  };
  const ownWrites = new OwnWrites(ports);
  const informers = new SharedInformers(ports);
  const writer = new ConsistentWriter({ ...ports, informers, ownWrites });
  const gate = new LeaseGate({
    clock: systemClock,
    takeoverGraceMs: 0,
    confirm: async () => {},
    onStopped: () => {},
  });
  gate.grant({ clusterId: 'rehearsal', generation: 1, term: 1, remainingMs: () => limitMs });
  return new RuntimeManager(
    { controllers: [{ spec }], instance: 'rehearsal' },
    { ...ports, informers, writer, ownWrites, gate, replicated: nothing },
  );
}

function authFor(server: string): ClusterAuth {
  return { credentials: async () => ({ server, tls: {}, headers: {} }), refresh: async () => false };
}

function objectsOf(count: number): KubeObject[] {
  return Array.from({ length: count }, (_, i) => ({
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      name: `rehearsal-${i}`,
      namespace: 'rehearsal',
      uid: `rehearsal-${i}`,
      resourceVersion: '1',
      generation: 1,
    },
  }));
}

const nothing: ReplicatedState = {
  get: async () => undefined,
  put: async () => {},
  cas: async () => false,
};
