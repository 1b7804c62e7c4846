/**
 * What a cached object keeps: everything except the last-applied annotation and the field ownership
 * of other managers. Own writes are applies, never whole objects, so the missing parts never travel
 * back to the server.
 */
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../object/kube-object.ts';
import { shareOwnership } from './shared-ownership.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export interface Projection {
  /** Keep only `apiVersion`, `kind` and `metadata`. */
  readonly metadataOnly: boolean;
  /** Managers whose `Apply` entries are kept; may grow while informers run. */
  readonly ownManagers: ReadonlySet<string>;
  /** Freeze deeply, so that a handler that changes a shared object fails loudly. */
  readonly freeze: boolean;
}

/** May reuse `object`, which must be fresh from the wire. */
export function project<T extends KubeObject>(object: T, projection: Projection): T {
  const metadata = projectMetadata(object.metadata, projection.ownManagers);
  const { apiVersion, kind } = object;
  const projected = projection.metadataOnly
    ? ({ apiVersion, kind, metadata } as T)
    : metadata === object.metadata
      ? object
      : { ...object, metadata };
  return projection.freeze ? freezeDeep(projected) : projected;
}

function projectMetadata(metadata: ObjectMeta, ownManagers: ReadonlySet<string>): ObjectMeta {
  const { managedFields, ...rest } = metadata;
  const annotated = rest.annotations?.[LAST_APPLIED] !== undefined;
  if (managedFields === undefined && !annotated) {
    return metadata;
  }
  const kept = (managedFields ?? [])
    .filter((entry) => isOwnApply(entry, ownManagers))
    .map((entry) => ({ ...entry, fieldsV1: shareOwnership(entry.fieldsV1) }));
  return {
    ...(annotated ? { ...rest, ...annotationsWithout(rest.annotations ?? {}) } : rest),
    ...(kept.length === 0 ? {} : { managedFields: kept }),
  };
}

function isOwnApply(entry: ManagedFieldsEntry, ownManagers: ReadonlySet<string>): boolean {
  return entry.operation === 'Apply' && entry.manager !== undefined && ownManagers.has(entry.manager);
}

function annotationsWithout(annotations: Readonly<Record<string, string>>): Pick<ObjectMeta, 'annotations'> {
  const { [LAST_APPLIED]: _dropped, ...kept } = annotations;
  return { annotations: kept };
}

function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) {
      freezeDeep(child);
    }
  }
  return value;
}
