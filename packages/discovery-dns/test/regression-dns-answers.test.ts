/** What the predecessor did with DNS answers: a peer's id was its position in one, and an error removed all peers. */
import { nodeIdOf, type PeerAddressChange } from '@k8sop/raft-core';
import { ManualClock } from '@k8sop/raft-core/testing';
import { describe, expect, it } from 'vitest';
import { HeadlessServiceDiscovery } from '../src/headless-service-discovery.ts';
import type { Resolver } from '../src/resolver.ts';

const { signal } = new AbortController();
const ordinals = [0, 1, 2];
const good = ordinals.map((ordinal) => `10.0.0.${ordinal + 1}`);

/** The ordinal that a pod's name begins with. */
const ordinalIn = (name: string): number => Number(/^op-(\d+)\./.exec(name)?.[1]);
/** An answer that names the pod's own address among others, at another place each time. */
const shuffled = (name: string, turn: number): string[] => {
  const others = ['10.9.9.1', '10.9.9.2', '10.9.9.3'];
  others.splice(turn % 4, 0, good[ordinalIn(name)] as string);
  return others;
};

/** What is told when a pod is found for the first time. */
function first(ordinal: number): PeerAddressChange {
  return { id: nodeIdOf(ordinal), address: { host: good[ordinal] as string, port: 8080 } };
}

/** DNS that names only pods that are ready. */
async function whenReady(ready: ReadonlySet<number>, name: string): Promise<readonly string[]> {
  if (ready.has(ordinalIn(name))) return [good[ordinalIn(name)] as string];
  throw new Error('queryA ENOTFOUND');
}

class FaultyResolver implements Resolver {
  answer: (name: string) => Promise<readonly string[]> = async (name) => [good[ordinalIn(name)] as string];
  asked = 0;

  addresses(name: string): Promise<readonly string[]> {
    this.asked += 1;
    return this.answer(name);
  }
  async services(): Promise<never> {
    throw new Error('ENOTFOUND');
  }
}

function open(): { resolver: FaultyResolver; clock: ManualClock; discovery: HeadlessServiceDiscovery } {
  const [resolver, clock] = [new FaultyResolver(), new ManualClock()];
  const service = { set: 'op', service: 'op-raft', namespace: 'prod', clusterDomain: 'cluster.local' };
  return { resolver, clock, discovery: new HeadlessServiceDiscovery({ ...service, port: 8080, resolver, clock }) };
}

async function hosts(discovery: HeadlessServiceDiscovery): Promise<(string | undefined)[]> {
  const resolved = ordinals.map((ordinal) => discovery.resolve(nodeIdOf(ordinal), { signal }));
  return (await Promise.all(resolved)).map((address) => address?.host);
}

describe('P2: DNS answers never change who a peer is', () => {
  it.each([
    ['shuffled', async (name: string, turn: number) => shuffled(name, turn)],
    ['empty', async () => []],
    ['SERVFAIL', () => Promise.reject(new Error('queryA ESERVFAIL'))],
  ])('%s for five minutes: every address stays, and no change is told', async (_, answer) => {
    const { resolver, clock, discovery } = open();
    expect(await hosts(discovery)).toEqual(good);
    const stop = new AbortController();
    const changes: PeerAddressChange[] = [];
    const reading = (async () => {
      for await (const change of discovery.changes({ signal: stop.signal })) changes.push(change);
    })();

    let turn = 0;
    resolver.answer = (name) => answer(name, turn++);
    const before = resolver.asked;
    for (let elapsedMs = 0; elapsedMs < 300_000; elapsedMs += 500) {
      clock.advance(500);
      for (const ordinal of ordinals) discovery.refresh(nodeIdOf(ordinal)); // each connect fails
      const found = hosts(discovery);
      clock.advance(300); // longer than a known address waits for a fresh answer
      expect(await found).toEqual(good);
    }
    stop.abort();
    await reading;
    expect(changes).toEqual(ordinals.map(first)); // each once, in the beginning
    expect(resolver.asked - before).toBeGreaterThan(1_000);
  });
});

describe('P10: a cold start while DNS hides pods that are not ready', () => {
  it('finds each peer as soon as its name appears, and nobody before', async () => {
    const { resolver, clock, discovery } = open();
    const ready = new Set<number>();
    resolver.answer = (name) => whenReady(ready, name);
    const later = async (): Promise<(string | undefined)[]> => {
      clock.advance(250);
      return await hosts(discovery);
    };
    expect(await later()).toEqual([undefined, undefined, undefined]);
    ready.add(1);
    expect(await later()).toEqual([undefined, good[1], undefined]);
    for (const ordinal of ordinals) ready.add(ordinal);
    expect(await later()).toEqual(good);
    ready.clear(); // hidden again: not ready for a while
    for (const ordinal of ordinals) discovery.refresh(nodeIdOf(ordinal));
    expect(await later()).toEqual(good);
  });
});
