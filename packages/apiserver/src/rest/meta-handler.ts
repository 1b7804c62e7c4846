/** Paths that aren't resources: health, version, discovery, OpenAPI. */
import type { ApiRequest, BodyReply } from './api-reply.ts';
import { pageNotFound, textReply } from './api-reply.ts';
import type { Discovery, EncodedDiscovery } from './discovery.ts';
import { type OpenApiCatalog, swaggerProtobuf, swaggerProtobufType } from '../openapi/open-api-catalog.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { methodNotAllowed } from './status-error.ts';

export interface MetaContext {
  readonly discovery: Discovery;
  readonly openApi: OpenApiCatalog;
  readonly registry: ResourceRegistry;
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
    case 'openapi':
      return openApi(context, path, request);
    case '':
      return json(JSON.stringify({ paths: rootPaths(context.registry) }));
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

function openApi({ openApi }: MetaContext, path: string, request: ApiRequest): BodyReply {
  const [, , version, ...rest] = path.split('/');
  if (version === 'v2' && rest.length === 0) return swagger(openApi, request);
  if (version !== 'v3') return pageNotFound();
  const name = rest.join('/');
  if (name === '')
    return { type: 'body', status: 200, contentType: 'text/plain; charset=utf-8', body: openApi.index() };
  const document = openApi.document(name);
  if (document === undefined) return { type: 'body', status: 404, contentType: undefined, body: '' };
  const etag = `"${document.hash}"`;
  const headers: [string, string][] = [
    ['etag', etag],
    ['vary', 'Accept'],
  ];
  if (request.info.query.get('hash') === document.hash) headers.push(['cache-control', 'public, immutable']);
  if (request.headers['if-none-match'] === etag)
    return { type: 'body', status: 304, contentType: undefined, body: '', headers };
  return { type: 'body', status: 200, contentType: 'application/json', body: document.body, headers };
}

function swagger(openApi: OpenApiCatalog, { headers }: ApiRequest): BodyReply {
  if ((headers.accept ?? '').includes('com.github.proto-openapi')) {
    return { type: 'body', status: 200, contentType: swaggerProtobufType, body: swaggerProtobuf() };
  }
  const vary: [string, string] = ['vary', 'Accept'];
  return { type: 'body', status: 200, contentType: 'application/json', body: openApi.swagger(), headers: [vary] };
}

/** What `GET /` lists. */
function rootPaths(registry: ResourceRegistry): string[] {
  const paths = new Set([
    '/api',
    '/api/v1',
    '/apis',
    '/apis/',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/',
    '/version',
  ]);
  for (const { info, groupVersion } of registry.all()) {
    if (info.group !== '') paths.add(`/apis/${info.group}`).add(`/apis/${groupVersion}`);
  }
  for (const root of ['/healthz', '/livez', '/readyz']) {
    paths.add(root);
    for (const check of healthChecks) paths.add(`${root}/${check}`);
  }
  return [...paths].toSorted();
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
