/** Base64 of text and bytes, without Node's Buffer. */
import { refusal, show } from '../guard-calls.ts';

/**
 * Standard base64 with padding; text is encoded as UTF-8.
 * @throws BuilderError with code `TYPE` for what is neither text nor bytes.
 */
export function base64(content: string | Uint8Array): string {
  if (typeof content !== 'string' && !ArrayBuffer.isView(content)) {
    throw refusal('data', `${show(content)} is no content; give text or a Uint8Array`);
  }
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  let binary = '';
  for (let start = 0; start < bytes.length; start += chunk) {
    binary += String.fromCharCode(...bytes.subarray(start, start + chunk));
  }
  return btoa(binary);
}

/** Bytes that base64 text stands for, or -1 if it is not base64. */
export function base64Size(text: string): number {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return -1;
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

/** Arguments of one call; engines limit them to some tens of thousands. */
const chunk = 8192;
