/**
 * What makes the plain credentials of a kubeconfig unusable, found when it is opened instead of at the first request.
 * Pure. A problem names field and fix, and never shows a secret.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A value and the field it comes from, such as `users["me"].client-key-data`. */
export interface StatedValue {
  readonly field: string;
  readonly value: string;
}

export interface StatedCredentials {
  readonly server: StatedValue;
  readonly ca?: StatedValue | undefined;
  readonly cert?: StatedValue | undefined;
  readonly key?: StatedValue | undefined;
  readonly token?: StatedValue | undefined;
}

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** The first problem, or undefined. */
export function credentialProblem(stated: StatedCredentials): string | undefined {
  const { server, ca, cert, key, token } = stated;
  return (
    serverProblem(server) ??
    (ca === undefined ? undefined : certificateProblem(ca)) ??
    (cert === undefined ? undefined : certificateProblem(cert)) ??
    (key === undefined ? undefined : keyProblem(key)) ??
    pairProblem(cert, key) ??
    (token === undefined ? undefined : tokenProblem(token))
  );
}

function serverProblem({ field, value }: StatedValue): string | undefined {
  if (!URL.canParse(value)) return `${field} "${value}" is no URL; write https://host:port`;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') {
    return `${field} holds a user name or password; write https://host:port and put credentials into users`;
  }
  const speaksHttp = url.protocol === 'https:' || url.protocol === 'http:';
  return speaksHttp ? undefined : `${field} "${value}" is not HTTPS; write https://host:port`;
}

function certificateProblem({ field, value }: StatedValue): string | undefined {
  const blocks = value.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    return `${field} holds no PEM certificate${hint(field)}; copy it from the kubeconfig your cluster gave you`;
  }
  const broken = blocks.findIndex((block) => !isReadable(() => new X509Certificate(block)));
  return broken < 0 ? undefined : `${field}: certificate ${broken + 1} of ${blocks.length} is damaged; copy it again`;
}

function keyProblem({ field, value }: StatedValue): string | undefined {
  return readKey(value) === undefined
    ? `${field} holds no usable PEM private key${hint(field)}; copy it again, without a passphrase`
    : undefined;
}

function pairProblem(cert: StatedValue | undefined, key: StatedValue | undefined): string | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (key === undefined) return `${cert?.field} is set without client-key-data or client-key; add the key`;
  if (cert === undefined) return `${key.field} is set without client-certificate-data or client-certificate; add it`;
  const [leaf = ''] = cert.value.match(CERTIFICATE) ?? [];
  const privateKey = readKey(key.value) as KeyObject;
  return new X509Certificate(leaf).checkPrivateKey(privateKey)
    ? undefined
    : `${key.field} does not belong to ${cert.field}; copy both from the same kubeconfig`;
}

function tokenProblem({ field, value }: StatedValue): string | undefined {
  return /^[\x21-\x7e]+$/.test(value)
    ? undefined
    : `${field} holds a line break, blank or other character no HTTP header may carry; write the bare token`;
}

function hint(field: string): string {
  return field.endsWith('-data') ? ' after base64 decoding' : '';
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined; // the cause could quote the key
  }
}

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
