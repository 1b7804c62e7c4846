/**
 * `RuntimeError`: what this package itself can refuse or fail at. Answers of the API server are
 * `StatusError` (`client/status-error.ts`). Codes are API, messages are not.
 */

export type RuntimeErrorCode =
  | 'CACHE_NOT_DECLARED' // a cached read of a kind without an informer: declare it with owns() or watches()
  | 'LEADERSHIP_LOST' // nothing was sent: retried by the next leader
  | 'WRITE_OUTCOME_UNKNOWN' // the write may have happened: read before repeating it
  | 'APPLY_CONFLICT' // another manager owns the listed fields: choose onConflict
  | 'OWNER_SCOPE' // the child cannot have this owner without a finalizer
  | 'FINALIZER_CONTENDED' // other writers changed the list five times in a row: retried
  | 'RECONCILE_TIMEOUT' // the run exceeded timeout(): retried with backoff
  | 'WATCH_DENIED' // RBAC is missing for the named verb and resource
  | 'KUBECONFIG_INVALID' // the named file or field cannot be used
  | 'STREAM_CORRUPT' // a watch stream broke inside a line: reconnected
  | 'REPLICATION_UNAVAILABLE' // not the leader, or no quorum: retry
  | 'API_UNREACHABLE' // no answer from the API server after all attempts
  | 'KIND_UNKNOWN' // neither built in nor registered: pass the kind's token
  | 'OPTION_INVALID' // the named option or manifest field cannot be used: the message says how to write it
  | 'SHUTTING_DOWN'; // the process is stopping: the next one goes on

export interface RuntimeErrorOptions {
  readonly cause?: unknown;
  /** Facts for code that reacts to the error, such as the conflicting fields. */
  readonly details?: unknown;
}

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;
  readonly details: unknown;

  constructor(code: RuntimeErrorCode, message: string, options: RuntimeErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details;
  }
}

/** Whether `error` is a RuntimeError, optionally with this code. */
export function isRuntimeError(error: unknown, code?: RuntimeErrorCode): error is RuntimeError {
  return error instanceof RuntimeError && (code === undefined || error.code === code);
}
