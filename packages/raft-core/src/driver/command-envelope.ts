/**
 * What the driver wraps around an application's command: nothing, or the session that makes a retry harmless.
 *
 * Format: `0, payload` or `1, id length, id (ASCII), sequence (u64, big-endian), payload`.
 */
import { isUuid } from '../configuration.ts';
import { RaftError } from '../errors.ts';

/** A client and its command number: applied exactly once, however often it is proposed. */
export interface Session {
  /** 1 to 64 characters of `[0-9A-Za-z._-]`, unique per client life. */
  readonly clientId: string;
  /** 1 for the client's first command, then one more each; the next is proposed after the last was answered. */
  readonly sequence: number;
}

/** A decoded envelope. */
export interface Envelope {
  readonly session: Session | null;
  readonly payload: Uint8Array;
}

const high = 4294967296;

/** @throws `RAFT_INVALID_INPUT` for a malformed session. */
export function encodeEnvelope(payload: Uint8Array, session: Session | null): Uint8Array {
  if (session === null) {
    const plain = new Uint8Array(payload.byteLength + 1);
    plain.set(payload, 1);
    return plain;
  }
  const { clientId, sequence } = session;
  if (!isUuid(clientId) || !Number.isSafeInteger(sequence) || sequence < 1) {
    throw new RaftError('RAFT_INVALID_INPUT', `session ${clientId}/${sequence}: id or sequence is malformed`);
  }
  const bytes = new Uint8Array(10 + clientId.length + payload.byteLength);
  bytes[0] = 1;
  bytes[1] = clientId.length;
  for (let i = 0; i < clientId.length; i++) bytes[2 + i] = clientId.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  view.setUint32(2 + clientId.length, Math.floor(sequence / high));
  view.setUint32(6 + clientId.length, sequence % high);
  bytes.set(payload, 10 + clientId.length);
  return bytes;
}

/** Reverse of `encodeEnvelope`; undefined when the bytes are none. The payload shares memory. */
export function decodeEnvelope(data: Uint8Array): Envelope | undefined {
  if (data[0] === 0) return { session: null, payload: data.subarray(1) };
  const length = data[1] ?? 0;
  if (data[0] !== 1 || length === 0 || data.byteLength < 10 + length) return undefined;
  const clientId = String.fromCharCode(...data.subarray(2, 2 + length));
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const sequence = view.getUint32(2 + length) * high + view.getUint32(6 + length);
  return { session: { clientId, sequence }, payload: data.subarray(10 + length) };
}
