/**
 * `KubeClient` over undici, HTTP/1.1 and raw JSON. Paths are in `api-paths.ts`, the retry table in
 * `retry-policy.ts`, sockets in `connection-pool.ts`.
 *
 * Guarantees: short requests share one pool and at most `maxInflightRequests` sockets; each watch has
 * a socket of its own; a fenced mutation checks its leadership each time it leaves the queue, once more right before its
 * bytes go to the kernel, and tells when the lease was over by the time they had gone.
 */
import { type Clock, sleep, systemClock } from '../clock.ts';
import { isRuntimeError, RuntimeError } from '../errors.ts';
import type { Leadership } from '../leadership-gate.ts';
import { type Logger, silentLogger } from '../logger.ts';
import { type Counter, type Histogram, type Metrics, noMetrics } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import type { ObjectKey } from '../object/object-key.ts';
import { keyOf } from '../object/object-key.ts';
import type { ResourceKind } from '../object/resource-kind.ts';
import { onAbort } from '../on-abort.ts';
import { jitter, type Random, systemRandom } from '../random.ts';
import { collectionPath, objectPath, queryText, versionPath } from './api-paths.ts';
import type { ClusterAuth, Credentials } from './cluster-auth.ts';
import { ConnectionPool } from './connection-pool.ts';
import {
  exchange,
  type ExchangeControl,
  ExchangeError,
  type HttpAnswer,
  type HttpRequest,
  startExchange,
} from './http-exchange.ts';
import { HttpWatchStream } from './http-watch-stream.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  DeleteResult,
  JsonPatchOperation,
  KubeClient,
  ListOptions,
  ListPage,
  MutationOptions,
  WatchOptions,
  WatchStream,
  WriteResult,
} from './kube-client.ts';
import { RequestSlots } from './request-slots.ts';
import { decideRetry, parseRetryAfter, type Repeatability, type RequestFailure } from './retry-policy.ts';
import { ServerWarnings } from './server-warnings.ts';
import { parseStatusError } from './status-body.ts';
import { isObjectMissing, isStatusError, type StatusBody, StatusError } from './status-error.ts';

export interface HttpKubeClientOptions {
  readonly auth: ClusterAuth;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** Short requests in flight at once; watches do not count. Integer ≥ 1. @default 32 */
  readonly maxInflightRequests?: number;
  /** Milliseconds one attempt of a mutation may take; longer than the 10 s a webhook may take. @default 15000 */
  readonly mutationTimeoutMs?: number;
  /** Milliseconds one attempt of a read may take, body included. @default 30000 */
  readonly readTimeoutMs?: number;
  /** @default 'k8sop' */
  readonly userAgent?: string;
}

/** An unpaginated list of a whole cluster may take as long as the server allows. */
const FULL_LIST_TIMEOUT_MS = 60_000;
/** Just below the longest string V8 can hold, which is what JSON.parse needs. */
const MAX_BODY_BYTES = 500 * 1024 * 1024;
/** Seconds to wait for the head of a watch answer. */
const WATCH_HEAD_TIMEOUT_MS = 30_000;

interface Call {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly repeatability: Repeatability;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly fence?: Leadership | undefined;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
}

interface WireList {
  readonly items?: KubeObject[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

export class HttpKubeClient implements KubeClient {
  readonly #auth: ClusterAuth;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pool = new ConnectionPool();
  readonly #slots: RequestSlots;
  readonly #logger: Logger;
  readonly #warnings: ServerWarnings;
  readonly #mutationTimeoutMs: number;
  readonly #readTimeoutMs: number;
  readonly #userAgent: string;
  #server: { readonly text: string; readonly url: URL } | undefined;
  readonly #requests: Counter;
  readonly #retries: Counter;
  readonly #durations: Histogram;
  readonly #waits: Histogram;
  readonly #late: Counter;

  constructor(options: HttpKubeClientOptions) {
    const metrics = options.metrics ?? noMetrics;
    this.#auth = options.auth;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#slots = new RequestSlots(options.maxInflightRequests ?? 32);
    this.#logger = options.logger ?? silentLogger;
    this.#warnings = new ServerWarnings(this.#logger);
    this.#mutationTimeoutMs = options.mutationTimeoutMs ?? 15_000;
    this.#readTimeoutMs = options.readTimeoutMs ?? 30_000;
    this.#userAgent = options.userAgent ?? 'k8sop';
    this.#requests = metrics.counter({
      name: 'rest_client_requests_total',
      help: 'Attempts of HTTP requests, by status code (or error) and method.',
      labels: ['code', 'method'],
    });
    this.#retries = metrics.counter({
      name: 'rest_client_request_retries_total',
      help: 'Attempts beyond the first.',
      labels: ['method'],
    });
    this.#durations = metrics.histogram({
      name: 'rest_client_request_duration_seconds',
      help: 'Time from leaving the queue to the complete answer.',
      labels: ['method'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 30],
    });
    this.#waits = metrics.histogram({
      name: 'rest_client_rate_limiter_duration_seconds',
      help: 'Time a request waited for a free slot.',
      labels: ['method'],
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30],
    });
    this.#late = metrics.counter({
      name: 'k8sop_late_writes_total',
      help: 'Writes on whose way out the lease ended, because the process stood still; each is logged.',
      labels: ['method'],
    });
  }

  async get<T extends KubeObject>(kind: ResourceKind<T>, key: ObjectKey, options: CallOptions): Promise<T | undefined> {
    try {
      const answer = await this.#call(this.#read(objectPath(kind, key), options.signal));
      return complete(kind, parseBody<T>(answer));
    } catch (error) {
      if (isObjectMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }

  async listPage<T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions): Promise<ListPage<T>> {
    const query = queryText({
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      limit: options.limit,
      continue: options.continue,
      resourceVersion: options.resourceVersion,
      resourceVersionMatch: options.resourceVersionMatch,
    });
    const read = this.#read(collectionPath(kind, options.namespace) + query, options.signal);
    const timeoutMs = options.limit === undefined ? Math.max(FULL_LIST_TIMEOUT_MS, read.timeoutMs) : read.timeoutMs;
    const accept = acceptHeader(options.metadataOnly === true ? 'PartialObjectMetadataList' : undefined);
    const list = parseBody<WireList | null>(await this.#call({ ...read, accept, timeoutMs }));
    const items = listItems<T>(list);
    for (let i = 0; i < items.length; i++) {
      items[i] = complete(kind, items[i] as T);
    }
    const token = list?.metadata?.continue ?? '';
    return {
      items,
      resourceVersion: list?.metadata?.resourceVersion ?? '',
      ...(token === '' ? {} : { continue: token }),
    };
  }

  async watch<T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions): Promise<WatchStream<T>> {
    const query = queryText({
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: options.resourceVersion,
      timeoutSeconds: options.timeoutSeconds,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
    });
    const accept = acceptHeader(options.metadataOnly === true ? 'PartialObjectMetadata' : undefined);
    const path = collectionPath(kind, options.namespace) + query;
    const open = (): Promise<WatchStream<T>> =>
      this.#openWatch({ kind, path, accept, signal: options.signal, onBytes: options.onBytes, known: options.known });
    try {
      return await open();
    } catch (error) {
      if (error instanceof UnauthorizedError && (await this.#auth.refresh(error.credentials, options))) {
        return await open().catch(unwrapUnauthorized);
      }
      return unwrapUnauthorized(error);
    }
  }

  async create<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    options: MutationOptions,
  ): Promise<WriteResult<T>> {
    const path =
      options.subresource === undefined
        ? collectionPath(kind, object.metadata.namespace)
        : objectPath(kind, keyOf(object), options.subresource);
    return await this.#write(kind, {
      ...this.#mutation(path, options),
      method: 'POST',
      repeatability: 'once',
      contentType: 'application/json',
      body: JSON.stringify(object),
    });
  }

  async apply<T extends KubeObject>(kind: ResourceKind<T>, object: T, options: ApplyOptions): Promise<WriteResult<T>> {
    const path = objectPath(kind, keyOf(object), options.subresource);
    const query = { fieldValidation: 'Strict', force: options.force === true ? true : undefined };
    return await this.#write(kind, {
      ...this.#mutation(path, options, query),
      method: 'PATCH',
      repeatability: 'repeatable',
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
    });
  }

  async jsonPatch<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    operations: readonly JsonPatchOperation[],
    options: MutationOptions,
  ): Promise<WriteResult<T>> {
    return await this.#write(kind, {
      ...this.#mutation(objectPath(kind, key, options.subresource), options),
      method: 'PATCH',
      repeatability: operations[0]?.op === 'test' ? 'repeatable' : 'once',
      contentType: 'application/json-patch+json',
      body: JSON.stringify(operations),
    });
  }

  async mergePatch<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    patch: object,
    options: MutationOptions,
  ): Promise<WriteResult<T>> {
    return await this.#write(kind, {
      ...this.#mutation(objectPath(kind, key, options.subresource), options),
      method: 'PATCH',
      repeatability: 'once',
      contentType: 'application/merge-patch+json',
      body: JSON.stringify(patch),
    });
  }

  async delete<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    options: DeleteOptions,
  ): Promise<DeleteResult<T>> {
    const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds, dryRun } = options;
    const guarded = uid !== undefined || resourceVersion !== undefined;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(guarded ? { preconditions: { uid, resourceVersion } } : {}),
      propagationPolicy,
      gracePeriodSeconds,
      ...(dryRun === true ? { dryRun: ['All'] } : {}),
    };
    try {
      const answer = await this.#call({
        ...this.#mutation(objectPath(kind, key, options.subresource), options),
        method: 'DELETE',
        repeatability: uid === undefined ? 'once' : 'repeatable',
        contentType: 'application/json',
        body: JSON.stringify(body),
      });
      return deleteResult(kind, answer);
    } catch (error) {
      const otherIncarnation = isStatusError(error, 409) && uid !== undefined && resourceVersion === undefined;
      if (isObjectMissing(error) || otherIncarnation) {
        return { outcome: 'absent' };
      }
      throw error;
    }
  }

  async serves(kind: ResourceKind, options: CallOptions): Promise<boolean> {
    try {
      const answer = await this.#call(this.#read(versionPath(kind.apiVersion), options.signal));
      const { resources = [] } = parseBody<{ readonly resources?: readonly { name: string; kind: string }[] }>(answer);
      return resources.some((resource) => resource.name === kind.plural && resource.kind === kind.kind);
    } catch (error) {
      if (isStatusError(error, 404)) {
        return false;
      }
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }

  #read(path: string, signal: AbortSignal): Call {
    return { method: 'GET', path, repeatability: 'read', timeoutMs: this.#readTimeoutMs, signal };
  }

  #mutation(
    path: string,
    options: MutationOptions,
    query: Readonly<Record<string, string | boolean | undefined>> = {},
  ): Pick<Call, 'path' | 'timeoutMs' | 'signal' | 'fence'> {
    const text = queryText({
      fieldManager: options.fieldManager,
      ...query,
      dryRun: options.dryRun === true ? 'All' : undefined,
      // The server gives up when we do: an abandoned write ends there too.
      timeout: `${Math.ceil(this.#mutationTimeoutMs / 1_000)}s`,
    });
    return { path: path + text, timeoutMs: this.#mutationTimeoutMs, signal: options.signal, fence: options.fence };
  }

  async #write<T extends KubeObject>(kind: ResourceKind<T>, call: Call): Promise<WriteResult<T>> {
    const answer = await this.#call(call);
    return { object: complete(kind, parseBody<T>(answer)), created: answer.status === 201 };
  }

  /** All attempts of one call. */
  async #call(call: Call): Promise<HttpAnswer> {
    let refreshed = false;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(call);
      if (outcome.type === 'answer') {
        return outcome.answer;
      }
      if (outcome.failure.type === 'status' && outcome.failure.code === 401 && !refreshed) {
        refreshed = true;
        if (await this.#auth.refresh(outcome.credentials, call)) {
          attempt -= 1;
          continue;
        }
      }
      const decision = decideRetry(outcome.failure, attempt, call.repeatability);
      if (decision.type === 'throw') {
        throw finalError(decision.as, outcome.error, { call, attempt });
      }
      this.#retries.inc({ method: call.method });
      const exact = outcome.failure.type === 'status' && outcome.failure.retryAfterMs !== undefined;
      const delayMs = exact ? decision.delayMs : jitter(this.#random, decision.delayMs, 0.2);
      await sleep(this.#clock, delayMs, call);
    }
  }

  async #attempt(call: Call): Promise<AttemptOutcome> {
    const queuedMs = this.#clock.nowMs();
    const release = await this.#slots.acquire(call.signal);
    this.#waits.observe((this.#clock.nowMs() - queuedMs) / 1_000, { method: call.method });
    try {
      const credentials = await this.#auth.credentials(call);
      call.signal.throwIfAborted();
      return await this.#send(call, credentials);
    } finally {
      release();
    }
  }

  async #send(call: Call, credentials: Credentials): Promise<AttemptOutcome> {
    const request = this.#request(call, credentials);
    const socket = this.#pool.lease({ origin: request.origin, tls: credentials.tls });
    const startedMs = this.#clock.nowMs();
    let letBe: (() => void) | undefined;
    try {
      const answer = await exchange(socket.dispatcher, request, {
        maxBodyBytes: MAX_BODY_BYTES,
        lastLook: this.#pool.lastLook,
        control: (control) => {
          letBe = this.#cutWhenOver(call, control);
        },
      });
      socket.giveBack();
      this.#requests.inc({ code: String(answer.status), method: call.method });
      this.#durations.observe((this.#clock.nowMs() - startedMs) / 1_000, { method: call.method });
      this.#warnings.report(answer.headers, `${call.method} ${pathOnly(call.path)}`);
      return this.#judge(call, answer, credentials);
    } catch (error) {
      socket.discard();
      const failure = asExchangeError(error);
      this.#requests.inc({ code: '<error>', method: call.method });
      if (failure.sent) call.fence?.unanswered?.();
      call.signal.throwIfAborted();
      if (isRuntimeError(failure.cause, 'LEADERSHIP_LOST')) {
        throw failure.cause;
      }
      return { type: 'failed', failure: { type: failure.sent ? 'lost' : 'not-sent' }, error: failure, credentials };
    } finally {
      letBe?.();
    }
  }

  #judge(call: Call, answer: HttpAnswer, credentials: Credentials): AttemptOutcome {
    if (answer.status >= 200 && answer.status < 300) {
      return { type: 'answer', answer };
    }
    const retryAfterMs = parseRetryAfter(headerText(answer.headers['retry-after']), this.#clock.wallMs());
    const error = parseStatusError(
      { status: answer.status, body: answer.body, retryAfterMs },
      `${call.method} ${pathOnly(call.path)}`,
    );
    return {
      type: 'failed',
      failure: { type: 'status', code: answer.status, retryAfterMs },
      error,
      credentials,
    };
  }

  #request(call: Call, credentials: Credentials): HttpRequest {
    const { origin, pathname } = this.#parseServer(credentials.server);
    const { method, fence, contentType, body, accept = 'application/json' } = call;
    const headers: Record<string, string> = { ...credentials.headers, accept, 'user-agent': this.#userAgent };
    if (contentType !== undefined) headers['content-type'] = contentType;
    if (fence !== undefined && fence.stamp !== '') headers['k8sop-fence'] = fence.stamp;
    const path = (pathname === '/' ? '' : pathname) + call.path;
    return { origin, path, method, headers, body, ...(fence === undefined ? {} : this.#fenced(call, fence)) };
  }

  #fenced(call: Call, fence: Leadership): Required<Pick<HttpRequest, 'onStart' | 'handOver'>> {
    return {
      onStart: () => fence.assertHeld(),
      handOver: (write) => {
        const fromMs = this.#clock.nowMs();
        const leftMs = fence.remainingMs();
        if (leftMs <= 0) fence.assertHeld();
        write();
        if (fence.remainingMs() <= 0) this.#tellLate(call, fence, this.#clock.nowMs() - fromMs - leftMs);
      },
    };
  }

  /** The process stood still between the last look and here, before or after the bytes left: the socket is reset at once. */
  #tellLate({ method, path }: Call, fence: Leadership, lateMs: number): void {
    this.#late.inc({ method });
    this.#logger.warn('the lease ended while a write was on its way out', {
      request: `${method} ${pathOnly(path)}`,
      fence: fence.stamp,
      lateMs: Math.round(lateMs * 1_000) / 1_000,
    });
    fence.assertHeld();
  }

  /** The same server is asked for with every request; parsing its URL once is enough. */
  #parseServer(server: string): URL {
    if (this.#server?.text !== server) {
      this.#server = { text: server, url: new URL(server) };
    }
    return this.#server.url;
  }

  /** Cuts the attempt at its deadline, at an abort and when its leadership ends. Returns how to let it be. */
  #cutWhenOver({ signal, fence, timeoutMs }: Call, control: ExchangeControl): () => void {
    const ignoreSignal = onAbort(signal, () => control.abort(abortReason(signal)));
    const ignoreFence =
      fence &&
      onAbort(fence.signal, () => {
        control.abort(new RuntimeError('LEADERSHIP_LOST', 'leadership ended while a write was in flight'));
      });
    const timer = this.#clock.setTimer(timeoutMs, () => {
      control.abort(new Error(`no complete answer within ${timeoutMs} ms`));
    });
    return () => {
      ignoreSignal();
      ignoreFence?.();
      timer.cancel();
    };
  }

  async #openWatch<T extends KubeObject>(watch: {
    readonly kind: ResourceKind<T>;
    readonly path: string;
    readonly accept: string;
    readonly signal: AbortSignal;
    readonly onBytes: (() => void) | undefined;
    readonly known: ((resourceVersion: string) => unknown) | undefined;
  }): Promise<WatchStream<T>> {
    const { kind, signal, onBytes, known } = watch;
    const credentials = await this.#auth.credentials(watch);
    signal.throwIfAborted();
    const call: Call = { ...this.#read(watch.path, signal), accept: watch.accept };
    const stream = new HttpWatchStream<T>({
      complete: (object) => complete(kind, object),
      ...(onBytes === undefined ? {} : { onBytes }),
      ...(known === undefined ? {} : { known }),
    });
    const request: HttpRequest = { ...this.#request(call, credentials), lastOnSocket: true };
    const dispatcher = this.#pool.watchDispatcher({ origin: request.origin, tls: credentials.tls });
    const { lastLook } = this.#pool;
    return new Promise((resolve, reject) => {
      const refusal: Buffer[] = [];
      let refused: number | undefined;
      let headers: HttpAnswer['headers'] = {};
      const over = (): void => {
        headTimer.cancel();
        signal.removeEventListener('abort', onOver);
      };
      const flow = startExchange(dispatcher, request, lastLook, {
        head: (status, received) => {
          headTimer.cancel();
          this.#requests.inc({ code: String(status), method: 'GET' });
          headers = received;
          if (status === 200) {
            resolve(stream);
          } else {
            refused = status;
          }
        },
        data: (chunk) => (refused === undefined ? stream.receive(chunk) : void refusal.push(chunk)),
        end: () => {
          over();
          stream.finish();
          if (refused !== undefined) {
            const outcome = this.#judge(call, { status: refused, headers, body: Buffer.concat(refusal) }, credentials);
            reject(watchError(refused, outcome, credentials));
          }
        },
        fail: (error) => {
          over();
          const reason = signal.aborted ? abortReason(signal) : error;
          stream.fail(reason);
          reject(
            signal.aborted ? reason : new RuntimeError('API_UNREACHABLE', `watch: ${error.message}`, { cause: error }),
          );
        },
      });
      const onOver = (): void => flow.abort(abortReason(signal));
      const headTimer = this.#clock.setTimer(WATCH_HEAD_TIMEOUT_MS, () => {
        flow.abort(new Error(`no answer to a watch within ${WATCH_HEAD_TIMEOUT_MS} ms`));
      });
      signal.addEventListener('abort', onOver, { once: true });
      stream.attach(flow);
    });
  }
}

type AttemptOutcome =
  | { readonly type: 'answer'; readonly answer: HttpAnswer }
  | {
      readonly type: 'failed';
      readonly failure: RequestFailure;
      readonly error: StatusError | ExchangeError;
      readonly credentials: Credentials;
    };

/** Carries what a 401 rejected from the watch to the one retry with fresh credentials. */
class UnauthorizedError extends Error {
  readonly status: StatusError;
  readonly credentials: Credentials;

  constructor(status: StatusError, credentials: Credentials) {
    super(status.message);
    this.status = status;
    this.credentials = credentials;
  }
}

function unwrapUnauthorized(error: unknown): never {
  throw error instanceof UnauthorizedError ? error.status : error;
}

function watchError(status: number, outcome: AttemptOutcome, credentials: Credentials): Error {
  const error =
    outcome.type === 'failed' ? outcome.error : new StatusError('not a watch', { code: status, reason: '' });
  return status === 401 && error instanceof StatusError ? new UnauthorizedError(error, credentials) : error;
}

function finalError(
  as: 'status' | 'unreachable' | 'outcome-unknown',
  cause: StatusError | ExchangeError,
  context: { readonly call: Call; readonly attempt: number },
): Error {
  const { call, attempt } = context;
  const request = `${call.method} ${pathOnly(call.path)}`;
  switch (as) {
    case 'status':
      return cause;
    case 'unreachable':
      return new RuntimeError('API_UNREACHABLE', `${request} failed ${attempt} times: ${cause.message}`, { cause });
    case 'outcome-unknown':
      return new RuntimeError(
        'WRITE_OUTCOME_UNKNOWN',
        `${request} may have happened, its answer was lost (${cause.message}); read the object before repeating it`,
        { cause },
      );
  }
}

function asExchangeError(error: unknown): ExchangeError {
  return error instanceof ExchangeError ? error : new ExchangeError(true, error as Error);
}

function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

/** Queries hold selectors and tokens nobody needs in an error message. */
function pathOnly(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function acceptHeader(projection: string | undefined): string {
  return projection === undefined
    ? 'application/json'
    : `application/json;as=${projection};g=meta.k8s.io;v=v1,application/json`;
}

function parseBody<T>(answer: HttpAnswer): T {
  try {
    return JSON.parse(answer.body.toString('utf8')) as T;
  } catch (cause) {
    throw new RuntimeError(
      'API_UNREACHABLE',
      `the answer (${answer.body.length} B) is no JSON; is the server URL right?`,
      {
        cause,
      },
    );
  }
}

/**
 * Anything else than a list must not pass for an empty one: whoever relists would take every object for deleted.
 * @throws RuntimeError `API_UNREACHABLE`
 */
function listItems<T>(list: WireList | null): T[] {
  const { items, metadata } = Object(list) as Partial<WireList>;
  if (typeof metadata !== 'object' || metadata === null || !(items === null || Array.isArray(items))) {
    throw new RuntimeError('API_UNREACHABLE', 'the answer is JSON but no list of objects; is the server URL right?');
  }
  return (items ?? []) as unknown as T[];
}

/**
 * List items lack `apiVersion` and `kind`, metadata-only answers name `PartialObjectMetadata`.
 * @throws RuntimeError `API_UNREACHABLE` for what is no object of any kind.
 */
function complete<T extends KubeObject>(kind: ResourceKind<T>, object: T): T {
  const { metadata } = Object(object) as { readonly metadata?: unknown };
  if (typeof metadata !== 'object' || metadata === null) {
    throw new RuntimeError(
      'API_UNREACHABLE',
      `the server sent no ${kind.kind}: metadata is missing; is its URL right?`,
    );
  }
  const item = object as { apiVersion: string; kind: string };
  item.apiVersion = kind.apiVersion;
  item.kind = kind.kind;
  return object;
}

function deleteResult<T extends KubeObject>(kind: ResourceKind<T>, answer: HttpAnswer): DeleteResult<T> {
  const body = parseBody<KubeObject & StatusBody>(answer);
  if (body.kind === 'Status') {
    const uid = body.details?.uid;
    return { outcome: 'gone', ...(uid === undefined ? {} : { uid }) };
  }
  const object = complete(kind, body as KubeObject as T);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  const kept = finalizers.length > 0 || deletionGracePeriodSeconds > 0;
  const pending = answer.status === 202 || (deletionTimestamp !== undefined && kept);
  const { uid } = object.metadata;
  return { outcome: pending ? 'terminating' : 'gone', object, ...(uid === undefined ? {} : { uid }) };
}
