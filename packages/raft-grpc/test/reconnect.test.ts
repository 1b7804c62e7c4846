/**
 * A peer that was down for long is connected again within a second of its return, and at once when it connects to us. The wait
 * between attempts is longest after a second and a half, whether the peer is down for two seconds or for an hour: each attempt
 * dials anew.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { PeerDiscovery } from '@k8sop/raft-core';
import { expect, it } from 'vitest';
import { type AddressBook, discoveryOf, linked, TestNode } from './node.ts';

/** Attempts after which the wait does not grow any more: 20, 40, 80, 160, 320, 500, 500 ms. */
const attemptsToLongestWait = 8;

/** A port of which nobody listens now. */
async function quietPort(): Promise<number> {
  const reserved = createServer().listen(0, '127.0.0.1');
  await once(reserved, 'listening');
  const { port } = reserved.address() as AddressInfo;
  reserved.close();
  await once(reserved, 'close');
  return port;
}

it('reconnects within a second to a peer that was down until waits were longest', { timeout: 30_000 }, async () => {
  const port = await quietPort();
  const book: AddressBook = new Map([[2, port]]);
  let failedAttempts = 0;
  const discovery: PeerDiscovery = { ...discoveryOf(book), refresh: () => void (failedAttempts += 1) };
  await using a = await TestNode.start(1, book, { discovery });
  a.transport.setPeers([2]);
  while (failedAttempts < attemptsToLongestWait) await setImmediate();
  expect(a.unreachable.length).toBeGreaterThanOrEqual(attemptsToLongestWait - 1);

  await using b = await TestNode.start(2, book, { port });
  const backMs = performance.now();
  await b.until(() => b.connected.some(({ id }) => id === 1));
  expect(performance.now() - backMs).toBeLessThan(1000);
});

it('dials a peer that has connected to it without waiting any longer', { timeout: 30_000 }, async () => {
  const port = await quietPort();
  const book: AddressBook = new Map([[2, port]]);
  const { promise: failed, resolve: fails } = Promise.withResolvers<void>();
  const discovery: PeerDiscovery = { ...discoveryOf(book), refresh: () => fails() };
  const hour = 3_600_000;
  await using a = await TestNode.start(1, book, { discovery, reconnectMinMs: hour, reconnectMaxMs: hour });
  a.transport.setPeers([2]);
  await failed;

  await using b = await TestNode.start(2, book, { port });
  b.transport.setPeers([1]);
  await linked(a, b);
  expect(a.unreachable).toHaveLength(1);
});
