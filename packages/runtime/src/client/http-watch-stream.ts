/**
 * The events of one watch connection, as an async iterable of batches. Reading stops at the socket
 * while the consumer is behind, so a slow consumer bounds memory.
 */
import type { KubeObject } from '../object/kube-object.ts';
import type { FlowControl } from './http-exchange.ts';
import type { WatchEvent, WatchStream } from './kube-client.ts';
import { eventVersion } from './event-version.ts';
import { NdjsonDecoder } from './ndjson.ts';
import type { StatusBody } from './status-error.ts';

/** Unread bytes after which the socket is paused. */
const HIGH_WATER_BYTES = 1024 * 1024;

interface RawEvent {
  readonly type?: string;
  readonly object?: unknown;
  /** Not decoded from the wire: the object is complete, and others hold it. */
  readonly recognised?: true;
}

export interface HttpWatchStreamOptions<T> {
  /** Completes an object of the stream (`apiVersion`, `kind`). */
  readonly complete: (object: T) => T;
  readonly onBytes?: () => void;
  /** See `WatchOptions`. */
  readonly known?: (resourceVersion: string) => unknown;
}

export class HttpWatchStream<T extends KubeObject> implements WatchStream<T> {
  readonly #options: HttpWatchStreamOptions<T>;
  readonly #decoder: NdjsonDecoder;
  #batches: WatchEvent<T>[][] = [];
  #unreadBytes = 0;
  #flow: FlowControl | undefined;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(options: HttpWatchStreamOptions<T>) {
    this.#options = options;
    const { known } = options;
    this.#decoder = new NdjsonDecoder(known === undefined ? {} : { recognise: (line) => recognise(line, known) });
  }

  /** Connects the stream to its exchange, right after that started. */
  attach(flow: FlowControl): void {
    this.#flow = flow;
  }

  receive(chunk: Buffer): void {
    if (this.#ended) {
      return;
    }
    this.#options.onBytes?.();
    try {
      const events = this.#decoder.push(chunk).map((value) => this.#parse(value as RawEvent));
      if (events.length > 0) {
        this.#batches.push(events);
      }
    } catch (error) {
      this.fail(error as Error);
      this.#flow?.abort(error as Error);
      return;
    }
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes > HIGH_WATER_BYTES) {
      this.#flow?.pause();
    }
    this.#notify();
  }

  /** The server ended the answer. */
  finish(): void {
    if (this.#ended) {
      return;
    }
    try {
      this.#decoder.end();
    } catch (error) {
      this.#error = error as Error;
    }
    this.#ended = true;
    this.#notify();
  }

  fail(error: Error): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#error = error;
      this.#notify();
    }
  }

  close(): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#flow?.abort(new Error('the watch was closed'));
      this.#notify();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly WatchEvent<T>[]> {
    try {
      for (;;) {
        const batches = this.#take();
        yield* batches;
        if (batches.length === 0) {
          if (this.#ended) {
            break;
          }
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
      if (this.#error !== undefined) {
        throw this.#error;
      }
    } finally {
      this.close();
    }
  }

  #take(): WatchEvent<T>[][] {
    const batches = this.#batches;
    if (batches.length > 0 || this.#unreadBytes > 0) {
      this.#batches = [];
      this.#unreadBytes = 0;
      this.#flow?.resume();
    }
    return batches;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #parse(event: RawEvent): WatchEvent<T> {
    if (event.type === 'ERROR') {
      const status = (event.object ?? {}) as StatusBody;
      return { type: 'ERROR', status: { code: status.code ?? 500, message: status.message ?? 'unknown watch error' } };
    }
    const object = event.object as T;
    const type = event.type ?? 'none';
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return { type, object: event.recognised === true ? object : this.#options.complete(object) };
      case 'BOOKMARK':
        return { type: 'BOOKMARK', object };
      default:
        return { type: 'ERROR', status: { code: 500, message: `unknown watch event type: ${type}` } };
    }
  }
}

/** The event of an object that is known at the version the line names. */
function recognise(line: Buffer, known: (resourceVersion: string) => unknown): RawEvent | undefined {
  const version = eventVersion(line);
  const object = version === undefined ? undefined : known(version);
  return object === undefined ? undefined : { type: 'MODIFIED', object, recognised: true };
}
