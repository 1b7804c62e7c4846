/** Against a real DNS server on loopback: what the predecessor got wrong was trusting answers. */
import { type PeerAddressChange, nodeIdOf } from '@k8sop/raft-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadlessServiceDiscovery } from '../src/headless-service-discovery.ts';
import { dnsResolver } from '../src/resolver.ts';
import { type DnsServer, startDnsServer } from './dns-server.ts';

const service = { set: 'op', service: 'op-raft', namespace: 'prod', clusterDomain: 'cluster.local' };
const pod = (ordinal: number): string => `op-${ordinal}.op-raft.prod.svc.cluster.local`;
const srvName = '_raft._tcp.op-raft.prod.svc.cluster.local';
const { signal } = new AbortController();

let dns: DnsServer;
let discovery: HeadlessServiceDiscovery;

beforeEach(async () => {
  dns = await startDnsServer();
  for (const ordinal of [0, 1, 2]) dns.names.set(pod(ordinal), { addresses: [`10.0.0.${ordinal + 1}`] });
  discovery = open();
});
afterEach(() => dns[Symbol.asyncDispose]());

interface Waits {
  readonly tries?: number;
  readonly timeoutMs?: number;
  readonly freshAnswerMs?: number;
}

/** Waits for an answer as long as a busy machine takes to give one, unless told otherwise. */
function open({ tries = 1, timeoutMs = 4_000, freshAnswerMs = 60_000 }: Waits = {}): HeadlessServiceDiscovery {
  return new HeadlessServiceDiscovery({
    ...service,
    port: 8080,
    minLookupIntervalMs: 0,
    freshAnswerMs,
    resolver: dnsResolver({ servers: [dns.address], timeoutMs, tries }),
  });
}

async function ask(ordinal: number): Promise<string> {
  discovery.refresh(nodeIdOf(ordinal));
  const address = await discovery.resolve(nodeIdOf(ordinal), { signal });
  return address === undefined ? 'unknown' : `${address.host}:${address.port}`;
}

describe('headless-service discovery', () => {
  it('finds each ordinal by its full name, so position in an answer means nothing', async () => {
    expect(await Promise.all([ask(0), ask(1), ask(2)])).toEqual(['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:8080']);
    expect(new Set(dns.asked)).toEqual(new Set([pod(0), pod(1), pod(2), srvName]));
  });

  it('takes the port from SRV records where they are present', async () => {
    dns.names.set(srvName, { services: [{ target: pod(1), port: 9999 }] });
    expect(await Promise.all([ask(0), ask(1)])).toEqual(['10.0.0.1:8080', '10.0.0.2:9999']);
  });

  it('asks once for a good address, however often it is wanted', async () => {
    await ask(0);
    const before = dns.asked.length;
    for (let i = 0; i < 50; i++) await discovery.resolve(nodeIdOf(0), { signal });
    expect(dns.asked.length).toBe(before);
  });

  it.each(['servfail', 'nxdomain', 'refused', 'silent'] as const)('keeps every address through %s', async (mode) => {
    discovery = open({ freshAnswerMs: 100 });
    await Promise.all([ask(0), ask(1), ask(2)]);
    dns.mode = mode;
    expect(await Promise.all([ask(0), ask(1), ask(2)])).toEqual(['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:8080']);
  });

  it('keeps an address when the answer turns empty or the name disappears', async () => {
    await Promise.all([ask(0), ask(1)]);
    dns.names.set(pod(0), { addresses: [] });
    dns.names.delete(pod(1));
    expect(await Promise.all([ask(0), ask(1)])).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
  });

  it('keeps the port that SRV records told when only they fail', async () => {
    dns.names.set(srvName, { services: [{ target: pod(0), port: 9999 }] });
    await ask(0);
    dns.names.delete(srvName);
    expect(await ask(0)).toBe('10.0.0.1:9999');
  });

  it('moves with a pod that got a new address, and tells so once', async () => {
    const stop = new AbortController();
    const changes: PeerAddressChange[] = [];
    await ask(0);
    dns.names.set(pod(0), { addresses: ['10.0.9.9'] });
    expect(await ask(0)).toBe('10.0.9.9:8080');
    await ask(0);
    for await (const change of discovery.changes({ signal: stop.signal })) {
      changes.push(change);
      stop.abort();
    }
    expect(changes).toEqual([{ id: 1, address: { host: '10.0.9.9', port: 8080 } }]);
  });

  it('stays with a known address while a reordered answer still names it', async () => {
    dns.names.set(pod(0), { addresses: ['10.0.0.2', '10.0.0.1'] });
    expect(await ask(0)).toBe('10.0.0.1:8080');
    dns.names.set(pod(0), { addresses: ['10.0.0.0', '10.0.0.1', '10.0.0.2'] });
    expect(await ask(0)).toBe('10.0.0.1:8080');
  });

  it('asks again over TCP for an answer that did not fit, as that of a large Service does', async () => {
    dns.truncates = true;
    const services = Array.from({ length: 60 }, (_, ordinal) => ({ target: pod(ordinal), port: 9000 + ordinal }));
    dns.names.set(srvName, { services });
    expect(await ask(2)).toBe('10.0.0.3:9002');
    expect(dns.overTcp).toBeGreaterThanOrEqual(2); // address and port
  });

  it('sends a lost query again', async () => {
    discovery = open({ tries: 5, timeoutMs: 250 });
    dns.loses = 2;
    expect(await ask(1)).toBe('10.0.0.2:8080');
  });

  it('asks full names only, whatever the search list of the machine says', async () => {
    expect(await ask(7)).toBe('unknown');
    expect(dns.asked.every((name) => name.endsWith('.op-raft.prod.svc.cluster.local'))).toBe(true);
  });

  it('knows nothing of a name that never resolved, and finds it later', async () => {
    expect(await ask(7)).toBe('unknown');
    dns.names.set(pod(7), { addresses: ['10.0.0.8'] });
    expect(await ask(7)).toBe('10.0.0.8:8080');
  });

  it('stops waiting when its signal aborts', async () => {
    dns.mode = 'silent';
    const stop = new AbortController();
    const waiting = discovery.resolve(nodeIdOf(0), { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
