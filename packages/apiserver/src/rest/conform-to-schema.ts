/** Prunes unknown fields, names them in warnings or errors, and fills defaults. */
import { findDuplicateKeys } from '../codec/duplicate-keys.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { DecodedObject } from './decode-object.ts';
import { foldStringData } from './kind-rules.ts';
import { podWarnings } from './pod-warnings.ts';
import type { ServedResource } from './served-resource.ts';
import { badRequest, StatusError } from './status-error.ts';
import type { WriteOptions } from './write-options.ts';

/**
 * @param text The document as it came, for the fields it names twice; absent for patches.
 * @throws StatusError 400 for a field of the wrong type, and under Strict for unknown and duplicate fields (422 where the
 * object is the outcome of a patch).
 */
export function conformToSchema(
  served: ServedResource,
  object: KubeObject,
  text: string | undefined,
  options: WriteOptions,
): DecodedObject {
  const { rules, info } = served;
  if (rules === undefined) return { object, warnings: [] };
  const decoded = rules.decode(object);
  const patched = text === undefined && served.custom === undefined ? object : undefined;
  if (!decoded.ok) throw refuse(served, decoded.message, patched);
  const complaints = options.fieldValidation === 'Ignore' ? [] : complaintsOf(text, decoded.unknownFields);
  if (options.fieldValidation === 'Strict' && complaints.length > 0) {
    throw refuse(served, `strict decoding error: ${complaints.join(', ')}`, patched);
  }
  const shaped = rules.applyDefaults(decoded.value);
  const { apiVersion: _a, kind: _k, metadata, ...rest } = shaped as KubeObject;
  const head =
    served.custom === undefined
      ? { kind: info.kind, apiVersion: served.groupVersion }
      : { apiVersion: served.groupVersion, kind: info.kind };
  const shapedObject = { ...head, metadata, ...rest } as KubeObject;
  const folded = served.qualifiedName === 'secrets' ? foldStringData(shapedObject) : shapedObject;
  return { object: folded, warnings: [...complaints, ...kindWarnings(served, folded)] };
}

function kindWarnings({ qualifiedName }: ServedResource, object: KubeObject): string[] {
  if (qualifiedName === 'endpoints') {
    return ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'];
  }
  return podWarnings(qualifiedName, object);
}

function complaintsOf(text: string | undefined, unknownFields: readonly string[]): string[] {
  const duplicates = text === undefined ? [] : findDuplicateKeys(text);
  return [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...unknownFields.map((path) => `unknown field "${path}"`),
  ];
}

function refuse(served: ServedResource, message: string, patched: KubeObject | undefined): StatusError {
  const { kind, version } = served.info;
  if (patched === undefined) {
    return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${message}`);
  }
  const shown = JSON.stringify(sortedTop(patched));
  const detail = `Invalid value: ${JSON.stringify(shown)}: ${message}`;
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${detail}`, {
    causes: [{ reason: 'FieldValueInvalid', message: detail, field: 'patch' }],
  });
}

/** Go shows the patched document with its top-level fields sorted. */
function sortedTop(object: KubeObject): object {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
