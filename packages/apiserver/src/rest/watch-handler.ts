/** Watches: where they start, what they match, how their events look. */
import type { StoreEntry } from '../store/collection.ts';
import type { JsonObject } from '../store/kube-object.ts';
import type { WatchEventType, WatchStart, WatchSubject } from '../watch/watch-hub.ts';
import type { ApiCore } from './api-core.ts';
import type { ApiRequest, WatchReply } from './api-reply.ts';
import { type ListOptions, parseRevision, readListOptions } from './list-options.ts';
import { selectorsOf } from './list-handler.ts';
import type { ReplyFormat } from './encode-reply.ts';
import type { Representation } from './negotiation.ts';
import { tableOf, type TableRequest } from './table-view.ts';
import { partialObject } from './partial-object.ts';
import { entryJson, inServedVersion, type ServedResource } from './served-resource.ts';
import { StatusError, tooLargeRevision } from './status-error.ts';

const minTimeoutSeconds = 1800;

export function handleWatch(
  core: ApiCore,
  served: ServedResource,
  request: ApiRequest,
  format: ReplyFormat,
): WatchReply {
  const { representation } = format;
  const { query, name, namespace } = request.info;
  const asked = readListOptions(query, true);
  const options = name === undefined ? asked : { ...asked, fieldSelector: withName(asked.fieldSelector, name) };
  const revision = parseRevision(options.resourceVersion, true);
  const { matches } = selectorsOf(served, options);
  const subject: WatchSubject = {
    collection: served.collection,
    namespace,
    match: matches,
    encode: encoderFor(served, format),
    encodeBookmark: (at, initialEventsEnd) => encodeBookmark(served, representation, at, initialEventsEnd),
    groupKey: representation.as === 'Table' ? undefined : groupKey(served, namespace, options, representation),
    afterRevision: options.sendInitialEvents === true ? 0 : revision,
  };
  const start = startOf(core, served, options, revision);
  return { type: 'watch', contentType: 'application/json', subject, start };
}

function withName(selector: string, name: string): string {
  const term = `metadata.name=${name}`;
  return selector === '' ? term : `${selector},${term}`;
}

/** @throws StatusError 410 when history has moved on; the transport shows it as an event. */
function startOf(core: ApiCore, served: ServedResource, options: ListOptions, revision: number): WatchStart {
  const initialState = options.sendInitialEvents ?? revision === 0;
  const current = core.store.revision;
  if (initialState && revision > current) throw tooLargeRevision(revision, current);
  const { floor } = served.collection.history;
  if (!initialState && revision !== 0 && revision < floor) throw tooOld(revision, floor);
  const seconds = options.timeoutSeconds ?? minTimeoutSeconds + core.random.below(minTimeoutSeconds);
  return {
    initialState,
    initialEventsEnd: options.sendInitialEvents === true && options.allowBookmarks,
    replayAfter: initialState || revision === 0 ? undefined : revision,
    bookmarks: options.allowBookmarks,
    timeoutMs: Math.max(0, seconds * 1000),
  };
}

/** Marks a refusal that Kubernetes delivers inside a started stream. */
export class InStreamError extends StatusError {}

function tooOld(revision: number, floor: number): StatusError {
  return new InStreamError(410, 'Expired', `too old resource version: ${revision} (${floor})`);
}

function groupKey(
  served: ServedResource,
  namespace: string | undefined,
  options: ListOptions,
  representation: Representation,
): string {
  return [served.groupVersion, representation.as, namespace ?? '', options.labelSelector, options.fieldSelector].join(
    '|',
  );
}

function encoderFor(
  served: ServedResource,
  { representation, table }: ReplyFormat,
): (type: WatchEventType, entry: StoreEntry) => string {
  if (representation.as === 'Table') return tableEncoder(served, table);
  if (representation.as === 'PartialObjectMetadata') {
    return (type, entry) => eventLine(type, JSON.stringify(partialObject(inServedVersion(served, entry.object))));
  }
  return (type, entry) => eventLine(type, entryJson(served, entry));
}

/** The first event of a stream brings the columns. */
function tableEncoder(
  served: ServedResource,
  table: TableRequest,
): (type: WatchEventType, entry: StoreEntry) => string {
  let first = true;
  return (type, { object }) => {
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
    const line = eventLine(
      type,
      JSON.stringify(tableOf(served, [inServedVersion(served, object)], metadata, table, first)),
    );
    first = false;
    return line;
  };
}

export function eventLine(type: string, json: string): string {
  return `{"type":"${type}","object":${json}}`;
}

function encodeBookmark(
  served: ServedResource,
  representation: Representation,
  revision: number,
  initialEventsEnd: boolean,
): string {
  const metadata: JsonObject = { resourceVersion: String(revision) };
  if (initialEventsEnd) metadata['annotations'] = { 'k8s.io/initial-events-end': 'true' };
  const object: JsonObject =
    representation.as === 'PartialObjectMetadata'
      ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
      : { kind: served.info.kind, apiVersion: served.groupVersion, metadata };
  return eventLine('BOOKMARK', JSON.stringify(object));
}
