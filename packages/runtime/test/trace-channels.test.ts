/** Tracing hooks as a subscriber sees them. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { ConsistentWriter } from '../src/cache/consistent-writer.ts';
import { OwnWrites } from '../src/cache/own-writes.ts';
import { SharedInformers } from '../src/cache/shared-informers.ts';
import { systemClock } from '../src/clock.ts';
import { configMap, configMapKind, TestCluster, until } from './test-cluster.ts';

const { signal } = new AbortController();

describe('tracing channels', () => {
  it('tell lists, watches and applies with what they are about', async () => {
    await using cluster = await TestCluster.start({ controllers: 'none' });
    await using informers = new SharedInformers({ client: cluster.client });
    const writer = new ConsistentWriter({
      client: cluster.client,
      informers,
      ownWrites: new OwnWrites({ clock: systemClock }),
    });
    const told: unknown[] = [];
    const note = (message: unknown, name: string | symbol): void => void told.push([name, message]);
    const channels = ['list', 'watch', 'apply'].map((name) => `tracing:k8sop:${name}:start`);
    for (const channel of channels) {
      subscribe(channel, note);
    }
    const { informer } = informers.acquire({ kind: configMapKind, namespaces: ['default'] });
    await informer.waitForSync({ signal });
    await until(() => told.length === 2);
    const request = { kind: configMapKind, desired: configMap('a'), fieldManager: 'm', controller: 'c', signal };
    await writer.apply(request);
    for (const channel of channels) {
      unsubscribe(channel, note);
    }
    expect(told).toMatchObject([
      ['tracing:k8sop:list:start', { resource: 'configmaps', namespace: 'default' }],
      ['tracing:k8sop:watch:start', { resource: 'configmaps', namespace: 'default' }],
      ['tracing:k8sop:apply:start', { controller: 'c', resource: 'configmaps', namespace: 'default', name: 'a' }],
    ]);
  });
});
