/**
 * Ownership after a write that is not an apply: create, update, JSON patch, merge patch, a status or scale write.
 * The writer owns what it added or changed; whoever owned that before loses it; what is gone belongs to nobody.
 *
 * Not here: server-side apply (apply-patch.ts).
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';
import { type Comparison, compareObjects } from './compare.ts';
import { isEmptySet, subtractSets, unionSets } from './field-set.ts';
import {
  capUpdateManagers,
  decodeManagers,
  encodeManagers,
  isReset,
  type Manager,
  type Managers,
  managerId,
  withFields,
} from './managers.ts';
import { reconcileManagers } from './reconcile-schema.ts';
import { isResetField } from './reset-fields.ts';
import { asMap } from './type-view.ts';

export interface TrackUpdateOptions {
  /** The stored object; absent on create. */
  readonly old?: KubeObject | undefined;
  /** The object about to be stored, defaulted; its `metadata.managedFields` is what the client sent, if anything. */
  readonly new: KubeObject;
  /** `fieldManager`, else the text before the first `/` of the User-Agent, else `unknown`. */
  readonly manager: string;
  readonly apiVersion: string;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly schema: SchemaNode | undefined;
  /** RFC 3339 in seconds, as stored in entries. */
  readonly now: string;
  /** The kind has a status subresource, so the main resource ignores status. @default true */
  readonly hasStatus?: boolean | undefined;
}

/**
 * The new object with the `managedFields` it must be stored with.
 *
 * Guarantees: neither input changes; entries that lose and gain nothing keep their JSON and their time; an update of an
 * object nobody tracks stays untracked; `managedFields: [{}]` drops all entries.
 */
export function trackUpdate(options: TrackUpdateOptions): { readonly object: KubeObject } {
  const liveList = asMap(options.old?.['metadata'])?.['managedFields'];
  const before = reconcileManagers(requestedManagers(options, liveList), options.schema);
  if (before.size === 0 && options.old !== undefined) {
    return { object: withManagedFields(options.new, undefined) };
  }
  const hasStatus = options.hasStatus ?? true;
  // of metadata, `options.new` already holds what the endpoint lets its writer say
  const comparison = compareObjects(
    options.old,
    options.new,
    options.schema,
    (field) => field !== 'metadata' && isResetField(field, { subresource: options.subresource, hasStatus }),
  );
  const after = comparison === undefined ? before : capUpdateManagers(recordUpdate(before, comparison, options));
  const isUntouched = after === before && before === decodeManagers(liveList);
  return { object: withManagedFields(options.new, isUntouched ? liveList : encodeManagers(after)) };
}

/** The entries to start from: the client's, so that it can edit them, else those of the stored object. */
function requestedManagers(options: TrackUpdateOptions, liveList: JsonValue | undefined): Managers {
  const live = decodeManagers(liveList) ?? new Map<string, Manager>();
  const requested = asMap(options.new['metadata'])?.['managedFields'];
  if (options.subresource !== '' || requested === liveList || deepEqual(requested, liveList)) {
    return live;
  }
  if (isReset(requested)) {
    return new Map();
  }
  const managers = decodeManagers(requested);
  return managers === undefined || managers.size === 0 ? live : managers;
}

/** Ownership after an update with this difference. */
export function recordUpdate(
  before: Managers,
  comparison: Comparison,
  update: Pick<TrackUpdateOptions, 'manager' | 'apiVersion' | 'subresource' | 'now'>,
): Managers {
  const taken = unionSets(comparison.modified, comparison.added);
  const lost = unionSets(taken, comparison.removed);
  const after = new Map<string, Manager>();
  for (const [id, manager] of before) {
    const kept = withFields(manager, subtractSets(manager.fields, lost));
    if (!isEmptySet(kept.fields)) {
      after.set(id, kept);
    }
  }
  if (isEmptySet(taken)) {
    return after;
  }
  const { manager: name, apiVersion, subresource } = update;
  const identity = { name, operation: 'Update', apiVersion, subresource } as const;
  const id = managerId(identity);
  const previous = after.get(id);
  const fields = previous === undefined ? taken : unionSets(previous.fields, taken);
  // A scale write goes through a Scale object, which loses the time on its way back into the entries of the target.
  const time = subresource === 'scale' ? previous?.time : update.now;
  after.set(id, { ...identity, time, fields, json: undefined });
  return after;
}

/** The object with these entries; without the field when there are none. */
export function withManagedFields<T extends JsonObject>(object: T, list: JsonValue | undefined): T {
  const metadata = asMap(object['metadata']) ?? {};
  const isEmpty = !Array.isArray(list) || list.length === 0;
  if (isEmpty && !('managedFields' in metadata)) {
    return object;
  }
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: isEmpty ? rest : { ...rest, managedFields: list } };
}
