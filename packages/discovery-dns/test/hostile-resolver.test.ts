/** Resolvers that do their worst: silence, thousands of addresses, another answer each time. Nothing grows, nothing hangs. */
import { nodeIdOf, type PeerAddress, type PeerAddressChange } from '@k8sop/raft-core';
import { ManualClock } from '@k8sop/raft-core/testing';
import { describe, expect, it } from 'vitest';
import { HeadlessServiceDiscovery } from '../src/headless-service-discovery.ts';
import type { Resolver } from '../src/resolver.ts';

const { signal } = new AbortController();
const id = nodeIdOf(1);
const silence = (): Promise<never> => new Promise(() => {});
const none = (): Promise<never> => Promise.reject(new Error('ENOTFOUND'));
const limitMs = 5_000;

function open(resolver: Resolver): { clock: ManualClock; discovery: HeadlessServiceDiscovery } {
  const clock = new ManualClock();
  const service = { set: 'op', service: 'op-raft', namespace: 'prod', clusterDomain: 'cluster.local' };
  return { clock, discovery: new HeadlessServiceDiscovery({ ...service, port: 8080, resolver, clock }) };
}

/** What is found by the time a lookup may take. */
async function found({ clock, discovery }: ReturnType<typeof open>): Promise<PeerAddress | undefined> {
  clock.advance(250); // not too soon after the one before
  discovery.refresh(id);
  const resolved = discovery.resolve(id, { signal });
  clock.advance(limitMs);
  return await resolved;
}

/** So many addresses, none of them in the answer before. */
function crowd(turn: number): string[] {
  return Array.from({ length: 4_000 }, (_, i) => `10.${turn % 250}.${i >> 8}.${i % 256}`);
}

describe('a resolver that', () => {
  it('never answers, not even when cancelled, is given up after 5 s and asked again', async () => {
    let asked = 0;
    const addresses = (): Promise<never> => {
      asked += 1;
      return silence();
    };
    const world = open({ addresses, services: silence });
    expect([await found(world), await found(world)]).toEqual([undefined, undefined]);
    expect(asked).toBe(2);
    expect(world.clock.pendingCount).toBe(0);
  });

  it('answers for addresses and not for SRV records costs the wait, and the usual port is used', async () => {
    const world = open({ addresses: () => Promise.resolve(['10.0.0.2']), services: silence });
    expect(await found(world)).toEqual({ host: '10.0.0.2', port: 8080 });
  });

  it('gives thousands of addresses, others each time, changes one address a lookup and keeps one change', async () => {
    let turn = 0;
    const world = open({ addresses: () => Promise.resolve(crowd(turn++)), services: none });
    for (let i = 0; i < 100; i++) {
      world.discovery.refresh(id);
      const resolved = world.discovery.resolve(id, { signal });
      expect((await resolved)?.host).toMatch(/^10\./);
      world.clock.advance(limitMs);
    }
    expect(turn).toBe(100);
    const changes: PeerAddressChange[] = [];
    const stop = new AbortController();
    for await (const change of world.discovery.changes({ signal: stop.signal })) {
      changes.push(change);
      stop.abort();
    }
    expect(changes).toEqual([{ id, address: { host: '10.99.0.0', port: 8080 } }]);
  });

  it('names the known address among thousands of others, and thousands of ports of others, changes nothing', async () => {
    const crowds = [[], crowd(1), crowd(2)];
    const world = open({
      addresses: () => Promise.resolve([...(crowds.shift() as string[]), '10.255.0.2']),
      services: () => Promise.resolve(crowd(3).map((target) => ({ target, port: 1, priority: 0, weight: 0 }))),
    });
    const ours = { host: '10.255.0.2', port: 8080 };
    expect([await found(world), await found(world), await found(world)]).toEqual([ours, ours, ours]);
  });
});
