/** Applies, patches and deletes of the consistency layer against a real API server. */
import { manualClock } from '@k8sop/apiserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsistentWriter } from '../src/cache/consistent-writer.ts';
import type { Change, Informer } from '../src/cache/informer.ts';
import type { ApplyRequest, ApplyResult } from '../src/cache/object-writer.ts';
import { OwnWrites } from '../src/cache/own-writes.ts';
import { SharedInformers } from '../src/cache/shared-informers.ts';
import { systemClock } from '../src/clock.ts';
import type { KubeClient } from '../src/client/kube-client.ts';
import { isRuntimeError, RuntimeError } from '../src/errors.ts';
import { type Leadership, unelectedLeadership } from '../src/leadership-gate.ts';
import type { KubeObject } from '../src/object/kube-object.ts';
import { controllerRef } from '../src/object/owner-ref.ts';
import type { ResourceKind } from '../src/object/resource-kind.ts';
import { type ConfigMap, configMap, configMapKind, TestCluster, until } from './test-cluster.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'web' };
const controller = 'webapp';
const fieldManager = 'webapps.example.com';

interface Workload extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

const deploymentKind: ResourceKind<Workload> = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

function deployment(replicas: number, container: Record<string, unknown> = {}): Workload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'nginx',
              ports: [{ containerPort: 80 }],
              resources: { limits: { cpu: '1000m', memory: '64Mi' } },
              env: [{ name: 'A', value: '1' }],
              ...container,
            },
          ],
        },
      },
    },
  };
}

describe('ConsistentWriter', () => {
  let cluster: TestCluster;
  let informers: SharedInformers;
  let ownWrites: OwnWrites;
  let writer: ConsistentWriter;

  beforeEach(async () => {
    cluster = await TestCluster.start({ controllers: 'none' });
    informers = new SharedInformers({ client: cluster.client, ownManagers: new Set([fieldManager]) });
    ownWrites = new OwnWrites({ clock: systemClock });
    writer = new ConsistentWriter({ client: cluster.client, informers, ownWrites });
  });

  afterEach(async () => {
    await informers[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  const watch = async <T extends KubeObject>(
    kind: ResourceKind<T>,
    metadataOnly = false,
  ): Promise<{ informer: Informer<T>; triggers: Change<T>[]; events: Change<T>[] }> => {
    const { informer } = informers.acquire({ kind, metadataOnly });
    const triggers: Change<T>[] = [];
    const events: Change<T>[] = [];
    informer.addHandler((change) => events.push(change));
    informer.addHandler(ownWrites.filter(controller, kind, (change) => triggers.push(change)));
    await informer.waitForSync({ signal });
    return { informer, triggers, events };
  };
  const apply = <T extends KubeObject>(
    kind: ResourceKind<T>,
    desired: T,
    options: Partial<ApplyRequest<T>> = {},
  ): Promise<ApplyResult<T>> => writer.apply({ kind, desired, fieldManager, controller, signal, ...options });
  const patches = (): number => cluster.server.trace.requests({ method: 'PATCH' }).length;
  const kubectl = async (data: Record<string, string>): Promise<void> => {
    await cluster.client.mergePatch(configMapKind, key, { data }, { signal, fieldManager: 'kubectl' });
  };

  describe('matches before it writes', () => {
    it('an equal Deployment is not written, whatever the server defaulted, even by a new process', async () => {
      const { events } = await watch(deploymentKind);
      expect(await apply(deploymentKind, deployment(2))).toMatchObject({ outcome: 'created' });
      await until(() => events.length === 1);
      const restarted = new ConsistentWriter({ client: cluster.client, informers, ownWrites });
      const request = { kind: deploymentKind, desired: deployment(2), fieldManager, controller, signal };
      expect(await restarted.apply(request)).toMatchObject({ outcome: 'skipped' });
      expect(patches()).toBe(1);
    });

    it.each([
      { change: 'another value', next: deployment(3) },
      { change: 'another image', next: deployment(2, { image: 'httpd' }) },
      {
        change: 'one item more',
        next: deployment(2, {
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        }),
      },
      { change: 'one item less', next: deployment(2, { env: [] }) },
      { change: 'a field dropped', next: deployment(2, { resources: { limits: { cpu: '1' } } }) },
      { change: 'another quantity', next: deployment(2, { resources: { limits: { cpu: '2', memory: '64Mi' } } }) },
    ])('$change is written', async ({ next }) => {
      await watch(deploymentKind);
      await apply(deploymentKind, deployment(2));
      expect(await apply(deploymentKind, next)).toMatchObject({ outcome: 'updated' });
    });

    it('drift is repaired: a foreign edit of our field is taken back', async () => {
      const { informer, triggers } = await watch(configMapKind);
      await apply(configMapKind, configMap('web', { k: 'ours' }));
      await kubectl({ k: 'theirs' });
      await until(() => triggers.length === 1);
      expect(informer.get(key)?.data).toEqual({ k: 'theirs' });
      expect(await apply(configMapKind, configMap('web', { k: 'ours' }), { onConflict: 'take' })).toMatchObject({
        outcome: 'updated',
        object: { data: { k: 'ours' } },
      });
    });

    it('what nobody desires any more is removed', async () => {
      await watch(configMapKind);
      await apply(configMapKind, configMap('web', { k: '1', l: '2' }));
      const { object } = await apply(configMapKind, configMap('web', { k: '1' }));
      expect(object.data).toEqual({ k: '1' });
    });

    it('metadata-only children are not written twice', async () => {
      const { triggers } = await watch(configMapKind, true);
      await apply(configMapKind, configMap('web', { k: '1' }));
      expect(await apply(configMapKind, configMap('web', { k: '1' }))).toMatchObject({ outcome: 'skipped' });
      expect(await apply(configMapKind, configMap('web', { k: '2' }))).toMatchObject({ outcome: 'updated' });
      await kubectl({ other: 'x' });
      await until(() => triggers.length === 1);
      expect(triggers.map(({ type }) => type)).toEqual(['updated']);
    });
  });

  describe('own echoes', () => {
    it('100 applies of changing values trigger nothing; the first foreign edit does', async () => {
      const { triggers, events } = await watch(deploymentKind);
      for (let replicas = 0; replicas < 100; replicas++) {
        await apply(deploymentKind, deployment(replicas));
      }
      await until(() => events.length === 100);
      expect(triggers).toEqual([]);
      const labels = { metadata: { labels: { foreign: 'x' } } };
      await cluster.client.mergePatch(deploymentKind, key, labels, { signal, fieldManager: 'kubectl' });
      await until(() => triggers.length === 1);
      expect(ownWrites.size).toBe(0);
    });

    it('their events carry the objects the answers brought, foreign ones do not', async () => {
      const { informer, events } = await watch(configMapKind);
      const versions = Array.from({ length: 20 }, (_, i) => String(i));
      for (const a of versions) {
        await apply(configMapKind, { ...configMap('web'), data: { a } });
        expect(informer.get(key)?.data).toEqual({ a });
      }
      await until(() => events.length === versions.length);
      const read = informer.get(key);
      await kubectl({ b: '1' });
      await until(() => events.length === versions.length + 1);
      expect(events.map(({ object }) => object.data?.['a'])).toEqual([...versions, '19']);
      expect(events.at(-2)?.object).toBe(read);
      expect(informer.get(key)).not.toBe(read);
      expect(informer.get(key)?.data).toEqual({ a: '19', b: '1' });
    });

    it('a patch of our finalizer triggers nothing', async () => {
      await cluster.client.create(configMapKind, configMap('web'), { signal });
      const { triggers, events } = await watch(configMapKind);
      triggers.length = 0;
      const operations = [
        { op: 'test', path: '/metadata/name', value: 'web' },
        { op: 'add', path: '/metadata/finalizers', value: ['example.com/f'] },
      ] as const;
      await writer.jsonPatch(configMapKind, key, operations, { controller, signal });
      await until(() => events.length === 2);
      expect(triggers).toEqual([]);
    });
  });

  describe('reads after writes', () => {
    it('an apply is readable at once, by key and by index', async () => {
      const { informer } = await watch(configMapKind);
      const owner = await cluster.client.create(configMapKind, configMap('owner'), { signal });
      const child = configMap('web', { k: '1' });
      const ownerReferences = [controllerRef(owner.object)];
      await apply(configMapKind, { ...child, metadata: { ...child.metadata, ownerReferences } });
      expect(informer.get(key)?.data).toEqual({ k: '1' });
      const children = informer.byIndex('owner', String(owner.object.metadata.uid));
      expect(children.map((object) => object.metadata.name)).toEqual(['web']);
    });

    it('a deleted object is gone at once, and its deletion is told', async () => {
      const { informer, triggers } = await watch(configMapKind);
      await apply(configMapKind, configMap('web'));
      await writer.delete(configMapKind, key, { controller, signal });
      expect(informer.get(key)).toBeUndefined();
      await until(() => triggers.length === 1);
      expect(triggers[0]?.type).toBe('deleted');
    });
  });

  describe('conflicts', () => {
    const contested = async (ownerReferences?: KubeObject['metadata']['ownerReferences']): Promise<void> => {
      const object = configMap('web', { k: 'theirs', free: '1' });
      const metadata = { ...object.metadata, ...(ownerReferences === undefined ? {} : { ownerReferences }) };
      await cluster.client.create(configMapKind, { ...object, metadata }, { signal, fieldManager: 'helm' });
      await watch(configMapKind);
    };

    it('with a stranger fail, naming field, owner and fix; nothing is stolen', async () => {
      await contested();
      const applying = apply(configMapKind, configMap('web', { k: 'ours' }), { ownerUid: 'some-uid' });
      await expect(applying).rejects.toMatchObject({
        code: 'APPLY_CONFLICT',
        details: [{ field: '.data.k', manager: 'helm' }],
        message: expect.stringContaining('.data.k (owned by "helm"); set onConflict') as string,
      });
      expect(await cluster.client.get(configMapKind, key, { signal })).toMatchObject({ data: { k: 'theirs' } });
    });

    it('over our own child are taken, and told', async () => {
      const owner = await cluster.client.create(configMapKind, configMap('owner'), { signal });
      await contested([controllerRef(owner.object)]);
      const told: string[] = [];
      const result = await apply(configMapKind, configMap('web', { k: 'ours' }), {
        ownerUid: String(owner.object.metadata.uid),
        onConflicts: (conflicts, action) => told.push(`${action} ${conflicts[0]?.field} of ${conflicts[0]?.manager}`),
      });
      expect(result.object.data).toMatchObject({ k: 'ours' });
      expect(told).toEqual(['taken .data.k of helm']);
    });

    it('can be yielded: the contested field is left out, the others are applied', async () => {
      await contested();
      const { object } = await apply(configMapKind, configMap('web', { k: 'ours', l: '2' }), { onConflict: 'yield' });
      expect(object.data).toEqual({ k: 'theirs', free: '1', l: '2' });
    });
  });

  describe('fence annotation', () => {
    const leading = (stamp: string): Partial<ApplyRequest<ConfigMap>> => ({ fence: { ...unelectedLeadership, stamp } });

    it('is written with a write that happens anyway, and causes none after a failover', async () => {
      await watch(configMapKind);
      const { object } = await apply(configMapKind, configMap('web', { k: '1' }), leading('c.1'));
      expect(object.metadata.annotations).toEqual({ 'k8sop.dev/fence': 'c.1' });
      expect(await apply(configMapKind, configMap('web', { k: '1' }), leading('c.2'))).toMatchObject({
        outcome: 'skipped',
      });
      const restarted = new ConsistentWriter({ client: cluster.client, informers, ownWrites });
      const request = { kind: configMapKind, desired: configMap('web', { k: '1' }), fieldManager, controller, signal };
      expect(await restarted.apply({ ...request, ...leading('c.3') })).toMatchObject({ outcome: 'skipped' });
    });
  });

  describe('a write under an election that reaches the server late', () => {
    /** The second attempt finds the leadership lost, as a process does that was frozen on the way of the first. */
    const frozen = (): Leadership => {
      let attempts = 0;
      const assertHeld = (): void => [() => {}, leadershipOver][attempts++]?.();
      return { ...unelectedLeadership, stamp: 'c.1', assertHeld };
    };
    /** Applies on what the cache knows, and lets the server handle it only after `meanwhile`. */
    const applyLate = async (fence: Leadership, meanwhile: (client: KubeClient) => Promise<unknown>): Promise<Late> => {
      const clock = manualClock();
      await using slow = await TestCluster.start({ controllers: 'none', clock });
      const { client, server } = slow;
      await using known = new SharedInformers({ client, ownManagers: new Set([fieldManager]) });
      const lateWriter = new ConsistentWriter({ client, informers: known, ownWrites });
      await known.acquire({ kind: configMapKind }).informer.waitForSync({ signal });
      const request = { kind: configMapKind, fieldManager, controller, signal };
      await lateWriter.apply({ ...request, desired: configMap('web', { k: '1' }) });
      const held = server.inject({ resource: 'configmaps', verb: 'patch' }, { delayMs: 60_000, times: 1 });
      const outcome = lateWriter.apply({ ...request, desired: configMap('web', { k: 'late' }), fence }).then(
        (result) => result.outcome,
        (error: unknown) => (isRuntimeError(error) ? error.code : error),
      );
      await until(() => held.hits === 1);
      await meanwhile(client);
      await clock.advance('60s');
      return { outcome: await outcome, found: await client.get(configMapKind, key, { signal }) };
    };
    const write = (client: KubeClient): Promise<unknown> =>
      client.mergePatch(configMapKind, key, { data: { l: 'successor' } }, { signal });

    it('is refused where its successor has written', async () => {
      const { outcome, found } = await applyLate(frozen(), write);
      expect(outcome).toBe('LEADERSHIP_LOST');
      expect(found?.data).toEqual({ k: '1', l: 'successor' });
    });

    it('does not bring back what its successor has deleted', async () => {
      const { outcome, found } = await applyLate(frozen(), (client) => client.delete(configMapKind, key, { signal }));
      expect(outcome).toBe('LEADERSHIP_LOST');
      expect(found).toBeUndefined();
    });

    it('is repeated without that demand by who still leads', async () => {
      const { outcome, found } = await applyLate({ ...unelectedLeadership, stamp: 'c.1' }, write);
      expect(outcome).toBe('updated');
      expect(found?.data).toEqual({ k: 'late', l: 'successor' });
    });
  });
});

interface Late {
  readonly outcome: unknown;
  readonly found: ConfigMap | undefined;
}

function leadershipOver(): never {
  throw new RuntimeError('LEADERSHIP_LOST', 'the lease is over');
}
