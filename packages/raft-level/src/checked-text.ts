/** One line of text behind its checksum, as small files hold it: `crc32 in hex, space, JSON, spaces, newline`. */
import { crc32 } from 'node:zlib';

/** Sizes are multiples of this, so that a record which grows a little still has the size of the one that it replaces. */
const blockBytes = 512;
const frameBytes = 10; // checksum, space, newline

/** The line, filled up with spaces to whole blocks and at least `minBytes`. */
export function encodeChecked(value: unknown, minBytes = 0): Uint8Array {
  const json = Buffer.from(JSON.stringify(value));
  const sizeBytes = Math.max(minBytes, Math.ceil((json.byteLength + frameBytes) / blockBytes) * blockBytes);
  const text = Buffer.alloc(sizeBytes - frameBytes, ' ');
  json.copy(text);
  return Buffer.concat([Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} `), text, Buffer.from('\n')]);
}

/** The value, or undefined when a single byte differs from what was written. */
export function decodeChecked(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const match = /^([0-9a-f]{8}) (\{.*\} *)\n$/s.exec(text);
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
