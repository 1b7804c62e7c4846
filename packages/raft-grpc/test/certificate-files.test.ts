/** Readings of three files that somebody writes one after the other: what is reported, what is taken up, and when. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateFiles } from '../src/certificate-files.ts';
import type { TlsFiles } from '../src/tls-config.ts';
import { type Authority, newAuthority, writeNode } from './certificates.ts';

const directory = mkdtempSync(join(tmpdir(), 'k8sop-certificate-files-'));
const neverMs = 2 ** 30;
let ours: Authority;

beforeAll(async () => {
  ours = await newAuthority('ours');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let count = 0;
function issued(change: { validForMs?: number } = {}): Promise<TlsFiles> {
  count += 1;
  const options = { signer: ours, trusts: [ours], dnsName: 'a.example', ...change };
  return writeNode(join(directory, `${count}`), options);
}

function copy(from: string, to: string): void {
  writeFileSync(to, readFileSync(from));
}

/** Files in use, and what is told of them. */
async function opened(): Promise<{
  files: TlsFiles;
  certificates: CertificateFiles;
  told: string[];
  rotated: Buffer[];
}> {
  const files = await issued();
  const told: string[] = [];
  const rotated: Buffer[] = [];
  const certificates = await CertificateFiles.open(files, neverMs, (message) => void told.push(message));
  certificates.onRotated(() => void rotated.push(certificates.current.cert));
  return { files, certificates, told, rotated };
}

describe('a reading between the writing of two files', () => {
  it('is silent, keeps what was good, and the next one takes the new content up', async () => {
    const { files, certificates, told, rotated } = await opened();
    const before = certificates.current;
    const next = await issued();
    copy(next.certFile, files.certFile);
    await certificates.reload();
    expect([certificates.current, rotated]).toEqual([before, []]);
    copy(next.keyFile, files.keyFile);
    await certificates.reload();
    expect(certificates.current.key).toEqual(readFileSync(next.keyFile));
    expect(rotated).toEqual([readFileSync(next.certFile)]);
    expect(told).toEqual([]);
  });

  it('is silent each time, when the content is another each time', async () => {
    const { files, certificates, told } = await opened();
    for (let i = 0; i < 5; i += 1) {
      copy((await issued()).certFile, files.certFile);
      await certificates.reload();
    }
    expect(told).toEqual([]);
  });

  it('is forgotten once a reading is good', async () => {
    const { files, certificates, told } = await opened();
    for (let i = 0; i < 3; i += 1) {
      renameSync(files.keyFile, `${files.keyFile}.away`);
      await certificates.reload();
      renameSync(`${files.keyFile}.away`, files.keyFile);
      await certificates.reload();
    }
    expect(told).toEqual([]);
  });

  it('does not keep a node from starting', async () => {
    const files = await issued();
    const key = readFileSync(files.keyFile);
    const other = await issued();
    rmSync(files.keyFile);
    execFileSync('mkfifo', [files.keyFile]); // its reader gets what is written here, and not before
    const opening = CertificateFiles.open(files, neverMs, () => {});
    const pipe = await open(files.keyFile, 'w'); // there is a reader now
    writeFileSync(`${files.keyFile}.new`, key);
    renameSync(`${files.keyFile}.new`, files.keyFile);
    await pipe.writeFile(readFileSync(other.keyFile));
    await pipe.close();
    const certificates = await opening;
    expect(certificates.current.key).toEqual(key);
    certificates.close();
  });
});

describe('a problem that lasts', () => {
  it.each([
    {
      problem: 'the key of another certificate',
      change: async (files: TlsFiles) => copy((await issued()).keyFile, files.keyFile),
      says: /keyFile \S+ is not the private key of \S+tls\.crt$/,
    },
    {
      problem: 'a file that is gone',
      change: async (files: TlsFiles) => rmSync(files.caFile),
      says: /caFile \S+ cannot be read \(ENOENT\)$/,
    },
    {
      problem: 'a certificate that has expired',
      change: async (files: TlsFiles) => copy((await issued({ validForMs: -60_000 })).certFile, files.certFile),
      says: /certFile \S+ expired on .*; renew it$/,
    },
  ])('is reported when it is found again: $problem', async ({ change, says }) => {
    const { files, certificates, told, rotated } = await opened();
    await change(files);
    await certificates.reload();
    expect(told).toEqual([]);
    await certificates.reload();
    expect(told).toEqual([expect.stringMatching(says)]);
    expect(rotated).toEqual([]);
  });
});

describe('two readings at the same time', () => {
  it('are one, so that a problem is not confirmed by its own moment', async () => {
    const { files, certificates, told } = await opened();
    rmSync(files.keyFile);
    await Promise.all([certificates.reload(), certificates.reload(), certificates.reload()]);
    expect(told).toEqual([]);
  });
});
