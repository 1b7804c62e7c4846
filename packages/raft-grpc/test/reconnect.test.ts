/**
 * A peer that was down for long is connected again within a second of its return: waits between attempts stay short, whether
 * the peer is down for two seconds or for an hour, and each attempt dials anew, so that the first after its return succeeds.
 */
import { setImmediate } from 'node:timers/promises';
import type { PeerDiscovery } from '@k8sop/raft-core';
import { expect, it, vi } from 'vitest';
import { type AddressBook, discoveryOf, TestNode } from './node.ts';

/** Attempts after which the wait does not grow any more: 20, 40, 80, 160, 320, 500, 500 ms. */
const attemptsToLongestWait = 8;
const waitsMs: number[] = [];

vi.mock(import('node:timers/promises'), async (original) => {
  const timers = await original();
  const setTimeout: typeof timers.setTimeout = (delayMs, ...rest) => {
    waitsMs.push(delayMs ?? 0);
    return timers.setTimeout(delayMs, ...rest);
  };
  return { ...timers, setTimeout };
});

it('reconnects at the first attempt to a peer that was down until waits were longest, and those are short', async () => {
  const book: AddressBook = new Map();
  const before = await TestNode.start(2, book);
  const port = before.transport.port;
  await before[Symbol.asyncDispose]();

  let failedAttempts = 0;
  const discovery: PeerDiscovery = { ...discoveryOf(book), refresh: () => void (failedAttempts += 1) };
  await using a = await TestNode.start(1, book, { discovery });
  a.transport.setPeers([2]);
  while (failedAttempts < attemptsToLongestWait) await setImmediate();
  expect(a.unreachable.length).toBeGreaterThanOrEqual(attemptsToLongestWait - 1);

  await using b = await TestNode.start(2, book, { port });
  const underWay = failedAttempts + 1;
  await b.until(() => b.connected.some(({ id }) => id === 1));
  expect(failedAttempts).toBeLessThanOrEqual(underWay);
  expect(Math.max(...waitsMs.filter((_, i) => i < underWay))).toBeLessThanOrEqual(600);
  expect(Math.max(...waitsMs)).toBeGreaterThan(300);
});
