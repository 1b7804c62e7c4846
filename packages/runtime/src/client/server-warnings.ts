/** Logs what the API server warns about (`Warning` headers), once per text. */
import type { Logger } from '../logger.ts';
import type { ResponseHeaders } from './http-exchange.ts';

/** Texts remembered; when full, memory starts afresh and a text may be logged again. */
const MAX_REMEMBERED = 1_000;

export class ServerWarnings {
  readonly #log: Logger;
  readonly #seen = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  report(headers: ResponseHeaders, request: string): void {
    const header = headers['warning'];
    if (header === undefined) {
      return;
    }
    for (const text of (Array.isArray(header) ? header : [header]).flatMap(parseWarnings)) {
      this.#reportOnce(text, request);
    }
  }

  #reportOnce(text: string, request: string): void {
    if (this.#seen.has(text)) {
      return;
    }
    if (this.#seen.size >= MAX_REMEMBERED) {
      this.#seen.clear();
    }
    this.#seen.add(text);
    this.#log.warn('the API server warns', { warning: text, request });
  }
}

/** `299 - "text", 299 - "more"` → the texts. */
function parseWarnings(header: string): string[] {
  const texts: string[] = [];
  for (const match of header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)) {
    texts.push((match[1] ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return texts;
}
