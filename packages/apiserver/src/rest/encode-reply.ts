/** Objects, lists and Status answers in the representation that was asked for. */
import { encodeYaml } from '../codec/encode-yaml.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import type { StoreEntry } from '../store/collection.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { BodyReply } from './api-reply.ts';
import { plainJson, type Representation } from './negotiation.ts';
import { partialObject } from './partial-object.ts';
import { entryJson, inServedVersion, type ServedResource } from './served-resource.ts';
import type { StatusError } from './status-error.ts';
import { tableOf, type TableRequest } from './table-view.ts';

export interface ReplyFormat {
  readonly representation: Representation;
  readonly pretty: boolean;
  /** How tables are made, should one be asked for. */
  readonly table: TableRequest;
}

export const plainFormat: ReplyFormat = {
  representation: plainJson,
  pretty: false,
  table: { nowMs: 0, includeObject: 'Metadata' },
};

export function valueReply(status: number, value: JsonValue, format: ReplyFormat): BodyReply {
  const { representation, pretty } = format;
  const body =
    representation.format === 'yaml' ? encodeYaml(value) : JSON.stringify(value, undefined, pretty ? 2 : undefined);
  return { type: 'body', status, contentType: representation.contentType, body };
}

/** One object; the plain JSON form comes from the entry's cache. */
export function entryReply(status: number, served: ServedResource, entry: StoreEntry, format: ReplyFormat): BodyReply {
  const { representation, pretty } = format;
  if (representation === plainJson && !pretty) {
    return { type: 'body', status, contentType: 'application/json', body: entryJson(served, entry) };
  }
  return valueReply(status, project(served, inServedVersion(served, entry.object), format), format);
}

function project(served: ServedResource, object: KubeObject, { representation, table }: ReplyFormat): JsonValue {
  switch (representation.as) {
    case 'PartialObjectMetadata':
      return partialObject(object);
    case 'Table':
      return tableOf(served, [object], { resourceVersion: object.metadata.resourceVersion ?? '' }, table);
    case 'object':
      return object;
  }
}

export function statusReply(error: StatusError, format: ReplyFormat): BodyReply {
  const reply = valueReply(error.code, error.toStatus(), format);
  const retryAfter = error.details?.retryAfterSeconds;
  const headers: [string, string][] = [];
  if (retryAfter !== undefined) headers.push(['retry-after', String(retryAfter)]);
  if (error.code === 403 && error.message.includes('cannot ')) headers.push(['x-content-type-options', 'nosniff']);
  return { ...reply, headers };
}
