/**
 * Splits a byte stream into lines of JSON. Works on bytes, so a character or a line may be cut
 * anywhere between two chunks.
 */
import { RuntimeError } from '../errors.ts';

/** A longer line is no watch event: objects are limited to a few MiB by the server's storage. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

export class NdjsonDecoder {
  readonly #maxLineBytes: number;
  readonly #recognise: (line: Buffer) => unknown;
  #parts: Buffer[] = [];
  #partBytes = 0;

  /** `recognise` may know the value of a line without parsing it; undefined when it does not. */
  constructor(options: { readonly maxLineBytes?: number; readonly recognise?: (line: Buffer) => unknown } = {}) {
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#recognise = options.recognise ?? nothing;
  }

  /**
   * The values of all lines completed by `chunk`; blank lines are ignored.
   * @throws RuntimeError `STREAM_CORRUPT` when a line is too long or no JSON.
   */
  push(chunk: Buffer): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      start = end + 1;
      if (line.length > 0) {
        values.push(this.#recognise(line) ?? parseLine(line));
      }
    }
    this.#keep(chunk.subarray(start));
    return values;
  }

  /** Call at the end of the stream. @throws RuntimeError `STREAM_CORRUPT` when a line was cut short. */
  end(): void {
    if (this.#partBytes > 0) {
      throw new RuntimeError('STREAM_CORRUPT', `the stream ended inside a line after ${this.#partBytes} B; reconnect`);
    }
  }

  #complete(tail: Buffer): Buffer {
    if (this.#partBytes === 0) {
      return tail;
    }
    const line = Buffer.concat([...this.#parts, tail]);
    this.#parts = [];
    this.#partBytes = 0;
    return line;
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) {
      return;
    }
    this.#parts.push(rest);
    this.#partBytes += rest.length;
    if (this.#partBytes > this.#maxLineBytes) {
      throw new RuntimeError(
        'STREAM_CORRUPT',
        `a line exceeds ${this.#maxLineBytes} B (${this.#partBytes} B so far); reconnect`,
      );
    }
  }
}

function nothing(): undefined {
  return undefined;
}

function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw new RuntimeError('STREAM_CORRUPT', `a line of ${line.length} B is no JSON; reconnect`, { cause });
  }
}
