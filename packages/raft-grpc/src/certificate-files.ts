/**
 * Certificate, key and authority from files, read again while they are in use. A file that turns bad is reported and the
 * last good content stays in force. Nothing of a key appears in an error.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { RaftError } from '@k8sop/raft-core';
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

  private constructor(files: TlsFiles, current: Certificates, onProblem: (message: string) => void) {
    this.#files = files;
    this.#current = current;
    this.#onProblem = onProblem;
  }

  /** @throws `RAFT_INVALID_OPTION` naming the file and what is wrong with it, an expired certificate included. */
  static async open(
    files: TlsFiles,
    reloadMs: number,
    onProblem: (message: string) => void,
  ): Promise<CertificateFiles> {
    const opened = new CertificateFiles(files, await readCertificates(files), onProblem);
    opened.#timer = setInterval(() => void opened.reload(), reloadMs).unref();
    return opened;
  }

  get current(): Certificates {
    return this.#current;
  }

  /** Calls back after each change of content. Returns a function that stops it. */
  onRotated(callback: () => void): () => void {
    this.#onRotated.add(callback);
    return () => this.#onRotated.delete(callback);
  }

  /** Reads the files now. Never rejects: problems are reported, and the last good content stays. */
  async reload(): Promise<void> {
    try {
      const next = await readCertificates(this.#files);
      const { cert, key, ca } = this.#current;
      if (next.cert.equals(cert) && next.key.equals(key) && next.ca.equals(ca)) return;
      this.#current = next;
      for (const callback of this.#onRotated) callback();
    } catch (error) {
      this.#onProblem((error as Error).message);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

async function readCertificates(files: TlsFiles): Promise<Certificates> {
  const [cert, key, ca] = await Promise.all(
    (
      [
        ['certFile', files.certFile],
        ['keyFile', files.keyFile],
        ['caFile', files.caFile],
      ] as const
    ).map(async ([field, path]) => {
      try {
        return await readFile(path);
      } catch (error) {
        throw invalid(field, path, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
      }
    }),
  );
  const content = { cert: cert as Buffer, key: key as Buffer, ca: ca as Buffer };
  assertCertificate('certFile', files.certFile, content.cert);
  assertCertificate('caFile', files.caFile, content.ca);
  try {
    createSecureContext(content);
  } catch {
    throw invalid('keyFile', files.keyFile, `is not the private key of ${files.certFile}`);
  }
  return content;
}

function assertCertificate(field: string, path: string, pem: Buffer): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw invalid(field, path, 'holds no PEM certificate');
  }
  if (new Date(certificate.validTo).getTime() <= Date.now()) {
    throw invalid(field, path, `expired on ${certificate.validTo}; renew it`);
  }
}

function invalid(field: string, path: string, what: string): RaftError {
  return new RaftError('RAFT_INVALID_OPTION', `tls ${field} ${path} ${what}`);
}
