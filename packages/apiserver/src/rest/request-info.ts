/**
 * What a request asks for, read from method and path alone: verb, resource, object. Authorization, fault matching,
 * tracing and routing all work on this.
 */
export interface RequestInfo {
  readonly method: string;
  /** Without query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** get, list, watch, create, update, patch, delete, deletecollection; the lower-case method elsewhere. */
  readonly verb: string;
  /** The path names a resource in a group-version (which may not exist). */
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const noQuery = new URLSearchParams();

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const namespaceSubresources = new Set(['status', 'finalize']);

/** Never throws: an odd path is a non-resource request. */
export function parseRequest(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? noQuery : new URLSearchParams(url.slice(mark + 1));
  const parts = path.split('/').slice(1).map(decode);
  if (parts.at(-1) === '') parts.pop();
  const isCore = parts[0] === 'api';
  const rest = parts.slice(isCore ? 2 : 3);
  if ((!isCore && parts[0] !== 'apis') || rest.length === 0) return nonResource(method, path, query);
  const group = isCore ? '' : (parts[1] ?? '');
  const version = (isCore ? parts[1] : parts[2]) ?? '';
  const watchPath = rest[0] === 'watch' && rest.length > 1;
  const target = locate(watchPath ? rest.slice(1) : rest);
  const verb = watchPath && method === 'GET' ? 'watch' : resourceVerb(method, target.name, query);
  return { method, path, query, verb, isResource: true, group, version, ...target };
}

interface Target {
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

function locate(parts: readonly string[]): Target {
  const [first = '', second, third] = parts;
  if (first === 'namespaces' && second !== undefined) {
    if (third === undefined || (parts.length === 3 && namespaceSubresources.has(third))) {
      return { namespace: second, resource: 'namespaces', name: second, subresource: third };
    }
    return { namespace: second, resource: third, name: parts[3], subresource: parts.slice(4).join('/') || undefined };
  }
  return { namespace: undefined, resource: first, name: second, subresource: parts.slice(2).join('/') || undefined };
}

function resourceVerb(method: string, name: string | undefined, query: URLSearchParams): string {
  const verb = verbs[method] ?? method.toLowerCase();
  if (name !== undefined) return verb;
  if (verb === 'get') return isTrue(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** Go's reading of boolean query parameters: present and not explicitly false. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0';
}

function nonResource(method: string, path: string, query: URLSearchParams): RequestInfo {
  return {
    method,
    path,
    query,
    verb: method.toLowerCase(),
    isResource: false,
    group: '',
    version: '',
    namespace: undefined,
    resource: '',
    name: undefined,
    subresource: undefined,
  };
}

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
