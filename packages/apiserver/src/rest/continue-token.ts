/** Continue tokens of paged lists: base64url of `{"v":"meta.k8s.io/v1","rv":N,"start":"key\u0000"}`. */
import { describeJsonError } from '../codec/describe-json-error.ts';
import { badRequest } from './status-error.ts';

export interface ContinueToken {
  /** The revision all pages show; -1 means whatever is current. */
  readonly revision: number;
  /** The first key that may be on the next page. */
  readonly start: string;
}

/** `afterKey` is the last key delivered, relative to the listed namespace. */
export function encodeContinue(revision: number, afterKey: string): string {
  const json = JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `/${afterKey}\0` });
  return Buffer.from(json).toString('base64url');
}

/** @throws StatusError 400 for what isn't a token of ours. */
export function decodeContinue(token: string): ContinueToken {
  if (!/^[\w-]+$/.test(token)) throw refuse('illegal base64 data at input byte 0');
  const text = Buffer.from(token, 'base64url').toString('latin1');
  let parsed: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    throw refuse(describeJsonError(text));
  }
  if (parsed?.v !== 'meta.k8s.io/v1')
    throw refuse(`server does not recognize this encoded version "${JSON.stringify(parsed?.v)}"`);
  if (typeof parsed.rv !== 'number' || parsed.rv === 0) {
    throw refuse('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof parsed.start !== 'string' || parsed.start === '') {
    throw refuse('encoded start key missing from continue token (version meta.k8s.io/v1)');
  }
  const start = Buffer.from(parsed.start, 'latin1').toString('utf8');
  return { revision: parsed.rv, start: start.startsWith('/') ? start.slice(1) : start };
}

function refuse(detail: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${detail}`);
}
