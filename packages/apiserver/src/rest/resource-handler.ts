/** Requests on resources: finds the resource, checks the verb, and hands over to the operation. */
import type { StoreEntry } from '../store/collection.ts';
import type { JsonObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import { type ApiReply, type ApiRequest, type BodyReply, pageNotFound, warningHeaders } from './api-reply.ts';
import { decodeObject, decodeValue } from './decode-object.ts';
import { deleteObject } from './delete-object.ts';
import { type DeleteOptions, readDeleteOptions } from './delete-options.ts';
import { entryReply, type ReplyFormat, valueReply } from './encode-reply.ts';
import { answersDeletedObject, createsOnUpdate } from './kind-rules.ts';
import { handleList, pageReply, readPage } from './list-handler.ts';
import { parseRevision, readListOptions } from './list-options.ts';
import { handlePatch } from './patch-handler.ts';
import type { ServedResource } from './served-resource.ts';
import { storeKey } from './served-resource.ts';
import {
  badRequest,
  differentName,
  methodNotAllowed,
  notFound,
  StatusError,
  tooLargeRevision,
  unknownResource,
} from './status-error.ts';
import { handleScale } from './scale-handler.ts';
import { handleWatch } from './watch-handler.ts';
import { createObject, existing, replaceObject } from './write-object.ts';
import { readWriteOptions } from './write-options.ts';

const objectVerbs: Readonly<Record<string, 'object' | 'collection'>> = {
  get: 'object',
  update: 'object',
  patch: 'object',
  delete: 'object',
  list: 'collection',
  create: 'collection',
  deletecollection: 'collection',
};

export function handleResource(core: ApiCore, incoming: ApiRequest, format: ReplyFormat): ApiReply {
  const { info } = incoming;
  const served = core.registry.find(info.group, info.version, info.resource);
  if (served === undefined) return refuseUnknown(core, info.group);
  checkPlace(served, incoming);
  const request = served.info.namespaced ? incoming : { ...incoming, info: { ...info, namespace: undefined } };
  if (info.subresource !== undefined) return withDeprecation(served, handleSubresource(core, served, request, format));
  checkVerb(served, request);
  return withDeprecation(served, dispatch(core, served, request, format));
}

function refuseUnknown(core: ApiCore, group: string): BodyReply {
  for (const served of core.registry.all()) {
    if (served.info.group === group && served.custom === undefined) throw unknownResource();
  }
  return pageNotFound();
}

/** Namespaced objects are addressed in a namespace, cluster-scoped ones outside of any. */
function checkPlace(served: ServedResource, { info }: ApiRequest): void {
  const { namespaced } = served.info;
  if (!namespaced && info.namespace !== undefined && info.resource !== 'namespaces') throw unknownResource();
  if (namespaced && info.namespace === undefined && info.name !== undefined) throw unknownResource();
}

function checkVerb(served: ServedResource, { info }: ApiRequest): void {
  const { verbs } = served.info;
  if (!verbs.includes(info.verb)) throw methodNotAllowed();
  const place = info.name === undefined ? 'collection' : 'object';
  if (info.verb !== 'watch' && objectVerbs[info.verb] !== place) throw methodNotAllowed();
  if (
    served.info.namespaced &&
    info.namespace === undefined &&
    (info.verb === 'create' || info.verb === 'deletecollection')
  ) {
    throw methodNotAllowed();
  }
}

function dispatch(core: ApiCore, served: ServedResource, request: ApiRequest, format: ReplyFormat): ApiReply {
  switch (request.info.verb) {
    case 'get':
      return handleGet(core, served, request, format);
    case 'list':
      return handleList(core, served, request, format);
    case 'watch':
      return handleWatch(core, served, request, format);
    case 'create':
      return handleCreate(core, served, request, format);
    case 'update':
      return handleUpdate(core, served, request, format);
    case 'patch':
      return handlePatch(core, served, request, format);
    case 'delete':
      return handleDelete(core, served, request, format);
    case 'deletecollection':
      return handleDeleteCollection(core, served, request, format);
    default:
      throw methodNotAllowed();
  }
}

function handleSubresource(core: ApiCore, served: ServedResource, request: ApiRequest, format: ReplyFormat): ApiReply {
  const { subresource, verb } = request.info;
  const known = served.info.subresources.find(({ name }) => name === subresource);
  if (known === undefined) throw unknownResource();
  if (!known.verbs.includes(verb)) throw methodNotAllowed();
  if (subresource === 'scale') return handleScale(core, served, request, format);
  if (subresource !== 'status' && subresource !== 'finalize') {
    throw new StatusError(501, 'NotImplemented', `the subresource ${served.info.plural}/${subresource} is not served`);
  }
  if (verb === 'get') return handleGet(core, served, request, format);
  return verb === 'update' ? handleUpdate(core, served, request, format) : handlePatch(core, served, request, format);
}

function handleGet(core: ApiCore, served: ServedResource, { info }: ApiRequest, format: ReplyFormat): BodyReply {
  const revision = parseRevision(info.query.get('resourceVersion') ?? '', false);
  if (revision > core.store.revision) throw tooLargeRevision(revision, core.store.revision);
  return entryReply(200, served, existing(served, info.namespace, info.name ?? ''), format);
}

function handleCreate(core: ApiCore, served: ServedResource, request: ApiRequest, format: ReplyFormat): BodyReply {
  const { info, headers, body } = request;
  const options = readWriteOptions('create', info.query, headers['user-agent']);
  const { object, warnings } = decodeObject(served, body, headers['content-type'], options);
  const context = { manager: options.manager, dryRun: options.dryRun, subresource: undefined };
  const entry = createObject(core, served, info.namespace, object, context);
  return withWarnings(entryReply(201, served, entry, format), warnings);
}

function handleUpdate(core: ApiCore, served: ServedResource, request: ApiRequest, format: ReplyFormat): BodyReply {
  const { info, headers, body } = request;
  const name = info.name ?? '';
  const options = readWriteOptions('update', info.query, headers['user-agent']);
  const { object, warnings } = decodeObject(served, body, headers['content-type'], options);
  const given = object.metadata.name ?? '';
  if (given === '' && served.custom === undefined) {
    throw badRequest('the name of the object (based on URL) was undeterminable: name must be provided');
  }
  if (given !== '' && given !== name) throw differentName(given, name);
  const context = { manager: options.manager, dryRun: options.dryRun, subresource: info.subresource };
  const current = served.collection.get(storeKey(info.namespace, name));
  if (current === undefined) {
    if (info.subresource !== undefined || !createsOnUpdate(served)) throw notFound(served.info, name);
    const created = createObject(core, served, info.namespace, object, context);
    return withWarnings(entryReply(201, served, created, format), warnings);
  }
  const entry = replaceObject(core, served, current, object, context, 'precondition');
  return withWarnings(entryReply(200, served, entry, format), warnings);
}

function handleDelete(core: ApiCore, served: ServedResource, request: ApiRequest, format: ReplyFormat): BodyReply {
  const { info } = request;
  const options = deleteOptionsOf(request);
  const entry = existing(served, info.namespace, info.name ?? '');
  const deletion = deleteObject(core, served, entry, options);
  if (!deletion.gone || answersDeletedObject(served)) return entryReply(200, served, deletion.entry, format);
  return valueReply(200, deletedStatus(served, deletion.entry), format);
}

function deleteOptionsOf(request: ApiRequest): DeleteOptions {
  const { info, headers, body } = request;
  const value = body.length === 0 ? undefined : decodeValue(body, headers['content-type'], 'DeleteOptions');
  return readDeleteOptions(value, info.query);
}

function deletedStatus(served: ServedResource, { object }: StoreEntry): JsonObject {
  const { group, plural } = served.info;
  const details = {
    name: object.metadata.name ?? '',
    ...(group === '' ? {} : { group }),
    kind: plural,
    uid: object.metadata.uid ?? '',
  };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function handleDeleteCollection(
  core: ApiCore,
  served: ServedResource,
  request: ApiRequest,
  format: ReplyFormat,
): BodyReply {
  const options = deleteOptionsOf(request);
  const page = readPage(core, served, request.info.namespace, readListOptions(request.info.query, false));
  const entries = page.entries.map((entry) => deleteObject(core, served, entry, options).entry);
  return pageReply(served, { ...page, entries }, format);
}

function withWarnings(reply: BodyReply, warnings: readonly string[]): BodyReply {
  if (warnings.length === 0) return reply;
  return { ...reply, headers: [...(reply.headers ?? []), ...warningHeaders(warnings)] };
}

function withDeprecation<Reply extends ApiReply>(served: ServedResource, reply: Reply): Reply {
  if (served.deprecation === undefined) return reply;
  return { ...reply, headers: [...(reply.headers ?? []), ...warningHeaders([served.deprecation])] };
}
