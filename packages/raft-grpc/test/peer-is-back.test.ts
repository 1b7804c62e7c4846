/** A peer that comes back connects to everybody at once, and each of them connects to it then, however long it meant to wait. */
import type { PeerDiscovery } from '@k8sop/raft-core';
import { expect, it } from 'vitest';
import { type AddressBook, discoveryOf, linked, TestNode } from './node.ts';

const hourMs = 3_600_000;

it('dials a peer that has connected to it without waiting any longer', { timeout: 60_000 }, async () => {
  const book: AddressBook = new Map();
  const before = await TestNode.start(2, book);
  const { port } = before.transport;
  await before[Symbol.asyncDispose]();

  const failed = Promise.withResolvers<void>();
  const discovery: PeerDiscovery = { ...discoveryOf(book), refresh: () => failed.resolve() };
  await using a = await TestNode.start(1, book, { discovery, reconnectMinMs: hourMs, reconnectMaxMs: hourMs });
  a.transport.setPeers([2]);
  await failed.promise;

  await using b = await TestNode.start(2, book, { port });
  b.transport.setPeers([1]);
  await linked(a, b);
  expect(a.unreachable).toHaveLength(1);
});
