/** `StatusError`: an answer of the API server that is not a success, as the server worded it. */

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** `metav1.Status`, the body of a failed request. */
export interface StatusBody {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: StatusDetails;
}

export interface StatusErrorOptions {
  /** HTTP status code. */
  readonly code: number;
  /** `NotFound`, `Conflict`, `Forbidden`, …; empty when the answer was no Status. */
  readonly reason: string;
  readonly details?: StatusDetails;
  /** Milliseconds the server asked to wait. */
  readonly retryAfterMs?: number;
}

export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: StatusErrorOptions) {
    super(message);
    this.code = options.code;
    this.reason = options.reason;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether `error` is an API answer, optionally with this HTTP status code. */
export function isStatusError(error: unknown, code?: number): error is StatusError {
  return error instanceof StatusError && (code === undefined || error.code === code);
}

/**
 * Whether a 404 says that the *object* is missing; a 404 for an unknown kind or path carries no
 * object name.
 */
export function isObjectMissing(error: unknown): error is StatusError {
  return isStatusError(error, 404) && error.reason === 'NotFound' && (error.details.name ?? '') !== '';
}
