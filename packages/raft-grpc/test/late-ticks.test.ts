/**
 * A follower's event loop stalls for longer than its election timeout while the leader's heartbeats queue up in the socket.
 * Node fires the overdue tick first; the driver must read the heartbeats before it counts that tick, and not campaign.
 */
import { on, once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Clock } from '@k8sop/raft-core';
import { expect, it } from 'vitest';
import { clock, startVoter, tapped, transportOf } from './late-ticks-node.ts';
import type { AddressBook } from './node.ts';

const stallMs = 400;
const stallCount = 5;
const beatsPerStall = 10;

type Told =
  | { readonly type: 'ports'; readonly ports: readonly (readonly [number, number])[] }
  | { readonly type: 'leads' };

it(`campaigns in none of ${stallCount} stalls of ${stallMs} ms, and reads what the leader sent before it ticks`, async () => {
  const beatsSent = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('fixtures/late-ticks-peers.ts', import.meta.url), {
    execArgv: ['--conditions=@k8sop/source'],
    workerData: beatsSent,
  });
  const told = on(worker, 'message');
  const book: AddressBook = new Map();
  const { ports } = await next(told, 'ports');
  for (const [id, port] of ports) book.set(id, port);
  await next(told, 'leads');

  const events: string[] = [];
  const deferring = new Set<() => void>(); // on a busy machine a tick may be late before a stall, and put off until after it
  const defer: Clock['defer'] = (callback) => {
    deferring.add(callback);
    return clock.defer(() => {
      deferring.delete(callback);
      callback();
    });
  };
  const transport = transportOf(book);
  const follower = await startVoter(2, tapped(transport, { received: ({ type }) => void events.push(type) }), {
    clock: { ...clock, defer },
    tracer: {
      trace: ({ type }) => void events.push(type),
    },
  });
  worker.postMessage({ port: transport.port });
  while (follower.status().leaderId === 0) await turn();
  const { term, leaderId } = follower.status();

  for (let stall = 0; stall < stallCount; stall++) {
    const heard = events.length;
    while (events.slice(heard).filter((event) => event === 'heartbeat').length < 3) await turn();
    while (deferring.size > 0) await turn();
    events.length = 0;
    standStill(beatsSent);
    while (!events.includes('lateTick')) await turn();
    const beforeTick = events.slice(0, events.indexOf('lateTick'));
    expect(beforeTick.filter((event) => event === 'heartbeat').length).toBeGreaterThan(3);
    expect(events.filter((event) => event === 'role')).toEqual([]);
  }
  expect(follower.status()).toMatchObject({ role: 'follower', term, leaderId });

  await follower[Symbol.asyncDispose]();
  await transport[Symbol.asyncDispose]();
  worker.postMessage('end');
  await once(worker, 'exit');
}, 60_000);

/** Blocks this thread for as long as a stall takes, and until a leader short of processor time has sent enough meanwhile. */
function standStill(beatsSent: Int32Array): void {
  const fromMs = performance.now();
  const from = Atomics.load(beatsSent, 0);
  for (;;) {
    const sent = Atomics.load(beatsSent, 0);
    if (sent - from >= beatsPerStall && performance.now() - fromMs >= stallMs) return;
    Atomics.wait(beatsSent, 0, sent, stallMs);
  }
}

/** The worker's next message of this type. */
async function next<T extends Told['type']>(
  told: AsyncIterator<readonly Told[]>,
  type: T,
): Promise<Told & { readonly type: T }> {
  for (;;) {
    const { value, done } = await told.next();
    expect(done, `the worker ended without ${type}`).toBe(false);
    const message = (value as readonly Told[]).find((told) => told.type === type);
    if (message !== undefined) return message as Told & { readonly type: T };
  }
}
