/**
 * Credentials from kubeconfig files: tokens, client certificates, basic auth, exec plugins, OIDC and
 * cloud providers. The only importer of `@kubernetes/client-node`, itself imported only when a
 * kubeconfig is used: in a cluster it never loads. It supplies credentials, never a connection.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { type Clock, systemClock } from '../clock.ts';
import { RuntimeError } from '../errors.ts';
import type { ClusterAuth, Credentials, TlsMaterial } from './cluster-auth.ts';
import { credentialProblem, type StatedValue } from './credential-problem.ts';

/** Credentials are asked for again this often: exec tokens expire, files rotate. */
const REREAD_MS = 60_000;
const MAX_EXCERPT_CHARS = 300;

export interface ClientNodeAuthOptions {
  /**
   * Kubeconfig files, merged as kubectl does: the first file that names a cluster, user, context or
   * the current context wins; missing files are skipped unless none exists.
   */
  readonly files: readonly string[];
  /** Context to use instead of the file's `current-context`. */
  readonly context?: string;
  readonly clock?: Clock;
}

/** What `applyToHTTPSOptions` fills in. */
interface FilledOptions {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  passphrase?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
  auth?: string;
  headers?: Record<string, string>;
}

export class ClientNodeAuth implements ClusterAuth {
  readonly #options: ClientNodeAuthOptions;
  readonly #clock: Clock;
  #config: KubeConfig;
  #latest: { readonly credentials: Credentials; readonly readMs: number } | undefined;
  #reading: Promise<Credentials> | undefined;

  private constructor(options: ClientNodeAuthOptions, config: KubeConfig) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#config = config;
  }

  /**
   * Reads and checks the files.
   * @throws RuntimeError `KUBECONFIG_INVALID` naming file, field and fix.
   */
  static async open(options: ClientNodeAuthOptions): Promise<ClientNodeAuth> {
    const config = await loadConfig(options);
    await checkPlainCredentials(config, options.files);
    return new ClientNodeAuth(options, config);
  }

  async credentials(): Promise<Credentials> {
    const latest = this.#latest;
    if (latest !== undefined && this.#clock.nowMs() - latest.readMs < REREAD_MS) {
      return latest.credentials;
    }
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async refresh(rejected: Credentials): Promise<boolean> {
    // A fresh KubeConfig also forgets the tokens its exec plugins cached.
    this.#config = await loadConfig(this.#options);
    this.#latest = undefined;
    return JSON.stringify(await this.credentials()) !== JSON.stringify(rejected);
  }

  async #read(): Promise<Credentials> {
    const filled: FilledOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(filled);
    } catch (cause) {
      throw invalid(this.#options.files, `${this.#describeUser()} gives no credentials: ${excerpt(cause)}`, cause);
    }
    const cluster = this.#config.getCurrentCluster();
    const credentials: Credentials = {
      server: (cluster?.server ?? '').replace(/\/+$/, ''),
      tls: {
        ...(await this.#clusterCa()),
        ...tlsMaterial(filled),
        ...(cluster?.skipTLSVerify === true ? { rejectUnauthorized: false } : {}),
        ...(cluster?.tlsServerName === undefined ? {} : { servername: cluster.tlsServerName }),
        ...(cluster?.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
      },
      headers: requestHeaders(filled),
    };
    this.#latest = { credentials, readMs: this.#clock.nowMs() };
    return credentials;
  }

  /** client-node forgets the CA when the context has no user. */
  async #clusterCa(): Promise<TlsMaterial> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster?.caData !== undefined) {
      return { ca: Buffer.from(cluster.caData, 'base64').toString('utf8') };
    }
    return cluster?.caFile === undefined ? {} : { ca: await readText(cluster.caFile, 'certificate-authority') };
  }

  #describeUser(): string {
    const user = this.#config.getCurrentUser();
    const exec = user?.exec as { readonly command?: string } | undefined | null;
    const plugin = typeof exec?.command === 'string' ? ` (exec plugin "${exec.command}")` : '';
    return `user "${user?.name ?? ''}"${plugin}`;
  }
}

async function loadConfig(options: ClientNodeAuthOptions): Promise<KubeConfig> {
  const merged = new KubeConfig();
  // An instance starts without lists; loading an empty configuration creates them.
  merged.loadFromString('{}');
  let foundCount = 0;
  for (const file of options.files) {
    const text = await readIfPresent(file);
    if (text !== undefined) {
      foundCount += 1;
      mergeInto(merged, parseConfig(file, text));
    }
  }
  if (foundCount === 0) {
    throw invalid(options.files, 'no such file; set KUBECONFIG to an existing kubeconfig, or run inside a cluster');
  }
  selectContext(merged, options);
  return merged;
}

function parseConfig(file: string, text: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(text.trim() === '' ? '{}' : text);
  } catch (cause) {
    // without the cause: its message quotes the file, and whoever prints an error prints its causes, too
    throw invalid([file], `${describeParseError(cause)}; compare it with the output of "kubectl config view"`);
  }
  config.makePathsAbsolute(dirname(file));
  return config;
}

/** Adds what `target` does not have yet: earlier files win. */
function mergeInto(target: KubeConfig, source: KubeConfig): void {
  for (const cluster of source.clusters) {
    if (target.getCluster(cluster.name) === null) {
      target.addCluster(cluster);
    }
  }
  for (const user of source.users) {
    if (target.getUser(user.name) === null) {
      target.addUser(user);
    }
  }
  for (const context of source.contexts) {
    if (target.getContextObject(context.name) === null) {
      target.addContext(context);
    }
  }
  if ((target.currentContext ?? '') === '' && (source.currentContext ?? '') !== '') {
    target.setCurrentContext(source.currentContext);
  }
}

function selectContext(config: KubeConfig, options: ClientNodeAuthOptions): void {
  const { files } = options;
  const name = options.context ?? config.currentContext ?? '';
  const known = config.contexts.map((context) => context.name).join(', ') || 'none';
  if (name === '') {
    throw invalid(files, `current-context is not set; choose one of: ${known} (kubectl config use-context NAME)`);
  }
  const context = config.getContextObject(name);
  if (context === null) {
    const field = options.context === undefined ? 'current-context' : 'the requested context';
    throw invalid(files, `${field} "${name}" is not among the contexts: ${known}`);
  }
  config.setCurrentContext(name);
  const cluster = config.getCluster(context.cluster);
  if (cluster === null) {
    const clusters = config.clusters.map((entry) => entry.name).join(', ') || 'none';
    throw invalid(files, `contexts["${name}"].cluster "${context.cluster}" is not among the clusters: ${clusters}`);
  }
  const user = context.user ?? '';
  if (user !== '' && config.getUser(user) === null) {
    const users = config.users.map((entry) => entry.name).join(', ') || 'none';
    throw invalid(files, `contexts["${name}"].user "${user}" is not among the users: ${users}`);
  }
}

/** What plugins and providers give is seen with the first request only. */
async function checkPlainCredentials(config: KubeConfig, files: readonly string[]): Promise<void> {
  const cluster = config.getCurrentCluster() as Cluster;
  const user = config.getCurrentUser();
  const problem = credentialProblem({
    server: { field: `clusters["${cluster.name}"].server`, value: cluster.server },
    ca: await statedPem(`clusters["${cluster.name}"].certificate-authority`, cluster.caData, cluster.caFile),
    ...(user === null ? {} : await statedUser(user)),
  });
  if (problem !== undefined) {
    throw invalid(files, problem);
  }
}

async function statedUser(user: User): Promise<Record<'cert' | 'key' | 'token', StatedValue | undefined>> {
  const field = `users["${user.name}"]`;
  return {
    cert: await statedPem(`${field}.client-certificate`, user.certData, user.certFile),
    key: await statedPem(`${field}.client-key`, user.keyData, user.keyFile),
    token: (user.token ?? '') === '' ? undefined : { field: `${field}.token`, value: user.token as string },
  };
}

async function statedPem(
  field: string,
  data: string | undefined,
  file: string | undefined,
): Promise<StatedValue | undefined> {
  if ((data ?? '') !== '') {
    return { field: `${field}-data`, value: Buffer.from(data as string, 'base64').toString('utf8') };
  }
  return (file ?? '') === '' ? undefined : { field, value: await readText(file as string, field) };
}

function tlsMaterial(filled: FilledOptions): TlsMaterial {
  const text = (value: string | Buffer): string => (typeof value === 'string' ? value : value.toString('utf8'));
  return {
    ...(filled.ca === undefined ? {} : { ca: text(filled.ca) }),
    ...(filled.cert === undefined ? {} : { cert: text(filled.cert) }),
    ...(filled.key === undefined ? {} : { key: text(filled.key) }),
    ...(filled.passphrase === undefined ? {} : { passphrase: filled.passphrase }),
    ...(filled.servername === undefined ? {} : { servername: filled.servername }),
    ...(filled.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: filled.rejectUnauthorized }),
  };
}

function requestHeaders(filled: FilledOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(filled.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }
  if (filled.auth !== undefined) {
    headers['authorization'] = `Basic ${Buffer.from(filled.auth).toString('base64')}`;
  }
  return headers;
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw invalid([file], `cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'})`, cause);
  }
}

async function readText(file: string, field: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw invalid([file], `cannot be read, although ${field} names it; restore the file or fix the field`, cause);
  }
}

/** The parser's own message and snippet quote the file, which may hold credentials; reason and line do not. */
function describeParseError(cause: unknown): string {
  const { reason, mark } = cause as { readonly reason?: string; readonly mark?: { readonly line?: number } };
  if (reason !== undefined) {
    return `is no valid YAML: ${reason}${mark?.line === undefined ? '' : ` in line ${mark.line + 1}`}`;
  }
  return cause instanceof TypeError ? 'is no kubeconfig: it holds no map of fields' : excerpt(cause);
}

function excerpt(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_EXCERPT_CHARS);
}

function invalid(files: readonly string[], problem: string, cause?: unknown): RuntimeError {
  const named = files.length === 0 ? 'kubeconfig' : `kubeconfig ${files.map((file) => `"${file}"`).join(', ')}`;
  return new RuntimeError('KUBECONFIG_INVALID', `${named}: ${problem}`, cause === undefined ? {} : { cause });
}
