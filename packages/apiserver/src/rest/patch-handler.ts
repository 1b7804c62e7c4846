/** PATCH: JSON patch, merge patch, strategic merge patch and apply, each ending in the same update. */
import { decodeJson, mediaType } from '../codec/decode-body.ts';
import { applyJsonPatch, type JsonPatchOperation } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicMerge } from '../patch/strategic-merge.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type KubeObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import { type ApiRequest, type BodyReply, warningHeaders } from './api-reply.ts';
import { applyMedia, handleApply } from './apply-handler.ts';
import { shapeObject } from './decode-object.ts';
import { entryReply, type ReplyFormat } from './encode-reply.ts';
import { inServedVersion, type ServedResource } from './served-resource.ts';
import { badRequest, differentName, internalError, StatusError } from './status-error.ts';
import { existing, replaceObject } from './write-object.ts';
import { invalidOptions, readWriteOptions } from './write-options.ts';

type Patch = (current: KubeObject) => JsonValue;

export function handlePatch(
  core: ApiCore,
  served: ServedResource,
  request: ApiRequest,
  format: ReplyFormat,
): BodyReply {
  const { info, headers, body } = request;
  const media = mediaType(headers['content-type']);
  if (media === applyMedia) return handleApply(core, served, request, format);
  checkMedia(served, media);
  if (info.query.has('force')) throw forceWithoutApply();
  const options = readWriteOptions('patch', info.query, headers['user-agent']);
  const current = existing(served, info.namespace, info.name ?? '');
  const old = inServedVersion(served, current.object);
  const patched = readPatch(served, media, body)(old);
  const { object, warnings } = shapeObject(served, patched, undefined, options);
  const name = object.metadata.name ?? '';
  if (name !== info.name) throw differentName(name, info.name ?? '');
  const context = { manager: options.manager, dryRun: options.dryRun, subresource: info.subresource };
  const entry = replaceObject(core, served, current, object, context, 'immutable');
  const reply = entryReply(200, served, entry, format);
  return warnings.length === 0 ? reply : { ...reply, headers: [...(reply.headers ?? []), ...warningHeaders(warnings)] };
}

function forceWithoutApply(): Error {
  const detail = 'may not be specified for non-apply patch';
  return invalidOptions('PatchOptions', [{ path: 'force', type: 'FieldValueForbidden', value: '', detail }]);
}

const jsonPatch = 'application/json-patch+json';
/** As in Kubernetes. */
const maxPatchOperations = 10_000;
const mergePatchType = 'application/merge-patch+json';
const strategicType = 'application/strategic-merge-patch+json';
const customMedia = `${jsonPatch}, ${mergePatchType}, application/apply-patch+yaml`;

function checkMedia(served: ServedResource, media: string): void {
  if (media === jsonPatch || media === mergePatchType) return;
  if (media === strategicType) {
    if (served.custom === undefined) return;
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${customMedia}`,
    );
  }
  throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

function readPatch(served: ServedResource, media: string, body: Buffer): Patch {
  const decoded = decodeJson(body);
  if (!decoded.ok) throw badRequest(`error decoding patch: ${decoded.message}`);
  const { value } = decoded;
  if (media === mergePatchType) return (current) => mergePatch(current, value);
  if (media === strategicType) return readStrategicPatch(served, value);
  if (!Array.isArray(value)) {
    const found = value === null ? 'null' : typeof value;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (value.length > maxPatchOperations) {
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${maxPatchOperations}, got ${value.length}`,
      {},
    );
  }
  return (current) => {
    const result = applyJsonPatch(current, value as unknown as JsonPatchOperation[]);
    if (result.ok) return result.value;
    throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  };
}

function readStrategicPatch(served: ServedResource, patch: JsonValue): Patch {
  if (!isJsonObject(patch)) {
    const found = Array.isArray(patch) ? 'array' : patch === null ? 'null' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
    );
  }
  return (current) => {
    const result = strategicMerge(current, patch, served.schema);
    if (result.ok) return result.value;
    throw result.problem === 'format' ? badRequest(result.message) : internalError(result.message);
  };
}
