/** Who may talk to whom, over real TLS: a node is who its certificate says, and certificates change under traffic. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeId } from '@k8sop/raft-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TlsConfig, type TlsFiles } from '../src/tls-config.ts';
import { type Authority, newAuthority, writeNode } from './certificates.ts';
import { type AddressBook, linked, signal, TestNode } from './node.ts';

const directory = mkdtempSync(join(tmpdir(), 'k8sop-tls-'));
const peerName = (id: NodeId): string => `op-${id - 1}.op.prod.svc.cluster.local`;
let ours: Authority;
let theirs: Authority;

beforeAll(async () => {
  ours = await newAuthority('ours');
  theirs = await newAuthority('theirs');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let count = 0;
function filesFor(id: NodeId, change: Partial<Parameters<typeof writeNode>[1]> = {}): Promise<TlsFiles> {
  count += 1;
  return writeNode(join(directory, `node-${count}`), {
    signer: ours,
    trusts: [ours],
    dnsName: peerName(id),
    ...change,
  });
}

async function secured(id: NodeId, book: AddressBook, files: TlsFiles, reloadMs = 60_000): Promise<TestNode> {
  return await TestNode.start(id, book, { tls: TlsConfig.mtls(files, { reloadMs }), peerName });
}

describe('mutual TLS', () => {
  it('connects nodes whose certificates carry their stable names', async () => {
    const book: AddressBook = new Map();
    await using a = await secured(1, book, await filesFor(1));
    await using b = await secured(2, book, await filesFor(2));
    await linked(a, b);
    expect(b.connected[0]).toMatchObject({ id: 1 });
    expect(await a.transport.identify(2, { signal })).toMatchObject({ term: 3 });
  });

  it('refuses a node that claims an id which its certificate does not name', async () => {
    const book: AddressBook = new Map();
    await using a = await secured(1, book, await filesFor(3)); // node 3's certificate
    await using b = await secured(2, book, await filesFor(2));
    a.transport.setPeers([2]);
    await b.until(() => b.problems.length > 0);
    expect(b.problems[0]).toContain('node 1 must show a certificate for op-0.op');
    expect(b.received).toEqual([]);
  });

  it('does not talk to a server of another name, so a stolen address is of no use', async () => {
    const book: AddressBook = new Map();
    await using a = await secured(1, book, await filesFor(1));
    await using b = await secured(2, book, await filesFor(3));
    a.transport.setPeers([2]);
    await a.until(() => a.problems.length > 0);
    expect(b.received).toEqual([]);
    expect(a.problems[0]).toBe(
      'node 2 shows a certificate for DNS:op-2.op.prod.svc.cluster.local: issue one for op-1.op.prod.svc.cluster.local',
    );
  });

  it('refuses certificates of another authority, on both sides', async () => {
    const book: AddressBook = new Map();
    await using a = await secured(1, book, await filesFor(1, { signer: theirs, trusts: [theirs] }));
    await using b = await secured(2, book, await filesFor(2));
    a.transport.setPeers([2]);
    b.transport.setPeers([1]);
    await Promise.all([a.until(() => a.problems.length > 0), b.until(() => b.problems.length > 0)]);
    expect([a.received, b.received]).toEqual([[], []]);
    expect(a.problems[0]).toMatch(/node 2 shows a certificate of an authority that we do not trust: put its authority/);
    expect(b.problems[0]).toMatch(/node 1 shows a certificate of an authority that we do not trust: put its authority/);
    await expect(a.transport.identify(2, { signal })).rejects.toMatchObject({ code: 'RAFT_PEER_UNTRUSTED' });
  });

  it('refuses a client of another authority and one without TLS, and says where they are', async () => {
    const book: AddressBook = new Map();
    await using a = await secured(1, book, await filesFor(1));
    const stranger = await filesFor(2, { signer: theirs, trusts: [ours] });
    await using b = await secured(2, book, stranger);
    b.transport.setPeers([1]);
    await a.until(() => a.problems.length > 0);
    expect(a.problems[0]).toMatch(
      /^the client at 127\.0\.0\.1 shows a certificate of an authority that we do not trust/,
    );
    await using plain = await TestNode.start(3, book);
    plain.transport.setPeers([1]);
    await a.until(() => a.problems.length > 1);
    expect(a.problems[1]).toMatch(/^the client at 127\.0\.0\.1 speaks plain text and we speak TLS: configure the same/);
    expect([a.received, a.connected]).toEqual([[], []]);
  });

  it('refuses a certificate that expires while its node runs, and both sides say so', async () => {
    const book: AddressBook = new Map();
    const expired = await filesFor(1, { validForMs: -60_000 });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000); // it has an hour left
    await using a = await secured(1, book, expired, 20);
    clock.mockRestore();
    await using b = await secured(2, book, await filesFor(2));
    await a.until(() => a.problems.length > 0);
    expect(a.problems[0]).toMatch(/tls certFile \S+ expired on .*; renew it/);
    a.transport.setPeers([2]);
    await b.until(() => b.problems.length > 0);
    b.transport.setPeers([1]);
    await b.until(() => b.problems.length > 1);
    expect(b.problems).toEqual([
      'the client at 127.0.0.1 shows a certificate that has expired: renew it there',
      'node 1 shows a certificate that has expired: renew it there',
    ]);
    expect(b.received).toEqual([]);
  });

  it('takes up a new certificate and a new authority while messages flow, without losing the peer', async () => {
    const book: AddressBook = new Map();
    const [filesA, filesB] = [await filesFor(1), await filesFor(2)];
    await using a = await secured(1, book, filesA, 20);
    await using b = await secured(2, book, filesB, 20);
    await linked(a, b);
    // as a rotation goes: first everybody trusts both, then everybody gets a certificate of the new one
    for (const [id, files] of [
      [1, filesA],
      [2, filesB],
    ] as const) {
      await writeNode(join(files.certFile, '..'), { signer: theirs, trusts: [ours, theirs], dnsName: peerName(id) });
    }
    const before = b.connected.length;
    await b.until(() => b.connected.length > before); // the renewed connection said hello
    await linked(a, b);
    expect(a.unreachable).toEqual([]);
  });
});

describe('certificate files', () => {
  it.each([
    {
      why: 'missing',
      change: async (files: TlsFiles) => rmSync(files.keyFile),
      says: /keyFile .* cannot be read \(ENOENT\)/,
    },
    {
      why: 'garbage',
      change: async (files: TlsFiles) => writeFileSync(files.certFile, 'x'),
      says: /certFile .* holds no PEM certificate/,
    },
    {
      why: 'another key',
      change: async (files: TlsFiles) => {
        const other = await filesFor(2);
        writeFileSync(files.keyFile, readFileSync(other.keyFile));
      },
      says: /keyFile .* is not the private key/,
    },
  ])('that are $why are named, without their content', async ({ change, says }) => {
    const files = await filesFor(1);
    await change(files);
    await expect(secured(1, new Map(), files)).rejects.toThrow(says);
  });

  it('that are expired are named with their date', async () => {
    const files = await filesFor(1, { validForMs: -60_000 });
    await expect(secured(1, new Map(), files)).rejects.toThrow(/certFile .* expired on .*; renew it/);
  });

  it('that turn bad while in use are reported, and the last good ones stay', async () => {
    const book: AddressBook = new Map();
    const files = await filesFor(1);
    await using a = await secured(1, book, files, 20);
    writeFileSync(files.certFile, 'broken');
    await a.until(() => a.problems.length > 0);
    await using b = await secured(2, book, await filesFor(2));
    await linked(a, b);
    expect(a.problems[0]).toContain('holds no PEM certificate');
  });
});
