/**
 * The replicated map behind `ctx.replicated`: string → bytes. Deterministic, held in memory, restorable from an image.
 *
 * Its size is bounded: a command that would exceed `maxBytes` changes nothing and answers so.
 */
import type { Command, StateMachine, WaitOptions } from '@k8sop/raft-core';
import { decodeCommand, type KvCommand, type KvResult, kvResult, PartReader } from './kv-command.ts';

/** Keys and values together, on every replica: 256 MiB. */
export const defaultMaxBytes: number = 256 * 1024 * 1024;
const imageChunkBytes = 256 * 1024;

export class KvStateMachine implements StateMachine {
  readonly #maxBytes: number;
  #map = new Map<string, Uint8Array>();
  #sizeBytes = 0;

  constructor(maxBytes: number = defaultMaxBytes) {
    this.#maxBytes = maxBytes;
  }

  /** The value as of the last applied command. The caller has made sure that this is recent enough. */
  get(key: string): Uint8Array | undefined {
    return this.#map.get(key);
  }

  async apply(commands: readonly Command[]): Promise<readonly Uint8Array[]> {
    return commands.map(({ data }) => Uint8Array.of(this.#applyOne(decodeCommand(data))));
  }

  snapshot(_options: WaitOptions): AsyncIterable<Uint8Array> {
    return imageOf(new Map(this.#map)); // values are never changed in place
  }

  async restore(image: AsyncIterable<Uint8Array>, { signal }: WaitOptions): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of image) {
      signal.throwIfAborted();
      chunks.push(Uint8Array.from(chunk));
    }
    const reader = new PartReader(Buffer.concat(chunks), 0);
    const map = new Map<string, Uint8Array>();
    let sizeBytes = 0;
    while (!reader.atEnd) {
      const key = reader.next();
      const value = reader.next();
      if (key === undefined || value === undefined) throw new Error('the image of the replicated map is malformed');
      map.set(Buffer.from(key).toString(), Uint8Array.from(value));
      sizeBytes += key.byteLength + value.byteLength;
    }
    this.#map = map;
    this.#sizeBytes = sizeBytes;
  }

  #applyOne(command: KvCommand | undefined): KvResult {
    if (command === undefined) return kvResult.malformed;
    const { key, value } = command;
    const present = this.#map.get(key);
    if (command.op === 'cas' && !equalBytes(present, command.expected)) return kvResult.refused;
    const keyBytes = Buffer.byteLength(key);
    const sizeBytes = this.#sizeBytes - costOf(keyBytes, present) + costOf(keyBytes, value);
    if (value !== undefined && sizeBytes > this.#maxBytes) return kvResult.full;
    if (value === undefined) this.#map.delete(key);
    else this.#map.set(key, Uint8Array.from(value)); // the log's bytes belong to a larger frame
    this.#sizeBytes = sizeBytes;
    return kvResult.applied;
  }
}

function costOf(keyBytes: number, value: Uint8Array | undefined): number {
  return value === undefined ? 0 : keyBytes + value.byteLength;
}

function equalBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}

/** Keys in order, so that equal states have equal images. */
async function* imageOf(map: ReadonlyMap<string, Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const key of [...map.keys()].sort()) {
    for (const part of [Buffer.from(key), map.get(key) as Uint8Array]) {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, part.byteLength);
      parts.push(length, part);
      sizeBytes += 4 + part.byteLength;
    }
    if (sizeBytes >= imageChunkBytes) {
      yield Buffer.concat(parts);
      parts = [];
      sizeBytes = 0;
    }
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
