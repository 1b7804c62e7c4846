/**
 * Certificate, key and authority from files, read again while they are in use. Files that turn bad are reported and the last
 * good content stays in force. Nothing of a key appears in an error.
 *
 * Three files are never read in one step: a reading that falls between the writing of one and of the next, or between the
 * directories that kubelet swaps, finds a key that belongs to another certificate. Such a reading mends itself, so only what
 * two readings running find in the same content is a problem.
 */
import { createHash, type X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { RaftError } from '@k8sop/raft-core';
import { type CertificateExpiry, certificateExpiry, certificatesIn } from './certificate-expiry.ts';
import type { TlsFiles } from './tls-config.ts';

export interface Certificates {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

export class CertificateFiles {
  readonly #files: TlsFiles;
  readonly #onProblem: (message: string) => void;
  readonly #onRotated = new Set<() => void>();
  #current: Certificates;
  #timer: NodeJS.Timeout | undefined;
  #reloading: Promise<void> | undefined;
  /** What the last reading found wrong, and in what content. */
  #suspect: string | undefined;

  private constructor(files: TlsFiles, current: Certificates, onProblem: (message: string) => void) {
    this.#files = files;
    this.#current = current;
    this.#onProblem = onProblem;
  }

  /**
   * Files that are wrong are read once more before it gives up.
   * @throws `RAFT_INVALID_OPTION` naming the file and what is wrong with it, an expired certificate included.
   */
  static async open(
    files: TlsFiles,
    reloadMs: number,
    onProblem: (message: string) => void,
  ): Promise<CertificateFiles> {
    const first = await readCertificates(files).catch(() => readCertificates(files));
    const opened = new CertificateFiles(files, first, onProblem);
    opened.#timer = setInterval(() => void opened.reload(), reloadMs).unref();
    return opened;
  }

  get current(): Certificates {
    return this.#current;
  }

  get expiry(): CertificateExpiry {
    return certificateExpiry(this.#current);
  }

  /** Calls back after each change of content. Returns a function that stops it. */
  onRotated(callback: () => void): () => void {
    this.#onRotated.add(callback);
    return () => this.#onRotated.delete(callback);
  }

  /**
   * Reads the files, or joins the reading under way. Never rejects: the last good content stays, and a problem is reported from
   * the second time on that the same one is found in the same content.
   */
  reload(): Promise<void> {
    this.#reloading ??= this.#readAgain().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #readAgain(): Promise<void> {
    const found = await readFiles(this.#files);
    try {
      const next = checked(this.#files, found);
      this.#suspect = undefined;
      const { cert, key, ca } = this.#current;
      if (next.cert.equals(cert) && next.key.equals(key) && next.ca.equals(ca)) return;
      this.#current = next;
      for (const callback of this.#onRotated) callback();
    } catch (error) {
      const { message } = error as Error;
      const suspect = `${message} ${fingerprint(found)}`;
      if (suspect === this.#suspect) this.#onProblem(message);
      this.#suspect = suspect;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** What each file holds, or why it cannot be read. */
type Found = { readonly [K in keyof Certificates]: Buffer | NodeJS.ErrnoException };

async function readCertificates(files: TlsFiles): Promise<Certificates> {
  return checked(files, await readFiles(files));
}

async function readFiles({ certFile, keyFile, caFile }: TlsFiles): Promise<Found> {
  const read = (path: string): Promise<Buffer | NodeJS.ErrnoException> =>
    readFile(path).catch((error: NodeJS.ErrnoException) => error);
  const [cert, key, ca] = await Promise.all([read(certFile), read(keyFile), read(caFile)]);
  return { cert, key, ca };
}

function checked(files: TlsFiles, found: Found): Certificates {
  const content = {
    cert: readable('certFile', files.certFile, found.cert),
    key: readable('keyFile', files.keyFile, found.key),
    ca: readable('caFile', files.caFile, found.ca),
  };
  assertCertificate('certFile', files.certFile, content.cert);
  assertCertificate('caFile', files.caFile, content.ca);
  try {
    createSecureContext(content);
  } catch {
    throw invalid('keyFile', files.keyFile, `is not the private key of ${files.certFile}`);
  }
  return content;
}

function readable(field: string, path: string, found: Buffer | NodeJS.ErrnoException): Buffer {
  if (found instanceof Error) throw invalid(field, path, `cannot be read (${found.code})`);
  return found;
}

/** Tells contents apart without keeping them. */
function fingerprint({ cert, key, ca }: Found): string {
  const hash = createHash('sha256');
  for (const part of [cert, key, ca]) {
    const bytes = part instanceof Error ? Buffer.from(`${part.code}`) : part;
    hash.update(`${bytes.byteLength} `).update(bytes);
  }
  return hash.digest('hex');
}

/** A chain is as good as its first certificate; of authorities one is enough, as after a rotation that left the old one in. */
function assertCertificate(field: 'certFile' | 'caFile', path: string, pem: Buffer): void {
  let found: readonly X509Certificate[];
  try {
    found = certificatesIn(pem);
  } catch {
    throw invalid(field, path, 'holds a PEM certificate that cannot be read');
  }
  const [first] = found;
  if (first === undefined) throw invalid(field, path, 'holds no PEM certificate');
  const counting = field === 'certFile' ? [first] : found;
  if (counting.every(({ validTo }) => new Date(validTo).getTime() <= Date.now())) {
    throw invalid(field, path, `expired on ${first.validTo}; renew it`);
  }
}

function invalid(field: string, path: string, what: string): RaftError {
  return new RaftError('RAFT_INVALID_OPTION', `tls ${field} ${path} ${what}`);
}
