/**
 * The resourceVersion of a watch event, read from its bytes without decoding them.
 *
 * A key cannot occur inside a JSON string, because its quotes would be escaped there. So when the line holds exactly one
 * `"resourceVersion":"`, that is the object's own. Several (an Event names the version of what it regards) or none, and
 * anything but the beginning servers write, are left to the decoder.
 */

const BEGINNINGS: readonly Buffer[] = ['{"type":"MODIFIED","object":{', '{"type":"ADDED","object":{'].map((text) =>
  Buffer.from(text),
);
const KEY: Buffer = Buffer.from('"resourceVersion":"');
const QUOTE = 0x22;
/** Longer versions are no integers of 64 bits. */
const MAX_VERSION_LENGTH = 20;

/** Undefined when the line is no addition or modification, or leaves any doubt. */
export function eventVersion(line: Buffer): string | undefined {
  if (!BEGINNINGS.some((beginning) => startsWith(line, beginning))) {
    return undefined;
  }
  const key = line.indexOf(KEY);
  if (key < 0 || line.indexOf(KEY, key + KEY.length) >= 0) {
    return undefined;
  }
  const start = key + KEY.length;
  const end = line.indexOf(QUOTE, start);
  return end <= start || end - start > MAX_VERSION_LENGTH ? undefined : line.toString('latin1', start, end);
}

function startsWith(line: Buffer, beginning: Buffer): boolean {
  if (line.length < beginning.length) {
    return false;
  }
  for (let i = 0; i < beginning.length; i++) {
    if (line[i] !== beginning[i]) {
      return false;
    }
  }
  return true;
}
