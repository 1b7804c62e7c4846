/** The gRPC transport keeps the contract of the transport port, over real sockets on loopback. */
import { setImmediate } from 'node:timers/promises';
import { transportSuite } from '@k8sop/raft-core/testing';
import { describe, expect, it } from 'vitest';
import { GrpcTransport } from '../src/grpc-transport.ts';
import { type AddressBook, discoveryOf } from './node.ts';

transportSuite({ describe, it, expect }, () => {
  const book: AddressBook = new Map();
  return {
    create: (id) =>
      new GrpcTransport({
        discovery: discoveryOf(book),
        host: '127.0.0.1',
        port: book.get(id) ?? 0,
        outboxBytes: 1_000_000,
      }),
    started: (id, transport) => book.set(id, (transport as GrpcTransport).port),
    turn: () => setImmediate(),
  };
});
