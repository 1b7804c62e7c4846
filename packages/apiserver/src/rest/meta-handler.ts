/** Paths that aren't resources: health, version, discovery, OpenAPI. */
import type { ApiRequest, BodyReply } from './api-reply.ts';
import { pageNotFound, textReply } from './api-reply.ts';
import type { Discovery, EncodedDiscovery } from './discovery.ts';
import { methodNotAllowed } from './status-error.ts';

export interface MetaContext {
  readonly discovery: Discovery;
  /** host:port as discovery names it. */
  readonly serverAddress: () => string;
}

const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-08-21T00:00:00Z',
  goVersion: 'go1.26.11',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const healthChecks = ['ping', 'log', 'etcd'];

export function handleMeta(context: MetaContext, request: ApiRequest): BodyReply {
  const { path, method } = request.info;
  if (method !== 'GET') throw methodNotAllowed();
  const [, root = '', group, groupVersion, ...rest] = path.split('/');
  switch (root) {
    case 'version':
      return json(JSON.stringify(version));
    case 'healthz':
    case 'livez':
    case 'readyz':
      return health(root, path, request);
    case 'api':
      return group === undefined || group === '' ? coreDiscovery(context, request) : coreResources(context, group);
    case 'apis':
      return rest.length > 0 && rest[0] !== '' ? pageNotFound() : groupDiscovery(context, request, group, groupVersion);
    default:
      return pageNotFound();
  }
}

function json(body: string): BodyReply {
  return { type: 'body', status: 200, contentType: 'application/json', body };
}

function health(root: string, path: string, { info }: ApiRequest): BodyReply {
  const check = path.slice(root.length + 2);
  if (check !== '') return healthChecks.includes(check) ? textReply(200, 'ok') : pageNotFound();
  if (!info.query.has('verbose')) return textReply(200, 'ok');
  const lines = healthChecks.map((name) => `[+]${name} ok\n`).join('');
  return textReply(200, `${lines}${root} check passed\n`);
}

function coreDiscovery(context: MetaContext, request: ApiRequest): BodyReply {
  const aggregated = aggregatedVersion(request.headers.accept);
  if (aggregated !== undefined)
    return aggregatedReply(context.discovery.aggregated(true, aggregated), aggregated, request);
  return json(
    JSON.stringify({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: context.serverAddress() }],
    }),
  );
}

function coreResources(context: MetaContext, name: string): BodyReply {
  return found(context.discovery.resources('', name));
}

function groupDiscovery(
  context: MetaContext,
  request: ApiRequest,
  group: string | undefined,
  groupVersion: string | undefined,
): BodyReply {
  const { discovery } = context;
  if (group === undefined || group === '') {
    const aggregated = aggregatedVersion(request.headers.accept);
    if (aggregated !== undefined) return aggregatedReply(discovery.aggregated(false, aggregated), aggregated, request);
    return json(discovery.groupList().body);
  }
  if (groupVersion === undefined || groupVersion === '') return found(discovery.group(group));
  return found(discovery.resources(group, groupVersion));
}

function found(encoded: EncodedDiscovery | undefined): BodyReply {
  return encoded === undefined ? pageNotFound() : json(encoded.body);
}

/** The aggregated form that the client prefers, if it wants one at all. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const clause of (accept ?? '').split(',')) {
    const [media, ...parameters] = clause.split(';').map((part) => part.trim());
    if (media !== 'application/json') continue;
    if (parameters.length === 0) return undefined;
    const values = new Set(parameters);
    if (!values.has('as=APIGroupDiscoveryList') || !values.has('g=apidiscovery.k8s.io')) continue;
    if (values.has('v=v2')) return 'v2';
    if (values.has('v=v2beta1')) return 'v2beta1';
  }
  return undefined;
}

function aggregatedReply(encoded: EncodedDiscovery, apiVersion: string, request: ApiRequest): BodyReply {
  const headers: [string, string][] = [
    ['cache-control', 'public'],
    ['etag', encoded.etag],
    ['vary', 'Accept'],
  ];
  if (request.headers['if-none-match'] === encoded.etag) {
    return { type: 'body', status: 304, contentType: undefined, body: '', headers };
  }
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${apiVersion};as=APIGroupDiscoveryList`;
  return { type: 'body', status: 200, contentType, body: encoded.body, headers };
}
