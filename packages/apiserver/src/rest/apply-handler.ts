/** PATCH with `application/apply-patch+yaml`: server-side apply, which creates the object when it is missing. */
import { decodeJson, decodeYaml } from '../codec/decode-body.ts';
import { applyPatch, type ApplyResult } from '../ssa/apply-patch.ts';
import { keepTimes } from '../ssa/keep-times.ts';
import { timestamp } from '../store/clock.ts';
import type { StoreEntry } from '../store/collection.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import type { ApiRequest, BodyReply } from './api-reply.ts';
import { shapeObject } from './decode-object.ts';
import { entryReply, type ReplyFormat } from './encode-reply.ts';
import { inServedVersion, type ServedResource, storeKey } from './served-resource.ts';
import { badRequest, conflict, differentName, notFound, staleObject, StatusError } from './status-error.ts';
import { commitUpdate, createObject } from './write-object.ts';
import { invalidOptions, readWriteOptions, type WriteOptions } from './write-options.ts';

export const applyMedia = 'application/apply-patch+yaml';

export function handleApply(
  core: ApiCore,
  served: ServedResource,
  request: ApiRequest,
  format: ReplyFormat,
): BodyReply {
  const { info, headers } = request;
  const options = readWriteOptions('patch', info.query, headers['user-agent']);
  if ((info.query.get('fieldManager') ?? '') === '') throw missingManager();
  const applied = decodeConfiguration(request.body);
  const name = info.name ?? '';
  const current = served.collection.get(storeKey(info.namespace, name));
  if (current === undefined && info.subresource !== undefined) throw notFound(served.info, name);
  const live = current === undefined ? undefined : inServedVersion(served, current.object);
  const object = applyTo(core, served, request, applied, live, options);
  checkMetadata(served, name, applied, live);
  if (current !== undefined && object === live) return entryReply(200, served, current, format);
  const context = {
    manager: options.manager,
    dryRun: options.dryRun,
    subresource: info.subresource,
    fieldsTracked: true,
  };
  const shaped = shapeObject(served, object, undefined, { ...options, fieldValidation: 'Ignore' }).object;
  if (current === undefined || live === undefined) {
    const { resourceVersion: _, ...metadata } = shaped.metadata;
    const created = { ...shaped, metadata: { ...metadata, name } };
    return entryReply(201, served, createObject(core, served, info.namespace, created, context), format);
  }
  const next = keepTimes(live, shaped);
  const entry: StoreEntry = next === live ? current : commitUpdate(core, served, current, live, next, context);
  return entryReply(200, served, entry, format);
}

function missingManager(): Error {
  return invalidOptions('PatchOptions', [
    { path: 'fieldManager', type: 'FieldValueRequired', value: '', detail: 'is required for apply patch' },
  ]);
}

/** JSON is YAML, but parses a hundred times faster. */
function decodeConfiguration(body: Buffer): JsonObject {
  const json = decodeJson(body);
  const decoded = json.ok ? json : decodeYaml(body);
  if (!decoded.ok) throw badRequest(`error decoding YAML: ${decoded.message}`);
  if (!isJsonObject(decoded.value)) throw badRequest('error decoding YAML: the configuration is not an object');
  return decoded.value;
}

function applyTo(
  core: ApiCore,
  served: ServedResource,
  { info }: ApiRequest,
  applied: JsonObject,
  live: KubeObject | undefined,
  options: WriteOptions,
): KubeObject {
  const result = applyPatch({
    live,
    applied,
    manager: options.manager,
    force: info.query.get('force') === 'true',
    apiVersion: served.groupVersion,
    kind: served.info.kind,
    subresource: info.subresource ?? '',
    schema: served.schema,
    now: timestamp(core.clock.nowMs()),
    hasStatus: served.info.hasStatus,
  });
  if (result.outcome === 'applied') return result.object;
  throw refusal(result);
}

function refusal(result: Exclude<ApplyResult, { outcome: 'applied' }>): StatusError {
  if (result.outcome === 'rejected') {
    return new StatusError(result.code, result.code === 400 ? 'BadRequest' : undefined, result.message);
  }
  const causes = result.conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field }));
  return new StatusError(409, 'Conflict', result.message, { causes });
}

/** What a configuration says about identity and version of the object are preconditions. */
function checkMetadata(served: ServedResource, name: string, applied: JsonObject, live: KubeObject | undefined): void {
  const metadata = isJsonObject(applied['metadata']) ? applied['metadata'] : {};
  const given = textOf(metadata['name']);
  if (given !== '' && given !== name) throw differentName(given, name);
  const uid = textOf(metadata['uid']);
  if (uid !== '' && uid !== live?.metadata.uid) {
    const detail =
      live === undefined
        ? `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
        : `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(served.info, name, detail);
  }
  const revision = textOf(metadata['resourceVersion']);
  if (live !== undefined && revision !== '' && revision !== live.metadata.resourceVersion) {
    throw conflict(served.info, name, staleObject);
  }
}

function textOf(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
