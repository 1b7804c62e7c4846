/** When certificates end: told for an alert, at the start and after each change; an old authority in the bundle does no harm. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerDiscovery } from '@k8sop/raft-core';
import { afterAll, describe, expect, it } from 'vitest';
import { type CertificateExpiry, certificateExpiry } from '../src/certificate-expiry.ts';
import { CertificateFiles } from '../src/certificate-files.ts';
import { GrpcTransport } from '../src/grpc-transport.ts';
import { TlsConfig, type TlsFiles } from '../src/tls-config.ts';
import { newAuthority, writeNode } from './certificates.ts';

const directory = mkdtempSync(join(tmpdir(), 'k8sop-certificate-expiry-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const hourMs = 3_600_000;
const neverMs = 2 ** 30;
const dnsName = 'a.example';
const startMs = Date.now();
/** Certificates count in seconds; tests may take their time. */
const inHours = (ms: number): number => Math.round((ms - startMs) / hourMs);

const nobody: PeerDiscovery = {
  resolve: () => Promise.resolve(undefined),
  refresh: () => {},
  changes: async function* () {},
};

function contentOf({ certFile, caFile }: TlsFiles): { cert: Buffer; ca: Buffer } {
  return { cert: readFileSync(certFile), ca: readFileSync(caFile) };
}

describe('the end of the certificates in use', () => {
  it('is that of the certificate, and of the authority that issued it', async () => {
    const [signer, other] = [await newAuthority('signer', 300 * hourMs), await newAuthority('other', 5 * hourMs)];
    const options = { signer, trusts: [other, signer], dnsName, validForMs: 100 * hourMs };
    const expiry = certificateExpiry(contentOf(await writeNode(join(directory, 'two'), options)));
    expect([inHours(expiry.certExpiresAtMs), inHours(expiry.caExpiresAtMs)]).toEqual([100, 300]);
  });

  it('is that of an intermediate where it ends first', async () => {
    const signer = await newAuthority('signer');
    const files = await writeNode(join(directory, 'chain'), {
      signer,
      trusts: [signer],
      dnsName,
      validForMs: 100 * hourMs,
    });
    const intermediate = await writeNode(join(directory, 'intermediate'), {
      signer,
      trusts: [signer],
      dnsName: 'i.example',
      validForMs: 7 * hourMs,
    });
    appendFileSync(files.certFile, `\n${readFileSync(intermediate.certFile, 'utf8')}`);
    expect(inHours(certificateExpiry(contentOf(files)).certExpiresAtMs)).toBe(7);
  });

  it('is told at the start and after a change', async () => {
    const signer = await newAuthority('signer', 300 * hourMs);
    const options = { signer, trusts: [signer], dnsName };
    const files = await writeNode(join(directory, 'told'), { ...options, validForMs: 10 * hourMs });
    const told: CertificateExpiry[] = [];
    await using transport = new GrpcTransport({
      discovery: nobody,
      host: '127.0.0.1',
      port: 0,
      tls: TlsConfig.mtls(files, { reloadMs: 20 }),
      peerName: () => dnsName,
      onCertificates: (expiry) => void told.push(expiry),
    });
    await transport.start({} as Parameters<GrpcTransport['start']>[0], { signal: new AbortController().signal });
    expect(told.map(({ certExpiresAtMs }) => inHours(certExpiresAtMs))).toEqual([10]);
    await writeNode(join(directory, 'told'), { ...options, validForMs: 20 * hourMs });
    await expect.poll(() => told.length, { timeout: 50_000 }).toBe(2);
    expect(told.map(({ certExpiresAtMs }) => inHours(certExpiresAtMs))).toEqual([10, 20]);
    expect(told.map(({ caExpiresAtMs }) => inHours(caExpiresAtMs))).toEqual([300, 300]);
  }, 60_000);
});

describe('a bundle of authorities', () => {
  it('may hold one that has expired, in whatever place', async () => {
    const [ours, old] = [await newAuthority('ours'), await newAuthority('old', -hourMs)];
    for (const trusts of [
      [old, ours],
      [ours, old],
    ]) {
      const files = await writeNode(join(directory, 'bundle'), { signer: ours, trusts, dnsName });
      const certificates = await CertificateFiles.open(files, neverMs, () => {});
      expect(inHours(certificates.expiry.caExpiresAtMs)).toBe(24);
      certificates.close();
    }
  });

  it('of which all have expired is refused', async () => {
    const old = await newAuthority('old', -hourMs);
    const files = await writeNode(join(directory, 'old'), { signer: old, trusts: [old, old], dnsName });
    await expect(CertificateFiles.open(files, neverMs, () => {})).rejects.toMatchObject({
      code: 'RAFT_INVALID_OPTION',
      message: expect.stringMatching(/caFile \S+ expired on/),
    });
  });

  it('with a certificate cut short is refused, whatever stands before it', async () => {
    const ours = await newAuthority('ours');
    const files = await writeNode(join(directory, 'cut'), { signer: ours, trusts: [ours], dnsName });
    const whole = readFileSync(files.caFile, 'utf8');
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    writeFileSync(files.caFile, `${whole}\n${broken}`);
    await expect(CertificateFiles.open(files, neverMs, () => {})).rejects.toMatchObject({
      message: expect.stringContaining('cannot be read'),
    });
  });
});
