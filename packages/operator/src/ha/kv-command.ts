/**
 * Commands of the replicated map, as bytes in the log: `op u8, key, expected, value`, each part `length u32, bytes`, with
 * length 2³²−1 for "absent". The format is stored and replicated, so numbers are never reused.
 */
export type KvCommand =
  | { readonly op: 'put'; readonly key: string; readonly value: Uint8Array }
  | {
      readonly op: 'cas';
      readonly key: string;
      readonly expected: Uint8Array | undefined;
      /** `undefined` deletes. */
      readonly value: Uint8Array | undefined;
    };

const opCodes = { put: 1, cas: 2 } as const;
const absentLength = 0xffff_ffff;

export function encodeCommand(command: KvCommand): Uint8Array {
  const expected = command.op === 'cas' ? command.expected : undefined;
  const parts = [Buffer.from(command.key), expected, command.value];
  const size = parts.reduce((sum, part) => sum + 4 + (part?.byteLength ?? 0), 1);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[0] = opCodes[command.op];
  let at = 1;
  for (const part of parts) {
    view.setUint32(at, part?.byteLength ?? absentLength);
    if (part !== undefined) bytes.set(part, at + 4);
    at += 4 + (part?.byteLength ?? 0);
  }
  return bytes;
}

/** Undefined for bytes that no version of this package wrote. */
export function decodeCommand(bytes: Uint8Array): KvCommand | undefined {
  const reader = new PartReader(bytes, 1);
  const key = reader.next();
  const expected = reader.next();
  const value = reader.next();
  if (!reader.atEnd || key === undefined) return undefined;
  const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString();
  if (bytes[0] === opCodes.put && value !== undefined) return { op: 'put', key: name, value };
  if (bytes[0] === opCodes.cas) return { op: 'cas', key: name, expected, value };
  return undefined;
}

/** Reads length-prefixed parts; `atEnd` is false after any overrun. */
export class PartReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  next(): Uint8Array | undefined {
    if (!(this.#at + 4 <= this.#bytes.byteLength)) {
      this.#at = Number.NaN; // overrun: never at the end again
      return undefined;
    }
    const length = this.#view.getUint32(this.#at);
    this.#at += 4;
    if (length === absentLength) return undefined;
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at = part.byteLength === length ? this.#at + length : Number.NaN;
    return part;
  }
}

/** What applying a command answers, one byte. */
export const kvResult = { refused: 0, applied: 1, full: 2, malformed: 3 } as const;
export type KvResult = (typeof kvResult)[keyof typeof kvResult];
