/** The entry: starts a Kubernetes API server inside this process. */
import { CrdController, crdCollection } from './controllers/crd-controller.ts';
import { bootstrapObjects } from './controllers/bootstrap-objects.ts';
import { GarbageCollector } from './controllers/garbage-collector.ts';
import { NamespaceController } from './controllers/namespace-controller.ts';
import { KeyedWorker } from './controllers/keyed-worker.ts';
import { ApiServerError } from './errors.ts';
import { OpenApiCatalog } from './openapi/open-api-catalog.ts';
import { type ApiServerOptions, type ControllerName, type ResolvedOptions, resolveOptions } from './options.ts';
import type { ApiCore } from './rest/api-core.ts';
import { ApiHandler } from './rest/api-handler.ts';
import { Authenticator } from './rest/authenticator.ts';
import { Authorizer, type DenyRule } from './rest/authorizer.ts';
import { Discovery } from './rest/discovery.ts';
import { HttpTransport, type TransportTls } from './rest/http-transport.ts';
import { encodeKubeconfig } from './rest/kubeconfig.ts';
import type { RequestInfo } from './rest/request-info.ts';
import { ResourceRegistry } from './rest/resource-registry.ts';
import { serveBuiltins } from './rest/serve-builtins.ts';
import { type CertificateAuthority, createCertificateAuthority } from './rest/serving-certificates.ts';
import type { ServerSnapshot } from './server-snapshot.ts';
import type { Clock } from './store/clock.ts';
import { ObjectStore } from './store/object-store.ts';
import { type Fault, type FaultAction, FaultInjector, type FaultMatch } from './testing/fault-injector.ts';
import { RequestTrace } from './testing/request-trace.ts';
import { qualified } from './rest/status-error.ts';
import { WatchHub } from './watch/watch-hub.ts';

/** Which watches `closeWatches` ends; absent parts match all. */
export interface WatchFilter {
  /** `pods`, `deployments.apps`. */
  readonly resource?: string;
  readonly namespace?: string;
}

/** A running server. Stops with `stop()` or `await using`. */
export interface ApiServer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** PEM of the authority that signed the server's certificate; '' without TLS. */
  readonly ca: string;
  /** Issues certificates; hand it to the server that replaces this one. `undefined` without TLS. */
  readonly authority: CertificateAuthority | undefined;
  readonly clock: Clock;
  /** The last requests, oldest first. */
  readonly trace: Pick<RequestTrace, 'requests' | 'clear'>;
  /** YAML for a user that has a token. @default the first one. Throws APISERVER_USER_UNKNOWN. */
  kubeconfig(user?: string): string;
  /** A bearer token of that user. @default the first one. Throws APISERVER_USER_UNKNOWN. */
  token(user?: string): string;
  /** Makes matching requests fail until removed or used up. */
  inject(match: FaultMatch, action: FaultAction): Fault;
  /** Replaces what a user may not do; `[]` gives everything back. */
  deny(user: string, rules: readonly DenyRule[]): void;
  /** Forgets history: older watches and continue tokens get 410. */
  compact(): void;
  /** Ends matching watch streams in order. Returns how many. */
  closeWatches(filter?: WatchFilter): number;
  snapshot(): ServerSnapshot;
  /** Brings back a snapshot's objects and ends all watches. The revision counter never goes back. */
  restore(snapshot: ServerSnapshot): void;
  /**
   * Breaks all connections, stops listening, and listens again on the same port with the same state, like a server
   * process that is restarted over the same etcd. `whileDown` runs in between.
   */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  /** Back to the state of the start: no faults, no denials set later, no trace, the first objects. Ends all watches. */
  reset(): Promise<void>;
  /** Breaks all connections. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a server and resolves once it answers.
 *
 * Guarantees: nothing is read from or written to disk, the network beyond loopback isn't touched.
 * @throws ApiServerError code APISERVER_OPTION_INVALID or APISERVER_LISTEN_FAILED.
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const resolved = resolveOptions(options);
  const server = new RunningServer(resolved);
  await server.start();
  return server;
}

class RunningServer implements ApiServer {
  readonly clock: Clock;
  readonly trace: RequestTrace;
  readonly #options: ResolvedOptions;
  readonly #core: ApiCore;
  readonly #handler: ApiHandler;
  readonly #authorizer: Authorizer;
  readonly #faults = new FaultInjector();
  readonly #worker: KeyedWorker;
  readonly #crds: CrdController;
  readonly #namespaces: NamespaceController | undefined;
  readonly #garbage: GarbageCollector | undefined;
  #authority: CertificateAuthority | undefined;
  #tls: TransportTls | undefined;
  #transport: HttpTransport | undefined;
  #port = 0;
  #initial: ServerSnapshot | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.trace = new RequestTrace(options.traceSize);
    const { clock, random } = options;
    const store = new ObjectStore({ history: options.history, nowMs: () => clock.nowMs() });
    const registry = new ResourceRegistry(serveBuiltins(store));
    this.#core = { store, registry, watches: new WatchHub(clock, () => store.revision), clock, random };
    this.#authorizer = new Authorizer(options.auth);
    this.#applyDenials();
    this.#handler = new ApiHandler(this.#core, new Authenticator(options.tokens), this.#authorizer, {
      discovery: new Discovery(registry),
      registry,
      openApi: new OpenApiCatalog({
        generation: () => registry.generation,
        resources: () => [...registry.all()].map(({ info, custom }) => ({ info, customSchema: custom?.openApiSchema })),
      }),
      serverAddress: () => `${options.host}:${this.#port}`,
    });
    this.#worker = new KeyedWorker(options.onError);
    this.#crds = new CrdController(this.#core, registry.builtin(crdCollection));
    const wants = (name: ControllerName): boolean => options.controllers.includes(name);
    if (wants('namespaces')) this.#namespaces = new NamespaceController(this.#core, registry.builtin('namespaces'));
    if (wants('garbage-collector')) this.#garbage = new GarbageCollector(this.#core, this.#worker);
  }

  async start(): Promise<void> {
    const { snapshot, tls, authority, clock } = this.#options;
    if (snapshot !== undefined) this.#core.store.restore(snapshot.store);
    bootstrapObjects(this.#core);
    this.#crds.start(this.#worker);
    this.#namespaces?.start(this.#worker);
    this.#garbage?.start();
    this.#initial = this.snapshot();
    if (tls) {
      this.#authority = authority ?? (await createCertificateAuthority(clock.nowMs()));
      this.#tls = { serving: await this.#authority.issueServing(), clientCa: this.#authority.certificate };
    }
    await this.#listen(this.#options.port);
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://${this.#options.host}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get ca(): string {
    return this.#authority?.certificate ?? '';
  }

  get authority(): CertificateAuthority | undefined {
    return this.#authority;
  }

  token(user?: string): string {
    for (const [token, { name }] of Object.entries(this.#options.tokens)) {
      if (user === undefined || user === name) return token;
    }
    throw new ApiServerError(
      'APISERVER_USER_UNKNOWN',
      `no token belongs to user ${user ?? ''}; add it to option tokens`,
    );
  }

  kubeconfig(user?: string): string {
    const token = this.token(user);
    return encodeKubeconfig({
      url: this.url,
      ca: this.#options.tls ? this.ca : undefined,
      user: this.#options.tokens[token]?.name ?? '',
      credentials: { token },
      namespace: 'default',
    });
  }

  inject(match: FaultMatch, action: FaultAction): Fault {
    return this.#faults.inject(match, action);
  }

  deny(user: string, rules: readonly DenyRule[]): void {
    this.#authorizer.setDenials(user, rules);
  }

  compact(): void {
    this.#core.store.compact();
  }

  closeWatches(filter: WatchFilter = {}): number {
    return this.#core.watches.close((label) => {
      const info = label as RequestInfo;
      const resource = qualified(info.group, info.resource);
      if (filter.resource !== undefined && filter.resource !== resource) return false;
      return filter.namespace === undefined || filter.namespace === info.namespace;
    });
  }

  snapshot(): ServerSnapshot {
    this.#worker.run();
    return { store: this.#core.store.snapshot() };
  }

  restore(snapshot: ServerSnapshot): void {
    this.#core.watches.close(() => true);
    const crds = this.#core.store.collection(crdCollection);
    const known: string[] = [];
    crds.forEach(undefined, (entry) => known.push(entry.key));
    this.#core.store.restore(snapshot.store);
    this.#crds.resync(known);
    this.#namespaces?.resync(this.#worker);
    this.#garbage?.resync();
  }

  async restart(whileDown?: () => Promise<void>): Promise<void> {
    await this.#transport?.close();
    await whileDown?.();
    await this.#listen(this.#port);
  }

  async reset(): Promise<void> {
    this.#faults.clear();
    this.#applyDenials();
    if (this.#initial !== undefined) this.restore(this.#initial);
    this.trace.clear();
    await new Promise((done) => setImmediate(done));
  }

  async stop(): Promise<void> {
    this.#worker.stop();
    const transport = this.#transport;
    this.#transport = undefined;
    await transport?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #listen(port: number): Promise<void> {
    const { clock, random, host } = this.#options;
    const context = {
      handler: this.#handler,
      watches: this.#core.watches,
      faults: this.#faults,
      trace: this.trace,
      clock,
      random,
    };
    const transport = new HttpTransport(context, this.#tls);
    try {
      this.#port = await transport.listen(port, host);
    } catch (cause) {
      throw new ApiServerError('APISERVER_LISTEN_FAILED', `can't listen on ${host}:${port}; choose another port`, {
        cause,
      });
    }
    this.#transport = transport;
  }

  #applyDenials(): void {
    for (const { name, deny } of Object.values(this.#options.tokens)) this.#authorizer.setDenials(name, deny ?? []);
  }
}
