/**
 * Credentials from a kubeconfig that holds them in plain sight: token or client certificate, inline or in files.
 *
 * `@kubernetes/client-node` understands every kubeconfig but costs about 90 MB of memory and a quarter of a second.
 * This reader takes only what it fully understands (one file, no plugin, no provider, no proxy) and declines the rest,
 * errors included, so that the adapter words them.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import type { ClusterAuth, Credentials, TlsMaterial } from './cluster-auth.ts';
import { credentialProblem } from './credential-problem.ts';

/** Files are read again this often: tokens and certificates rotate. */
const REREAD_MS = 60_000;

const CLUSTER_FIELDS = new Set([
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'extensions',
]);
const USER_FIELDS = new Set([
  'token',
  'tokenFile',
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'extensions',
]);

type Fields = Readonly<Record<string, unknown>>;

export interface StaticKubeconfigOptions {
  readonly file: string;
  /** Context to use instead of the file's `current-context`. */
  readonly context?: string;
  readonly clock?: Clock;
}

export class StaticKubeconfig implements ClusterAuth {
  readonly #options: StaticKubeconfigOptions;
  readonly #clock: Clock;
  #latest: Credentials;
  #readMs: number;
  #reading: Promise<Credentials> | undefined;

  private constructor(options: StaticKubeconfigOptions, credentials: Credentials) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#latest = credentials;
    this.#readMs = this.#clock.nowMs();
  }

  /** Undefined for a file that is missing, malformed, or needs more than this reader understands. */
  static async open(options: StaticKubeconfigOptions): Promise<StaticKubeconfig | undefined> {
    const credentials = await readCredentials(options).catch(() => undefined);
    return credentials === undefined ? undefined : new StaticKubeconfig(options, credentials);
  }

  async credentials(): Promise<Credentials> {
    if (this.#clock.nowMs() - this.#readMs < REREAD_MS) return this.#latest;
    return this.#read();
  }

  async refresh(rejected: Credentials): Promise<boolean> {
    return JSON.stringify(await this.#read()) !== JSON.stringify(rejected);
  }

  /** The file as it is now; what was read last, when it can no longer be used. */
  #read(): Promise<Credentials> {
    this.#reading ??= readCredentials(this.#options)
      .catch(() => undefined)
      .then((credentials) => {
        this.#latest = credentials ?? this.#latest;
        this.#readMs = this.#clock.nowMs();
        this.#reading = undefined;
        return this.#latest;
      });
    return this.#reading;
  }
}

async function readCredentials({ file, context }: StaticKubeconfigOptions): Promise<Credentials | undefined> {
  const text = await readFile(file, 'utf8');
  const { parse } = await import('yaml');
  const config = parse(text) as Fields;
  const name = context ?? config['current-context'];
  const chosen = named(config['contexts'], name, 'context');
  const cluster = named(config['clusters'], chosen?.['cluster'], 'cluster');
  const user = named(config['users'], chosen?.['user'], 'user');
  if (cluster === undefined || user === undefined) return undefined;
  if (!only(cluster, CLUSTER_FIELDS) || !only(user, USER_FIELDS)) return undefined;
  const server = cluster['server'];
  if (typeof server !== 'string') return undefined;
  const pem = (fields: Fields, field: string): Promise<string | undefined> => readPem(fields, field, dirname(file));
  const [ca, cert, key, token] = await Promise.all([
    pem(cluster, 'certificate-authority'),
    pem(user, 'client-certificate'),
    pem(user, 'client-key'),
    readToken(user, dirname(file)),
  ]);
  const stated = (value: string | undefined): { field: string; value: string } | undefined =>
    value === undefined ? undefined : { field: '', value };
  const material = { ca: stated(ca), cert: stated(cert), key: stated(key), token: stated(token) };
  if (credentialProblem({ server: { field: '', value: server }, ...material }) !== undefined) return undefined;
  const servername = cluster['tls-server-name'];
  const tls: TlsMaterial = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(typeof servername === 'string' ? { servername } : {}),
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
  };
  return {
    server: server.replace(/\/+$/, ''),
    tls,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
}

/** The body of the entry with this name in a list such as `clusters`. */
function named(list: unknown, name: unknown, field: string): Fields | undefined {
  if (!Array.isArray(list) || typeof name !== 'string' || name === '') return undefined;
  const entry = (list as readonly Fields[]).find((candidate) => candidate['name'] === name);
  return entry?.[field] as Fields | undefined;
}

function only(fields: Fields, known: ReadonlySet<string>): boolean {
  return Object.keys(fields).every((field) => known.has(field));
}

/** `FIELD-data` in base64, else the file that `FIELD` names. */
async function readPem(fields: Fields, field: string, directory: string): Promise<string | undefined> {
  const data = fields[`${field}-data`];
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const path = fields[field];
  return typeof path === 'string' && path !== '' ? readFile(resolve(directory, path), 'utf8') : undefined;
}

/** The file wins over the inline token, as in kubectl. */
async function readToken(user: Fields, directory: string): Promise<string | undefined> {
  const { token, tokenFile } = user;
  if (typeof tokenFile === 'string' && tokenFile !== '') {
    return (await readFile(resolve(directory, tokenFile), 'utf8')).trim();
  }
  return typeof token === 'string' && token !== '' ? token : undefined;
}
