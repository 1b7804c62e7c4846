/**
 * Credentials of a pod: token and CA from the projected service-account volume, re-read every 60 s
 * and once after a 401, because the kubelet rotates both.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { RuntimeError } from '../errors.ts';
import type { ClusterAuth, Credentials } from './cluster-auth.ts';

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';
const REREAD_MS = 60_000;

export interface InClusterAuthOptions {
  /** Value of `KUBERNETES_SERVICE_HOST`. */
  readonly host: string;
  /** Value of `KUBERNETES_SERVICE_PORT`. */
  readonly port: string;
  /** @default '/var/run/secrets/kubernetes.io/serviceaccount' */
  readonly directory?: string;
  readonly clock?: Clock;
}

interface Reading {
  readonly credentials: Credentials;
  readonly readMs: number;
}

export class InClusterAuth implements ClusterAuth {
  readonly #server: string;
  readonly #directory: string;
  readonly #clock: Clock;
  #latest: Reading | undefined;
  #reading: Promise<Reading> | undefined;

  constructor(options: InClusterAuthOptions) {
    const host = options.host.includes(':') ? `[${options.host}]` : options.host;
    this.#server = `https://${host}:${options.port}`;
    this.#directory = options.directory ?? SERVICE_ACCOUNT_DIRECTORY;
    this.#clock = options.clock ?? systemClock;
  }

  async credentials(): Promise<Credentials> {
    const latest = this.#latest;
    if (latest !== undefined && this.#clock.nowMs() - latest.readMs < REREAD_MS) {
      return latest.credentials;
    }
    return (await this.#read()).credentials;
  }

  async refresh(rejected: Credentials): Promise<boolean> {
    const { credentials } = await this.#read();
    return credentials.headers['authorization'] !== rejected.headers['authorization'];
  }

  /** One read at a time; everyone who asks meanwhile gets its result. */
  #read(): Promise<Reading> {
    this.#reading ??= this.#readVolume().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readVolume(): Promise<Reading> {
    const token = await this.#readFile('token'); // one after the other, so that the error always names the same file
    const ca = await this.#readFile('ca.crt');
    const credentials: Credentials = {
      server: this.#server,
      tls: { ca },
      headers: { authorization: `Bearer ${token.trim()}` },
    };
    this.#latest = { credentials, readMs: this.#clock.nowMs() };
    return this.#latest;
  }

  async #readFile(name: string): Promise<string> {
    const path = join(this.#directory, name);
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new RuntimeError(
        'KUBECONFIG_INVALID',
        `cannot read ${path}; mount a service-account token (automountServiceAccountToken) or pass a kubeconfig`,
        { cause },
      );
    }
  }
}
