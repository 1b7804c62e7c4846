/** One line of text behind its checksum, as small files hold it: `crc32 in hex, space, JSON, newline`. */
import { crc32 } from 'node:zlib';

export function encodeChecked(value: unknown): Uint8Array {
  const json = JSON.stringify(value);
  return Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
}

/** The value, or undefined when a single byte differs from what was written. */
export function decodeChecked(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const match = /^([0-9a-f]{8}) (\{.*\})\n$/s.exec(text);
  if (
    !match ||
    match[1] !==
      crc32(match[2] as string)
        .toString(16)
        .padStart(8, '0')
  )
    return undefined;
  try {
    return JSON.parse(match[2] as string);
  } catch {
    return undefined;
  }
}
