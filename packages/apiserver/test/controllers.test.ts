import { describe, expect, it } from 'vitest';
import { configMap, type WatchEvent } from './api-client.ts';
import { serveTests } from './serve-tests.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const secrets = '/api/v1/namespaces/default/secrets';
const { client } = await serveTests();

/** The events of one named object up to and including its deletion. */
async function untilDeleted(collection: string, name: string, act: () => Promise<unknown>): Promise<WatchEvent[]> {
  const { body } = await client.get(collection);
  const selector = `fieldSelector=metadata.name%3D${name}`;
  const stream = await client.watch(
    `${collection}?watch=1&${selector}&resourceVersion=${body.metadata.resourceVersion}`,
  );
  await act();
  const events: WatchEvent[] = [];
  do events.push(...(await stream.take(1)));
  while (events.at(-1)?.type !== 'DELETED');
  stream.close();
  return events;
}

async function owned(ownerName: string, name: string, blockOwnerDeletion = false): Promise<void> {
  const { body: owner } = await client.get(`${maps}/${ownerName}`);
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: ownerName, uid: owner.metadata.uid, blockOwnerDeletion },
  ];
  const created = await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ownerReferences },
  });
  expect(created.status).toBe(201);
}

describe('garbage collection', () => {
  it('deletes dependents after their owner, by default in the background', async () => {
    await client.create(maps, configMap('bg'));
    await owned('bg', 'bg-child');
    const events = await untilDeleted(secrets, 'bg-child', () => client.delete(`${maps}/bg`));
    expect(events.map(({ type }) => type)).toEqual(['DELETED']);
  });

  it('keeps a foreground-deleted owner until blocking dependents are gone', async () => {
    await client.create(maps, configMap('fg'));
    await owned('fg', 'fg-child', true);
    await client.merge(`${secrets}/fg-child`, { metadata: { finalizers: ['example.com/hold'] } });
    const answer = await client.delete(`${maps}/fg?propagationPolicy=Foreground`);
    expect(answer.body.metadata).toMatchObject({ finalizers: ['foregroundDeletion'] });
    expect((await client.get(`${maps}/fg`)).status).toBe(200);
    const events = await untilDeleted(maps, 'fg', () =>
      client.merge(`${secrets}/fg-child`, { metadata: { finalizers: null } }),
    );
    expect(events.at(-1)?.type).toBe('DELETED');
    expect((await client.get(`${secrets}/fg-child`)).status).toBe(404);
  });

  it('frees dependents under the Orphan policy', async () => {
    await client.create(maps, configMap('or'));
    await owned('or', 'or-child');
    await untilDeleted(maps, 'or', () => client.delete(`${maps}/or?propagationPolicy=Orphan`));
    const { body } = await client.get(`${secrets}/or-child`);
    expect(body.metadata.ownerReferences).toBeUndefined();
  });

  it('deletes what names an owner that never was', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: 'no-such-uid' }];
    await untilDeleted(maps, 'stray', () => client.create(maps, configMap('stray', {}, { ownerReferences })));
    expect((await client.get(`${maps}/stray`)).status).toBe(404);
  });

  it('drops the reference to one owner that is gone while another lives', async () => {
    const { body: alive } = await client.create(maps, configMap('alive'));
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'alive', uid: alive.metadata.uid },
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'dead', uid: 'gone' },
    ];
    const { body: list } = await client.get(maps);
    const stream = await client.watch(`${maps}?watch=1&resourceVersion=${list.metadata.resourceVersion}`);
    await client.create(maps, configMap('shared', {}, { ownerReferences }));
    const [, modified] = await stream.take(2);
    stream.close();
    expect(modified?.object.metadata.ownerReferences).toEqual([ownerReferences[0]]);
  });
});

describe('namespace deletion', () => {
  const namespace = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

  it('empties the namespace, then removes it', async () => {
    await client.create('/api/v1/namespaces', namespace('full'));
    await client.create('/api/v1/namespaces/full/configmaps', configMap('a'));
    await untilDeleted('/api/v1/namespaces', 'full', () => client.delete('/api/v1/namespaces/full'));
    expect((await client.get('/api/v1/configmaps')).body.items).not.toContainEqual(
      expect.objectContaining({ metadata: expect.objectContaining({ namespace: 'full' }) }),
    );
  });

  it('waits for finalizers inside, names them, and refuses new content meanwhile', async () => {
    await client.create('/api/v1/namespaces', namespace('held'));
    const inside = '/api/v1/namespaces/held/configmaps';
    await client.create(inside, configMap('a', {}, { finalizers: ['example.com/hold'] }));
    const { body: list } = await client.get('/api/v1/namespaces');
    const stream = await client.watch(`/api/v1/namespaces?watch=1&resourceVersion=${list.metadata.resourceVersion}`);
    await client.delete('/api/v1/namespaces/held');
    const [, described] = await stream.take(2);
    expect(described?.object.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        message: expect.stringContaining('example.com/hold in 1 resource instances'),
      }),
    );
    const refused = await client.create(inside, configMap('late'));
    expect(refused).toMatchObject({ status: 403, body: { reason: 'Forbidden', code: 403 } });
    expect(refused.body.details.causes[0].reason).toBe('NamespaceTerminating');
    await client.merge(`${inside}/a`, { metadata: { finalizers: null } });
    expect((await stream.take(1))[0]?.type).toBe('DELETED');
    stream.close();
  });
});
