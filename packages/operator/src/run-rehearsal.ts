/**
 * Plays a whole operator in memory: caches, queue, runs, applies, stop. A standby does none of this before it takes over, and
 * would then run it for the first time at the moment that counts; rehearsed, the functions are compiled and know their types.
 * The author's own function is never called, and nothing leaves the process.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import { Container, Deployment } from '@k8sop/builders';
import {
  ConsistentWriter,
  type ControllerSpec,
  type KubeClient,
  type KubeObject,
  Manager as RuntimeManager,
  OwnWrites,
  PrometheusMetrics,
  type ReplicatedState,
  type ResourceKind,
  SharedInformers,
  silentLogger,
  sleep,
  systemClock,
  systemRandom,
} from '@k8sop/runtime';
import { LeaseGate } from './ha/lease-gate.ts';
import { defaultSettings } from './operator-settings.ts';

const limitMs = 2_000;
const kind = {
  apiVersion: 'rehearsal.k8sop.dev/v1',
  kind: 'Rehearsal',
  plural: 'rehearsals',
  namespaced: true,
} as ResourceKind<KubeObject>;

/**
 * Resolves with how many objects were reconciled: all of them, or fewer when two seconds were not enough or `signal` aborted.
 * Plays nothing where somebody listens to the traces of runs, who would mistake them for real ones.
 */
export async function rehearseRuns(objectCount: number, { signal }: { readonly signal: AbortSignal }): Promise<number> {
  if (['k8sop:reconcile', 'k8sop:apply'].some((name) => tracingChannel(name).hasSubscribers)) return 0;
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
      rehearsalClient(objectCount),
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

/** Knows its objects, takes what is applied, and tells nothing new. */
function rehearsalClient(objectCount: number): KubeClient {
  let version = 1;
  const unused = async (): Promise<never> => {
    throw new Error('not part of the rehearsal');
  };
  const metadataOf = (i: number): KubeObject['metadata'] => ({
    name: `rehearsal-${i}`,
    namespace: 'rehearsal',
    uid: `rehearsal-${i}`,
    resourceVersion: '1',
    generation: 1,
  });
  return {
    get: unused,
    create: unused,
    jsonPatch: unused,
    mergePatch: unused,
    delete: unused,
    serves: async () => true,
    listPage: async ({ apiVersion, kind: name }) => {
      const items = Array.from({ length: objectCount }, (_, i) => ({
        apiVersion,
        kind: name,
        metadata: metadataOf(i),
      }));
      return { items: (name === kind.kind ? items : []) as never[], resourceVersion: '1' };
    },
    watch: async (_, { signal }) => ({
      async *[Symbol.asyncIterator]() {
        yield [];
        await sleep(systemClock, limitMs * 2, { signal }).catch(() => {}); // aborted: the watch ends
      },
      close: () => {},
    }),
    apply: async (_, object) => {
      version += 1;
      const taken = JSON.parse(JSON.stringify(object)) as typeof object;
      const metadata = { ...taken.metadata, uid: `child-${object.metadata.name}`, resourceVersion: `${version}` };
      return { object: { ...taken, metadata }, created: false };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const nothing: ReplicatedState = {
  get: async () => undefined,
  put: async () => {},
  cas: async () => false,
};
