/**
 * One HTTP request over an undici dispatcher, as a promise of the whole answer or as a stream of
 * chunks. Knows which side of "a byte was sent" a failure is on. No retries, no Kubernetes here.
 */
import type { Dispatcher } from 'undici';
import type { HandOver, LastLook } from './last-look.ts';

export interface HttpRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Close the socket afterwards. @default false */
  readonly lastOnSocket?: boolean;
  /** Runs when the request leaves the pool's queue; a throw sends nothing and fails the exchange with it. */
  readonly onStart?: () => void;
  /** Gives the bytes to the kernel, or keeps them by a throw: nothing is sent then, and the exchange fails with it. */
  readonly handOver?: HandOver;
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
}

/** Ends an exchange from outside. */
export interface ExchangeControl {
  /** Destroys the socket; the exchange fails with `reason`. */
  abort(reason: Error): void;
}

/** The exchange failed. `sent` tells whether any byte of the request may have left. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly sent: boolean;

  constructor(sent: boolean, cause: Error) {
    super(cause.message === '' ? cause.name : cause.message, { cause });
    this.sent = sent;
  }
}

interface ExchangeEvents {
  head(status: number, headers: ResponseHeaders): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(error: ExchangeError): void;
}

/** Pausing stops reading from the socket, so the server feels the backpressure. */
export interface FlowControl extends ExchangeControl {
  pause(): void;
  resume(): void;
}

/** Starts the exchange; exactly one of `events.end` and `events.fail` follows. `lastLook` watches the dispatcher's sockets. */
export function startExchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  lastLook: LastLook,
  events: ExchangeEvents,
): FlowControl {
  let controller: Dispatcher.DispatchController | undefined;
  let abortedWith: Error | undefined;
  let sent = false;
  let over = false;
  const fail = (error: Error): void => {
    if (!over) {
      over = true;
      events.fail(new ExchangeError(sent, abortedWith ?? error));
    }
  };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (started) => {
      controller = started;
      try {
        if (abortedWith !== undefined) {
          throw abortedWith;
        }
        request.onStart?.();
        const { handOver } = request;
        sent = handOver === undefined;
        lastLook.announce(
          handOver &&
            ((write) =>
              handOver(() => {
                sent = true;
                write();
              })),
        );
      } catch (error) {
        abortedWith = error as Error;
        started.abort(abortedWith);
      }
    },
    onResponseStart: (_controller, status, headers) => {
      events.head(status, headers);
    },
    onResponseData: (_controller, chunk) => {
      if (!over) {
        events.data(chunk);
      }
    },
    onResponseEnd: () => {
      if (!over) {
        over = true;
        events.end();
      }
    },
    onResponseError: (_controller, error) => fail(error),
  };
  try {
    dispatcher.dispatch(
      {
        origin: request.origin,
        path: request.path,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        reset: request.lastOnSocket ?? false,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    );
  } catch (error) {
    fail(error as Error);
  }
  return {
    pause: () => controller?.pause(),
    resume: () => controller?.resume(),
    abort: (reason) => {
      abortedWith ??= reason;
      controller?.abort(reason);
      // Not started yet: undici drops it when its turn comes; the caller need not wait for that.
      fail(reason);
    },
  };
}

/** The whole answer in memory. `maxBodyBytes` bounds it. @throws ExchangeError */
export function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  options: {
    readonly maxBodyBytes: number;
    /** Watches the sockets of the dispatcher. */
    readonly lastLook: LastLook;
    readonly control?: (control: ExchangeControl) => void;
  },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let headers: ResponseHeaders = {};
    const control = startExchange(dispatcher, request, options.lastLook, {
      head: (code, received) => {
        status = code;
        headers = received;
      },
      data: (chunk) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > options.maxBodyBytes) {
          control.abort(new RangeError(`the answer exceeds ${options.maxBodyBytes} B`));
        }
      },
      end: () => {
        resolve({ status, headers, body: wholeOf(chunks, bytes) });
      },
      fail: reject,
    });
    options.control?.(control);
  });
}

/** Most answers come in one piece; joining copies. */
function wholeOf(chunks: readonly Buffer[], bytes: number): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, bytes);
}
