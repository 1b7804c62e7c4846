/**
 * Makes chosen requests fail: with a status, late, cut off, or dropped. Faults match before authentication, so that
 * storms of 401 and half-sent streams can be tested too. The newest matching fault wins.
 */
import type { RequestInfo } from '../rest/request-info.ts';
import { qualified, StatusError } from '../rest/status-error.ts';

/** Absent parts match everything. */
export interface FaultMatch {
  readonly verb?: string;
  /** `leases.coordination.k8s.io`, `pods`, `deployments.apps/status`. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly method?: string;
  /** Start of the path. */
  readonly path?: string;
}

export interface FaultAction {
  /** Answer this status with a fitting `Status` body instead of handling the request. */
  readonly status?: number;
  /** Seconds for the Retry-After header of that answer. */
  readonly retryAfter?: number;
  /** Answer 409, as if somebody else had written first. */
  readonly conflict?: boolean;
  /** Wait before the request is handled. */
  readonly delayMs?: number;
  /** Close the connection: `before` handling the request, or `after` (the client never learns that it worked). */
  readonly drop?: 'before' | 'after';
  /** Close the connection after this many bytes of the body. */
  readonly truncate?: number;
  /** Send the body in pieces of `bytes`, one every `everyMs`. */
  readonly slow?: { readonly bytes: number; readonly everyMs: number };
  /** How often the fault strikes. @default Infinity */
  readonly times?: number;
}

export interface Fault {
  /** How often it has struck. */
  readonly hits: number;
  remove(): void;
}

interface ArmedFault {
  readonly match: FaultMatch;
  readonly action: FaultAction;
  left: number;
  hits: number;
}

export class FaultInjector {
  #faults: ArmedFault[] = [];

  inject(match: FaultMatch, action: FaultAction): Fault {
    const armed: ArmedFault = { match, action, left: action.times ?? Infinity, hits: 0 };
    this.#faults = [armed, ...this.#faults];
    return {
      get hits(): number {
        return armed.hits;
      },
      remove: () => {
        this.#faults = this.#faults.filter((fault) => fault !== armed);
      },
    };
  }

  /** The action for one request; counts as a strike. */
  strike(request: RequestInfo): FaultAction | undefined {
    if (this.#faults.length === 0) return undefined;
    const fault = this.#faults.find(({ match, left }) => left > 0 && applies(match, request));
    if (fault === undefined) return undefined;
    fault.left--;
    fault.hits++;
    return fault.action;
  }

  clear(): void {
    this.#faults = [];
  }
}

function applies(match: FaultMatch, request: RequestInfo): boolean {
  const base = qualified(request.group, request.resource);
  const resource = request.subresource === undefined ? base : `${base}/${request.subresource}`;
  return (
    (match.verb === undefined || match.verb === request.verb) &&
    (match.resource === undefined || match.resource === resource) &&
    (match.namespace === undefined || match.namespace === request.namespace) &&
    (match.name === undefined || match.name === request.name) &&
    (match.method === undefined || match.method === request.method) &&
    (match.path === undefined || request.path.startsWith(match.path))
  );
}

const reasons: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ['BadRequest', 'injected fault'],
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden: injected fault'],
  404: ['NotFound', 'the server could not find the requested resource'],
  409: [
    'Conflict',
    'Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again',
  ],
  410: ['Expired', 'The resourceVersion for the provided list is too old.'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: injected fault'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
};

/** The error a fault answers with, if it answers one at all. */
export function faultError(action: FaultAction): StatusError | undefined {
  const code = action.conflict === true ? 409 : action.status;
  if (code === undefined) return undefined;
  const [reason, message] = reasons[code] ?? [undefined, 'injected fault'];
  return new StatusError(code, reason, message, { retryAfterSeconds: action.retryAfter });
}
