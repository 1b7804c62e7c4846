/** The adapter's own risks, over real sockets: identity, order, bounds, broken streams, snapshots. */
import { Client, credentials } from '@grpc/grpc-js';
import { configurationOf, type Entry, type Message, RaftError, type SnapshotOffer } from '@k8sop/raft-core';
import { describe, expect, it } from 'vitest';
import { GrpcTransport } from '../src/grpc-transport.ts';
import { raftService } from '../src/raft-service.ts';
import { type AddressBook, discoveryOf, linked, MemorySink, signal, sourceOf, TestNode } from './node.ts';

const entry = (index: number, sizeBytes = 10): Entry => ({
  index,
  term: 2,
  type: 'command',
  data: new Uint8Array(sizeBytes).fill(index),
});
const append = (from: number, to: number, entries: Entry[]): Message => ({
  type: 'append',
  from,
  to,
  term: 2,
  prevIndex: (entries[0]?.index ?? 1) - 1,
  prevTerm: 1,
  entries,
  commit: 4,
  round: 9,
  promiseMs: 150,
});
const configuration = configurationOf([
  { id: 1, uuid: 'uuid-1' },
  { id: 2, uuid: 'uuid-2' },
]);
const offerOf = (content: Uint8Array): SnapshotOffer => ({
  type: 'snapshot',
  from: 1,
  to: 2,
  term: 2,
  round: 3,
  promiseMs: 150,
  snapshot: { index: 10, term: 2, configuration, timing: null, sizeBytes: content.byteLength, checksum: 7 },
});

describe('messages', () => {
  it('arrive in order, entire, and with the identity that the hello attested', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    const sent = Array.from({ length: 200 }, (_, i) => append(1, 2, [entry(i + 1), entry(i + 2)]));
    a.transport.send(sent);
    await b.until(() => b.received.length === sent.length);
    expect(b.received.map(({ message }) => message)).toEqual(sent);
    expect(b.received.at(-1)?.sender).toMatchObject({ id: 1, uuid: 'uuid-1', clusterId: 'c', generation: 1 });
  });

  it('of both directions use the streams that their sender dialled', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    b.transport.send([{ type: 'goodbye', from: 2, to: 1, term: 1 }]); // b has no link of its own yet
    await linked(b, a);
    expect(a.connected.map(({ id }) => id)).toContain(2);
    expect(a.received).toEqual([]);
  });

  it('tell a changed hello before the next message', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book, {}, { clusterId: '', generation: 0 });
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    a.own = { ...a.own, clusterId: 'c', generation: 1 };
    b.received.length = 0;
    a.transport.send([{ type: 'goodbye', from: 1, to: 2, term: 1 }]);
    await b.until(() => b.received.length === 1);
    expect(b.received[0]?.sender).toMatchObject({ clusterId: 'c', generation: 1 });
  });
});

describe('a hello', () => {
  it.each([
    {
      why: 'another cluster',
      hello: { clusterId: 'other' },
      says: 'cluster other, we to c: if it is to join this one, give it an empty',
    },
    { why: 'another generation', hello: { generation: 2 }, says: 'generation' },
    { why: 'an unknown protocol', hello: { protocolMin: 7, protocolMax: 9 }, says: 'protocol' },
    { why: 'no id at all', hello: { id: 0 }, says: 'id 0' },
  ])('of $why is refused, told to both sides, and no message passes', async ({ hello, says }) => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book, {}, hello);
    await using b = await TestNode.start(2, book);
    a.transport.setPeers([2]);
    await Promise.all([a.until(() => a.unreachable.length > 0), b.until(() => b.problems.length > 0)]);
    expect(b.problems[0]).toContain(says);
    expect(a.unreachable[0]?.reason).toContain(says);
    expect(b.received).toEqual([]);
  });

  it('of a second process on a copied data directory is refused', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    await using copy = await TestNode.start(1, new Map(book), {}, { bootId: 'another boot' });
    copy.transport.setPeers([2]);
    await b.until(() => b.problems.length > 0);
    expect(b.problems[0]).toContain('copied data directory');
  });
});

describe('a copied data directory (H13)', () => {
  it('of two processes with one start count the second is refused, and told that it is the copy', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    const cloned = Promise.withResolvers<RaftError>();
    const options = { onCloned: (error: RaftError): void => cloned.resolve(error) };
    await using copy = await TestNode.start(1, new Map(book), options, { bootId: 'another boot' });
    copy.transport.setPeers([2]);
    await expect(cloned.promise).resolves.toMatchObject({
      code: 'RAFT_STORAGE_CLONED',
      message: expect.stringContaining('node 2 refused us: two processes run start 1'),
    });
    await linked(a, b); // the first goes on
  });

  it('the process that was started more often takes the place of the other, which is cut off and told', async () => {
    const book: AddressBook = new Map();
    const cloned = Promise.withResolvers<RaftError>();
    await using a = await TestNode.start(1, book, { onCloned: (error) => cloned.resolve(error) });
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    await using copy = await TestNode.start(1, new Map(book), {}, { bootId: 'another boot', startCount: 2 });
    await linked(copy, b);
    a.transport.send([{ type: 'goodbye', from: 1, to: 2, term: 1_000 }]);
    await expect(cloned.promise).resolves.toMatchObject({
      code: 'RAFT_STORAGE_CLONED',
      message: expect.stringContaining('start 1 of uuid uuid-1 is older than start 2'),
    });
    expect(b.received).toEqual([]);
  });
});

describe('a lost peer', () => {
  it('is noticed when its streams break, and is connected again when it is back', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    const b = await TestNode.start(2, book);
    await linked(a, b);
    await Promise.all([b[Symbol.asyncDispose](), a.until(() => a.unreachable.length > 0)]);
    await using again = await TestNode.start(
      2,
      book,
      { port: book.get(2) as number },
      { startCount: 2, bootId: 'second' },
    );
    await again.until(() => again.connected.some(({ id }) => id === 1));
    expect(again.connected[0]).toMatchObject({ id: 1, uuid: 'uuid-1' });
  });

  it('whose address answers as somebody else is not talked to', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using c = await TestNode.start(3, book);
    book.set(2, c.transport.port);
    a.transport.setPeers([2]);
    await a.until(() => a.problems.length > 0);
    expect(a.problems[0]).toContain('answers as node 3');
    expect(c.received).toEqual([]);
  });
});

describe('bad frames', () => {
  it('reset their stream and never reach the handler', async () => {
    const book: AddressBook = new Map();
    await using b = await TestNode.start(2, book);
    const client = new Client(`127.0.0.1:${book.get(2)}`, credentials.createInsecure());
    const frames = [
      Buffer.from('ffffffff', 'hex'),
      Buffer.alloc(0),
      Buffer.from('1203', 'hex'),
      Buffer.alloc(5 * 1024 * 1024),
    ];
    for (const bytes of frames) {
      const stream = client.makeBidiStreamRequest<Buffer, Buffer>(
        raftService.control.path,
        (b) => b,
        (b) => b,
      );
      const ended = new Promise<{ code?: number }>((resolve) => stream.on('error', resolve));
      stream.on('data', () => {});
      stream.write(bytes);
      expect((await ended).code).toBeGreaterThan(0);
    }
    client.close();
    expect(b.received).toEqual([]);
  });
});

describe('the outbox', () => {
  it('drops appends when a peer is slow, reports it, and keeps votes', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book, { outboxBytes: 100_000 });
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    const big = Array.from({ length: 64 }, (_, i) => append(1, 2, [entry(i + 1, 1024 * 1024)]));
    a.transport.send([...big, { type: 'voteResponse', from: 1, to: 2, term: 2, granted: true }]);
    await a.until(() => a.unreachable.some(({ reason }) => reason.includes('overflow')));
    await b.until(() => b.received.some(({ message }) => message.type === 'voteResponse'));
    expect(b.received.filter(({ message }) => message.type === 'append').length).toBeLessThan(64);
  });
});

describe('a snapshot', () => {
  const content = Buffer.alloc(300_000, 'state ');

  it('arrives whole, is installed, and only then the sender knows', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    const offer = offerOf(content);
    await a.transport.sendSnapshot(offer, sourceOf(offer.snapshot, content), { signal });
    expect(b.sink).toMatchObject({ finished: true, disposed: true, text: content.toString() });
    expect(b.received.map(({ message }) => message)).toEqual([offer]);
  });

  it('continues where an earlier transfer stopped', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    const offer = offerOf(content);
    b.sink = new MemorySink(offer);
    await b.sink.write(content.subarray(0, 131_072));
    await a.transport.sendSnapshot(offer, sourceOf(offer.snapshot, content), { signal });
    expect(b.sink).toMatchObject({ finished: true, text: content.toString() });
    expect(b.sink.chunks[1]?.byteLength).toBe(64 * 1024);
  });

  it('that the receiver refuses tells the sender why', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    b.refuseSnapshot = new RaftError('RAFT_SNAPSHOT_MISMATCH', 'not this one');
    const offer = offerOf(content);
    await expect(a.transport.sendSnapshot(offer, sourceOf(offer.snapshot, content), { signal })).rejects.toMatchObject({
      code: 'RAFT_SNAPSHOT_MISMATCH',
      message: expect.stringContaining('not this one'),
    });
  });

  it('stops when its signal aborts, and the receiver lets go of its sink', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book);
    await linked(a, b);
    const stop = new AbortController();
    const offer = offerOf(content);
    const stuck = { ...sourceOf(offer.snapshot, content), read: () => new Promise<Uint8Array>(() => {}) };
    const sending = a.transport.sendSnapshot(offer, stuck, { signal: stop.signal });
    await b.until(() => b.offered);
    stop.abort(new Error('enough'));
    await expect(sending).rejects.toThrow('enough');
    await b.sink?.gone;
    expect(b.sink).toMatchObject({ finished: false, disposed: true });
  });

  it('to an unconnected peer says so', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    const offer = offerOf(content);
    await expect(a.transport.sendSnapshot(offer, sourceOf(offer.snapshot, content), { signal })).rejects.toMatchObject({
      code: 'RAFT_PEER_UNREACHABLE',
    });
  });
});

describe('questions', () => {
  it('are answered by any node at any time', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    await using b = await TestNode.start(2, book, {}, { clusterId: 'other', generation: 9 });
    expect(await a.transport.identify(2, { signal })).toEqual(b.identify());
    b.joinAnswer = { type: 'joined', clusterId: 'c', generation: 4 };
    expect(await a.transport.join(2, { clusterId: '', member: { id: 1, uuid: 'u' } }, { signal })).toEqual(
      b.joinAnswer,
    );
  });

  it('to a node that is not there say that it cannot be reached', async () => {
    const book: AddressBook = new Map([[2, 1]]);
    await using a = await TestNode.start(1, book);
    await expect(a.transport.identify(2, { signal })).rejects.toMatchObject({ code: 'RAFT_PEER_UNREACHABLE' });
    await expect(a.transport.identify(9, { signal })).rejects.toThrow('no known address');
  });
});

describe('options', () => {
  it.each([
    { why: 'a port that is none', options: { port: 70_000 }, says: 'port 70000' },
    {
      why: 'mtls without names',
      options: { tls: { mode: 'mtls', files: { certFile: '', keyFile: '', caFile: '' }, reloadMs: 1 } as const },
      says: 'peerName',
    },
  ])('with $why are refused by name', ({ options, says }) => {
    expect(() => new GrpcTransport({ discovery: discoveryOf(new Map()), ...options })).toThrow(says);
  });

  it('with a port in use name the address', async () => {
    const book: AddressBook = new Map();
    await using a = await TestNode.start(1, book);
    const second = new TestNode(2, book, { port: a.transport.port });
    await expect(second.transport.start(second, { signal })).rejects.toThrow(`127.0.0.1:${a.transport.port}`);
  });
});
