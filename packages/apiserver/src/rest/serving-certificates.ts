/** A throw-away certificate authority with a serving certificate for loopback, and client certificates on request. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const lifetimeMs = 10 * 365 * 24 * 3600 * 1000;
/** Clocks of clients may lag. */
const backdateMs = 3600 * 1000;

export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** Keeps its private key in memory; the same authority can serve a restarted server. */
export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  issueServing(): Promise<KeyPair>;
  /** A certificate that authenticates as `name` in `groups`. */
  issueClient(name: string, groups: readonly string[]): Promise<KeyPair>;
}

export async function createCertificateAuthority(nowMs: number): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const validity = { notBefore: new Date(nowMs - backdateMs), notAfter: new Date(nowMs + lifetimeMs) };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=k8sop-ca',
    keys,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = (
    subject: Record<string, string[]>[],
    usage: ExtendedKeyUsage,
    names?: SubjectAlternativeNameExtension,
  ) => issueLeaf(certificate, keys.privateKey, validity, subject, usage, names);
  return {
    certificate: certificate.toString('pem'),
    issueServing: () => issue([{ CN: ['k8sop-apiserver'] }], ExtendedKeyUsage.serverAuth, servingNames()),
    issueClient: (name, groups) =>
      issue([...groups.map((group) => ({ O: [group] })), { CN: [name] }], ExtendedKeyUsage.clientAuth),
  };
}

function servingNames(): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension([
    { type: 'dns', value: 'localhost' },
    { type: 'dns', value: 'kubernetes' },
    { type: 'dns', value: 'kubernetes.default' },
    { type: 'dns', value: 'kubernetes.default.svc' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ]);
}

async function issueLeaf(
  issuer: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  validity: { readonly notBefore: Date; readonly notAfter: Date },
  subject: Record<string, string[]>[],
  usage: ExtendedKeyUsage,
  names: SubjectAlternativeNameExtension | undefined,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      ...(names === undefined ? [] : [names]),
    ],
  });
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const base64 = Buffer.from(exported).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`;
  return { certificate: certificate.toString('pem'), key };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
