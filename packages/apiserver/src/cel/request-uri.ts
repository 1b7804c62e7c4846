/**
 * URLs as Go's `url.ParseRequestURI` reads them: an absolute URL or an absolute path. Nothing is normalised, which is why the
 * URL class of JavaScript won't do.
 */
export interface RequestUri {
  /** In lower case; empty for an absolute path. */
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  /** As written, or escaped where it was not. */
  readonly escapedPath: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
}

const authorities = /^\/\/([^/]*)(.*)$/s;
const userInfo = /^(?:[\w.~!$&'()*+,;=:@-]|%[\da-f]{2})*$/i;
const plainHost = /^(?:[\w.~!$&'()*+,;=:[\]<>"-]|[^\0-\x7f]|%[89a-f][\da-f])*$/i;
const numericPort = /^(?::\d*)?$/;
const escapedPaths = /^(?:[\w.~!$&'()*+,;=:@[\]/-]|%[\da-f]{2})*$/i;

/** `undefined` when the text is no URL. */
export function parseRequestUri(text: string): RequestUri | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what it refuses
  if (text === '' || /[\0-\x1f\x7f]/.test(text)) return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1] ?? '';
  const [rest = ''] = text.slice(scheme === '' ? 0 : scheme.length + 1).split('#', 1);
  const [before = '', ...after] = rest.split('?');
  const query = queryOf(after.join('?'));
  const common = { scheme: scheme.toLowerCase(), query };
  if (!before.startsWith('/')) {
    return scheme === '' ? undefined : { ...common, host: '', escapedPath: '' };
  }
  const [, authority, path = before] = (scheme === '' ? undefined : authorities.exec(before)) ?? [];
  const host = authority === undefined ? '' : hostOf(authority);
  if (host === undefined || /%(?![\da-f]{2})/i.test(path)) return undefined;
  return { ...common, host, escapedPath: escapePath(path) };
}

export function hostName(host: string): string {
  return host.startsWith('[') ? host.slice(1, host.lastIndexOf(']')) : host.replace(/:\d*$/, '');
}

export function portOf(host: string): string {
  return /:(\d*)$/.exec(host.startsWith('[') ? host.slice(host.lastIndexOf(']')) : host)?.[1] ?? '';
}

/** The host of `user:password@host:port`, `undefined` when a part is malformed. */
function hostOf(authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const port = host.startsWith('[') ? /\](.*)$/.exec(host)?.[1] : (/:[^:]*$/.exec(host)?.[0] ?? '');
  const isSound = port !== undefined && numericPort.test(port) && plainHost.test(host);
  return isSound && userInfo.test(authority.slice(0, Math.max(at, 0))) ? host : undefined;
}

function escapePath(path: string): string {
  if (escapedPaths.test(path)) return path;
  const bytes = Buffer.from(unescapeBytes(path), 'latin1');
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_.~$&+,/:;=@-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** Parts that can't be read are left out. */
function queryOf(text: string): Map<string, string[]> {
  const query = new Map<string, string[]>();
  for (const part of text.split('&')) {
    if (part === '' || part.includes(';') || /%(?![\da-f]{2})/i.test(part)) continue;
    const [key = '', ...value] = part.split('=').map((side) => side.replaceAll('+', ' '));
    const name = unescapeText(key);
    query.set(name, [...(query.get(name) ?? []), unescapeText(value.join('='))]);
  }
  return query;
}

function unescapeText(text: string): string {
  return Buffer.from(unescapeBytes(text), 'latin1').toString('utf8');
}

/** One character per byte. */
function unescapeBytes(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return bytes.replaceAll(/%([\da-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
