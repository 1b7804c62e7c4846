/** Lists: selectors, pages of one snapshot, resource version semantics. */
import type { CollectionView, StoreEntry } from '../store/collection.ts';
import type { JsonObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import type { ApiRequest, BodyReply } from './api-reply.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { type ReplyFormat, valueReply } from './encode-reply.ts';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { type ListOptions, parseRevision, readListOptions } from './list-options.ts';
import { partialObject } from './partial-object.ts';
import { entryJson, inServedVersion, type ServedResource } from './served-resource.ts';
import { tableOf } from './table-view.ts';
import { badRequest, StatusError, tooLargeRevision } from './status-error.ts';
import { plainJson } from './negotiation.ts';

export interface Page {
  readonly entries: readonly StoreEntry[];
  readonly revision: number;
  readonly continue: string;
  /** Only known without selectors. */
  readonly remaining: number | undefined;
}

export function handleList(core: ApiCore, served: ServedResource, request: ApiRequest, format: ReplyFormat): BodyReply {
  const options = readListOptions(request.info.query, false);
  const page = readPage(core, served, request.info.namespace, options);
  return pageReply(served, page, format);
}

export function pageReply(served: ServedResource, page: Page, format: ReplyFormat): BodyReply {
  const { representation, pretty } = format;
  if (representation.as === 'object' && representation === plainJson && !pretty) {
    return { type: 'body', status: 200, contentType: 'application/json', body: encodePage(served, page) };
  }
  if (representation.as === 'PartialObjectMetadata') {
    const items = page.entries.map((entry) => partialObject(inServedVersion(served, entry.object)));
    const list: JsonObject = {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: listMetadata(page),
      items,
    };
    return valueReply(200, list, format);
  }
  if (representation.as === 'Table') {
    const objects = page.entries.map((entry) => inServedVersion(served, entry.object));
    return valueReply(200, tableOf(served, objects, listMetadata(page), format.table), format);
  }
  return valueReply(200, JSON.parse(encodePage(served, page)) as JsonObject, format);
}

export function selectorsOf(
  served: ServedResource,
  options: ListOptions,
): { matches: (entry: StoreEntry) => boolean; isEmpty: boolean } {
  const labels = options.labelSelector === '' ? undefined : parseLabelSelector(options.labelSelector);
  const fields =
    options.fieldSelector === ''
      ? undefined
      : parseFieldSelector(options.fieldSelector, {
          qualifiedName: served.qualifiedName,
          namespaced: served.info.namespaced,
          isCustom: served.custom !== undefined,
          selectableFields: served.custom?.selectableFields ?? [],
        });
  if (labels === undefined && fields === undefined) return { matches: () => true, isEmpty: true };
  return {
    matches: ({ object }) =>
      (labels === undefined || labels(object.metadata.labels)) &&
      (fields === undefined || fields.matches(served.view === undefined ? object : inServedVersion(served, object))),
    isEmpty: false,
  };
}

/** @throws StatusError 400, 410, 504. */
export function readPage(
  core: ApiCore,
  served: ServedResource,
  namespace: string | undefined,
  options: ListOptions,
): Page {
  const { matches, isEmpty } = selectorsOf(served, options);
  const { view, startKey, limit, total } = locate(core, served, namespace, options);
  const entries: StoreEntry[] = [];
  let rest = 0;
  view.scan(namespace, startKey, (entry) => {
    if (limit > 0 && entries.length === limit) {
      if (!isEmpty && rest === 0 && !matches(entry)) return true;
      rest++;
      return isEmpty && total === undefined;
    }
    if (matches(entry)) entries.push(entry);
    return true;
  });
  if (isEmpty && rest > 0 && total !== undefined) rest = total - entries.length;
  const last = entries.at(-1);
  const more = rest > 0 && last !== undefined;
  return {
    entries,
    revision: view.revision,
    continue: more ? encodeContinue(view.revision, relativeKey(last.key, namespace)) : '',
    remaining: more && isEmpty ? rest : undefined,
  };
}

interface Location {
  readonly view: CollectionView;
  readonly startKey: string | undefined;
  readonly limit: number;
  /** Objects in the namespace, where nobody has to count them. */
  readonly total: number | undefined;
}

function locate(core: ApiCore, served: ServedResource, namespace: string | undefined, options: ListOptions): Location {
  const { collection } = served;
  if (options.continue !== '') {
    if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const token = decodeContinue(options.continue);
    const startKey = namespace === undefined ? token.start : `${namespace}/${token.start}`;
    const view = token.revision < 0 ? collection.snapshot() : collection.at(token.revision);
    if (view === undefined) throw expiredToken(token.start);
    return { view, startKey, limit: options.limit, total: undefined };
  }
  const revision = parseRevision(options.resourceVersion, false);
  if (revision > core.store.revision) throw tooLargeRevision(revision, core.store.revision);
  if (options.match === 'Exact') {
    const view = collection.at(revision);
    if (view === undefined) throw expired(`The provided resource version is too old: ${revision}`);
    return { view, startKey: undefined, limit: options.limit, total: undefined };
  }
  const fromCache = options.resourceVersion === '0';
  const limit = fromCache ? 0 : options.limit;
  const total = limit > 0 ? collection.count(namespace) : undefined;
  return { view: collection.snapshot(), startKey: undefined, limit, total };
}

function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

/** The refusal carries a token that goes on from the same key in whatever is current. */
function expiredToken(start: string): StatusError {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  const fresh = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: -1, start: `/${start}` })).toString('base64url');
  return new ExpiredTokenError(error, fresh);
}

class ExpiredTokenError extends StatusError {
  readonly #token: string;

  constructor(error: StatusError, token: string) {
    super(error.code, error.reason, error.message);
    this.#token = token;
  }

  override toStatus(): JsonObject {
    return { ...super.toStatus(), metadata: { continue: this.#token } };
  }
}

function relativeKey(key: string, namespace: string | undefined): string {
  return namespace === undefined ? key : key.slice(namespace.length + 1);
}

function listMetadata(page: Page): JsonObject {
  const metadata: JsonObject = { resourceVersion: String(page.revision) };
  if (page.continue !== '') metadata['continue'] = page.continue;
  if (page.remaining !== undefined) metadata['remainingItemCount'] = page.remaining;
  return metadata;
}

/** Items of built-in lists carry neither apiVersion nor kind; those of custom resources do. */
function encodePage(served: ServedResource, page: Page): string {
  const { info, groupVersion } = served;
  if (served.custom !== undefined) {
    const items = page.entries.map((entry) => entryJson(served, entry)).join(',');
    const remaining = page.remaining === undefined ? '' : `"remainingItemCount":${page.remaining},`;
    return `{"apiVersion":"${groupVersion}","items":[${items}],"kind":"${info.listKind}","metadata":{"continue":${JSON.stringify(page.continue)},${remaining}"resourceVersion":"${page.revision}"}}`;
  }
  const prefix = `{"kind":"${info.kind}","apiVersion":"${groupVersion}",`;
  const items = page.entries.map((entry) => {
    const json = entryJson(served, entry);
    return json.startsWith(prefix) ? `{${json.slice(prefix.length)}` : json;
  });
  return `{"kind":"${info.listKind}","apiVersion":"${groupVersion}","metadata":${JSON.stringify(listMetadata(page))},"items":[${items.join(',')}]}`;
}
