/** `/scale`: replicas of a workload or custom resource behind one shape. */
import { mergePatch } from '../patch/merge-patch.ts';
import { applyJsonPatch, type JsonPatchOperation } from '../patch/json-patch.ts';
import { builtinScalePaths, scaleOf, withReplicas } from '../projection/scale.ts';
import type { ScalePaths } from '../schema/validate-custom-resource.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import { decodeJson, mediaType } from '../codec/decode-body.ts';
import type { ApiCore } from './api-core.ts';
import type { ApiRequest, BodyReply } from './api-reply.ts';
import { decodeValue } from './decode-object.ts';
import { type ReplyFormat, valueReply } from './encode-reply.ts';
import { inServedVersion, type ServedResource } from './served-resource.ts';
import { badRequest, StatusError } from './status-error.ts';
import { existing, replaceObject } from './write-object.ts';
import { readWriteOptions } from './write-options.ts';

export function handleScale(
  core: ApiCore,
  served: ServedResource,
  request: ApiRequest,
  format: ReplyFormat,
): BodyReply {
  const { info, headers } = request;
  const current = existing(served, info.namespace, info.name ?? '');
  const object = inServedVersion(served, current.object);
  if (info.verb === 'get') return valueReply(200, viewOf(served, object), format);
  const options = readWriteOptions(info.verb, info.query, headers['user-agent']);
  const wanted =
    info.verb === 'update'
      ? decodeValue(request.body, headers['content-type'], 'Scale')
      : patched(request, viewOf(served, object));
  const next = withReplicas(object, pathsOf(served), replicasOf(wanted));
  const metadata = isJsonObject(wanted) && isJsonObject(wanted['metadata']) ? wanted['metadata'] : {};
  const asked: KubeObject = {
    ...next,
    metadata: { ...next.metadata, resourceVersion: preconditionOf(metadata, object) },
  };
  const context = { manager: options.manager, dryRun: options.dryRun, subresource: 'scale' };
  const entry = replaceObject(core, served, current, asked, context, 'precondition');
  return valueReply(200, viewOf(served, inServedVersion(served, entry.object)), format);
}

/** An explicit version is a precondition; none means whatever is current. */
function preconditionOf(metadata: JsonObject, object: KubeObject): string {
  const given = metadata['resourceVersion'];
  return typeof given === 'string' && given !== '' ? given : (object.metadata.resourceVersion ?? '');
}

function pathsOf(served: ServedResource): ScalePaths {
  return served.custom?.scale ?? builtinScalePaths;
}

function viewOf(served: ServedResource, object: KubeObject): JsonObject {
  const selector = served.custom === undefined ? selectorText(object) : undefined;
  return scaleOf(object, pathsOf(served), selector);
}

/** `app=web,tier in (a,b)`: a label selector as text, requirements sorted by key. */
function selectorText(object: KubeObject): string {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const selector = isJsonObject(spec['selector']) ? spec['selector'] : {};
  const labels = isJsonObject(selector['matchLabels']) ? selector['matchLabels'] : {};
  const terms = Object.entries(labels).map(([key, value]): readonly [string, string] => [
    key,
    `${key}=${textOf(value)}`,
  ]);
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'] : [];
  for (const expression of expressions) if (isJsonObject(expression)) terms.push(expressionTerm(expression));
  return terms
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, term]) => term)
    .join(',');
}

function expressionTerm(expression: JsonObject): readonly [string, string] {
  const key = textOf(expression['key']);
  const values = Array.isArray(expression['values'])
    ? expression['values'].map((value) => textOf(value)).toSorted()
    : [];
  switch (textOf(expression['operator'])) {
    case 'In':
      return [key, `${key} in (${values.join(',')})`];
    case 'NotIn':
      return [key, `${key} notin (${values.join(',')})`];
    case 'DoesNotExist':
      return [key, `!${key}`];
    default:
      return [key, key];
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function replicasOf(scale: JsonValue): number {
  const spec = isJsonObject(scale) && isJsonObject(scale['spec']) ? scale['spec'] : {};
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas !== 'number') throw badRequest('Scale: spec.replicas must be a number');
  return replicas;
}

function patched({ headers, body }: ApiRequest, view: JsonObject): JsonValue {
  const decoded = decodeJson(body);
  if (!decoded.ok) throw badRequest(`error decoding patch: ${decoded.message}`);
  const media = mediaType(headers['content-type']);
  if (media === 'application/merge-patch+json') return mergePatch(view, decoded.value);
  if (media !== 'application/json-patch+json' || !Array.isArray(decoded.value)) {
    throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const result = applyJsonPatch(view, decoded.value as unknown as JsonPatchOperation[]);
  if (result.ok) return result.value;
  throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
