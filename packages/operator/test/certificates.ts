/** Certificates for tests: authorities, and nodes signed by them, as the files of a mounted Secret. */
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

export class Authority {
  readonly certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(certificate: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.certificate = certificate;
    this.#keys = keys;
  }

  static async create(name: string): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + dayMs),
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    });
    return new Authority(certificate, keys);
  }

  /** Signs a new key for all the names; negative `validForMs`: expired. */
  async issue(names: readonly string[], validForMs: number = dayMs): Promise<{ certificate: string; key: string }> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: 'CN=node',
      issuer: this.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 3 * dayMs),
      notAfter: new Date(Date.now() + validForMs),
      extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
    });
    const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    return {
      certificate: certificate.toString('pem'),
      key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
    };
  }
}

export interface SecretContent {
  readonly signer: Authority;
  readonly trusts: readonly Authority[];
  readonly names: readonly string[];
  readonly validForMs?: number;
}

/** Writes `tls.crt`, `tls.key` and `ca.crt` in one step; returns the directory. */
export async function writeSecret(directory: string, content: SecretContent): Promise<string> {
  const { signer, trusts, names, validForMs } = content;
  const { certificate, key } = await signer.issue(names, validForMs);
  await mount(directory, { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': bundle(trusts) });
  return directory;
}

/** Changes whom a node believes, and nothing else. */
export async function writeTrust(directory: string, trusts: readonly Authority[]): Promise<void> {
  const [certificate, key] = await Promise.all(
    ['tls.crt', 'tls.key'].map((name) => readFile(join(directory, name), 'utf8')),
  );
  await mount(directory, { 'tls.crt': certificate as string, 'tls.key': key as string, 'ca.crt': bundle(trusts) });
}

function bundle(authorities: readonly Authority[]): string {
  return authorities.map(({ certificate }) => certificate.toString('pem')).join('\n');
}

/**
 * As kubelet mounts a Secret: each file is a link through `..data`, which names the directory of the newest content and is
 * replaced in one step; the directory before it is removed afterwards.
 */
async function mount(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true });
  const data = join(directory, '..data');
  const before = await readlink(data).catch(() => undefined);
  const newest = await mkdtemp(`${directory}/..`);
  for (const [name, text] of Object.entries(files)) await writeFile(join(newest, name), text, { mode: 0o600 });
  await symlink(basename(newest), `${data}_tmp`);
  await rename(`${data}_tmp`, data);
  if (before !== undefined) return await rm(join(directory, before), { recursive: true });
  for (const name of Object.keys(files)) await symlink(join('..data', name), join(directory, name));
}
