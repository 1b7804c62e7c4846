/**
 * Exactly-once commands: the last answer of each client, kept in step on all nodes because it changes only at apply
 * and travels in snapshots. Bounded: the client unused for longest is forgotten first.
 */
import type { Session } from './command-envelope.ts';

/** What to do with a command: apply it, repeat an answer, or refuse because the answer is gone. */
export type SessionVerdict = { readonly type: 'fresh' } | { readonly type: 'repeated' } | { readonly type: 'expired' };

interface LastAnswer {
  readonly sequence: number;
  result: Uint8Array;
}

const nothing = new Uint8Array(0);

export class SessionTable {
  readonly #maxSessions: number;
  /** Insertion order is order of use, oldest first. */
  #answers = new Map<string, LastAnswer>();

  constructor(maxSessions = 10_000) {
    this.#maxSessions = maxSessions;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** Judges a command and notes it as the client's last when it is fresh; `record` adds the answer. */
  admit({ clientId, sequence }: Session): SessionVerdict {
    const last = this.#answers.get(clientId);
    if (last !== undefined && last.sequence === sequence) return { type: 'repeated' };
    if (last === undefined ? sequence !== 1 : sequence < last.sequence) return { type: 'expired' };
    this.#answers.delete(clientId);
    this.#answers.set(clientId, { sequence, result: nothing });
    if (this.#answers.size > this.#maxSessions) this.#forgetOldest();
    return { type: 'fresh' };
  }

  /** The client's last answer; empty when it is no longer known. */
  answerOf({ clientId }: Session): Uint8Array {
    return this.#answers.get(clientId)?.result ?? nothing;
  }

  /** Keeps the answer to an admitted command. */
  record({ clientId, sequence }: Session, result: Uint8Array): void {
    const last = this.#answers.get(clientId);
    if (last?.sequence === sequence) last.result = result;
  }

  /** Bytes for a snapshot: `count u32`, then `id length u8, id, sequence f64, result length u32, result` each. */
  encode(): Uint8Array {
    let sizeBytes = 4;
    for (const [id, { result }] of this.#answers) sizeBytes += 13 + id.length + result.byteLength;
    const bytes = new Uint8Array(sizeBytes);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.#answers.size);
    let at = 4;
    for (const [id, { sequence, result }] of this.#answers) {
      bytes[at] = id.length;
      for (let i = 0; i < id.length; i++) bytes[at + 1 + i] = id.charCodeAt(i);
      at += 1 + id.length;
      view.setFloat64(at, sequence);
      view.setUint32(at + 8, result.byteLength);
      bytes.set(result, at + 12);
      at += 12 + result.byteLength;
    }
    return bytes;
  }

  /** Replaces the table by encoded bytes. False when they are malformed; nothing changed then. */
  restore(bytes: Uint8Array): boolean {
    if (bytes.byteLength < 4) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const answers = new Map<string, LastAnswer>();
    let at = 4;
    for (let left = view.getUint32(0); left > 0; left--) {
      const idEnd = at + 1 + (bytes[at] ?? bytes.byteLength);
      if (idEnd + 12 > bytes.byteLength) return false;
      const end = idEnd + 12 + view.getUint32(idEnd + 8);
      if (end > bytes.byteLength) return false;
      const id = String.fromCharCode(...bytes.subarray(at + 1, idEnd));
      answers.set(id, { sequence: view.getFloat64(idEnd), result: bytes.slice(idEnd + 12, end) });
      at = end;
    }
    if (at !== bytes.byteLength) return false;
    this.#answers = answers;
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#answers.keys();
    if (oldest !== undefined) this.#answers.delete(oldest);
  }
}
