/** Certificates for tests: an authority, and nodes signed by it, written as PEM files into one directory a node. */
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';
import type { TlsFiles } from '../src/tls-config.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
type KeyPair = webcrypto.CryptoKeyPair;
function newKeys(): Promise<KeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<KeyPair>;
}

const dayMs = 86_400_000;

export interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: KeyPair;
}

export async function newAuthority(name: string, validForMs: number = dayMs): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 3 * dayMs),
    notAfter: new Date(Date.now() + validForMs),
    extensions: [new BasicConstraintsExtension(true, 1, true)],
  });
  return { certificate, keys };
}

/** Writes the node's files; `trusts` are the authorities it believes. */
export async function writeNode(
  directory: string,
  options: { signer: Authority; trusts: readonly Authority[]; dnsName: string; validForMs?: number },
): Promise<TlsFiles> {
  const keys = await newKeys();
  const { signer, trusts, dnsName, validForMs = dayMs } = options;
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${dnsName}`,
    issuer: signer.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 3 * dayMs),
    notAfter: new Date(Date.now() + validForMs),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: dnsName }])],
  });
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  mkdirSync(directory, { recursive: true });
  const files = {
    certFile: join(directory, 'tls.crt'),
    keyFile: join(directory, 'tls.key'),
    caFile: join(directory, 'ca.crt'),
  };
  writeFileSync(files.certFile, certificate.toString('pem'));
  writeFileSync(files.keyFile, `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`, { mode: 0o600 });
  writeFileSync(files.caFile, trusts.map((authority) => authority.certificate.toString('pem')).join('\n'));
  return files;
}
