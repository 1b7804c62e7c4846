/**
 * The replicated state: a map of strings. Everything that changes it is a command in the log, so equal logs give equal maps.
 * Commands and images are JSON, which is all that a sample needs.
 */
import type { Command, StateMachine } from '@k8sop/raft-core';

export type KvCommand =
  | { readonly op: 'put'; readonly key: string; readonly value: string }
  | { readonly op: 'cas'; readonly key: string; readonly expected: string | null; readonly value: string | null };

export class KvStore implements StateMachine {
  #map = new Map<string, string>();

  get(key: string): string | undefined {
    return this.#map.get(key);
  }

  get size(): number {
    return this.#map.size;
  }

  async apply(commands: readonly Command[]): Promise<readonly Uint8Array[]> {
    return commands.map(({ data }) => encode(this.#applyOne(decode(data) as KvCommand)));
  }

  snapshot(): AsyncIterable<Uint8Array> {
    const image = encode([...this.#map]);
    return (async function* () {
      yield image;
    })();
  }

  async restore(image: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of image) chunks.push(chunk);
    this.#map = new Map(decode(Buffer.concat(chunks)) as [string, string][]);
  }

  /** Whether the command changed the map. */
  #applyOne(command: KvCommand): boolean {
    const { key, value } = command;
    if (command.op === 'cas' && (this.#map.get(key) ?? null) !== command.expected) return false;
    if (value === null) this.#map.delete(key);
    else this.#map.set(key, value);
    return true;
  }
}

export function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

export function decode(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}
