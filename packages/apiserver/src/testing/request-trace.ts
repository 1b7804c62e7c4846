/** The last requests a server answered, for tests that ask what a client did. */
export interface TracedRequest {
  readonly method: string;
  readonly path: string;
  /** The query string with its question mark, or ''. */
  readonly query: string;
  readonly verb: string;
  /** `deployments.apps`; '' for what isn't a resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly user: string;
  /** HTTP status; 0 when the connection was cut before an answer. */
  readonly code: number;
  /** From the last byte of the request to the answer (for watches: to its headers). */
  readonly ms: number;
  /** Milliseconds since the epoch at which the request had arrived. */
  readonly atMs: number;
  readonly userAgent: string | undefined;
  /** Value of the `k8sop-fence` header: the leadership term under which a client writes. */
  readonly fence: string | undefined;
  /**
   * Milliseconds of `process.hrtime` at which the request had been carried out: one clock for all processes of a host.
   * The trace is in the order in which the server carried requests out.
   */
  readonly doneAtMs: number;
}

export type TraceFilter = Partial<
  Pick<TracedRequest, 'verb' | 'resource' | 'namespace' | 'name' | 'subresource' | 'user' | 'code' | 'method'>
>;

/** Keeps the newest `capacity` requests. */
export class RequestTrace {
  readonly #capacity: number;
  #requests: TracedRequest[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(request: Omit<TracedRequest, 'doneAtMs'>): void {
    if (this.#capacity === 0) return; // slice(-0) would keep everything
    this.#requests.push({ ...request, doneAtMs: Number(process.hrtime.bigint()) / 1e6 });
    if (this.#requests.length >= 2 * this.#capacity) this.#requests = this.#requests.slice(-this.#capacity);
  }

  /** Oldest first; only those whose fields equal the filter's. */
  requests(filter: TraceFilter = {}): readonly TracedRequest[] {
    const wanted = Object.entries(filter) as [keyof TraceFilter, unknown][];
    return this.#requests
      .slice(Math.max(0, this.#requests.length - this.#capacity))
      .filter((request) => wanted.every(([field, value]) => request[field] === value));
  }

  clear(): void {
    this.#requests = [];
  }
}
