import { ApisApi, CoreV1Api, KubeConfig, KubernetesObjectApi, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from '../src/index.ts';

let api: ApiServer;
let config: KubeConfig;
beforeAll(async () => {
  api = await startApiServer();
  config = new KubeConfig();
  config.loadFromString(api.kubeconfig());
});
afterAll(() => api.stop());

it('lets the official client list, create, patch and delete', async () => {
  const core = config.makeApiClient(CoreV1Api);
  const namespace = 'default';
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' }, data: { k: 'v' } } });
  const { items } = await core.listNamespacedConfigMap({ namespace });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['a']);
  const body = [{ op: 'replace', path: '/data/k', value: 'w' }];
  const patched = await core.patchNamespacedConfigMap({ namespace, name: 'a', body });
  expect(patched.data).toEqual({ k: 'w' });
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
  expect((await core.listNamespacedConfigMap({ namespace })).items).toEqual([]);
});

it('delivers its watch events in order', async () => {
  const seen: [string, string][] = [];
  const watch = new Watch(config);
  const path = '/api/v1/namespaces/default/secrets';
  const types = new Promise<string[]>((done, fail) => {
    const finish: Record<string, () => void> = { DELETED: () => done(seen.map(([type]) => type)) };
    const deliver = (type: string, object: { metadata: { name: string } }): void => {
      seen.push([type, object.metadata.name]);
      finish[type]?.();
    };
    watch
      .watch(path, {}, deliver, fail)
      .then(async () => {
        const core = config.makeApiClient(CoreV1Api);
        await core.createNamespacedSecret({ namespace: 'default', body: { metadata: { name: 's' } } });
        await core.deleteNamespacedSecret({ namespace: 'default', name: 's' });
      })
      .catch(fail);
  });
  expect(await types).toEqual(['ADDED', 'DELETED']);
});

it('finds kinds through legacy discovery', async () => {
  const groups = await config.makeApiClient(ApisApi).getAPIVersions();
  expect(groups.groups.map(({ name }) => name)).toContain('apps');
  const objects = KubernetesObjectApi.makeApiClient(config);
  const created = await objects.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'g', namespace: 'default' },
  });
  expect(created.metadata?.name).toBe('g');
});
