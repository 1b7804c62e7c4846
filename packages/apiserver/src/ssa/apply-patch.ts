/**
 * Server-side apply: merges a configuration into an object, removes what its manager no longer applies, and keeps
 * account of who owns which field.
 *
 * Not here: reading the request, the checks of uid, resourceVersion and name, defaulting and validation of the result.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';
import { compareObjects } from './compare.ts';
import { type ApplyConflict, conflictMessage, conflictsOf } from './conflict.ts';
import {
  EMPTY_SET,
  type FieldSet,
  fieldSetOf,
  intersectSets,
  isEmptySet,
  isSubset,
  subtractSets,
  unionSets,
} from './field-set.ts';
import { LAST_APPLIED_MANAGER, lastAppliedFields, withLastApplied } from './last-applied.ts';
import {
  BEFORE_FIRST_APPLY,
  decodeManagers,
  encodeManagers,
  equalOwnership,
  type Manager,
  type Managers,
  managerId,
  withFields,
} from './managers.ts';
import { merge } from './merge.ts';
import { reconcileManagers } from './reconcile-schema.ts';
import { removeItems, withNamedFields } from './remove-items.ts';
import { isResetField } from './reset-fields.ts';
import { toFieldSet } from './to-field-set.ts';
import { recordUpdate, withManagedFields } from './track-update.ts';
import { asMap } from './type-view.ts';
import { describeTypeErrors } from './validate-applied.ts';

export interface ApplyPatchOptions {
  /** The stored object; absent when the apply creates it. */
  readonly live?: KubeObject | undefined;
  /** The configuration as the client sent it. */
  readonly applied: JsonObject;
  /** The `fieldManager` of the request. */
  readonly manager: string;
  /** Take fields from other managers instead of reporting conflicts. */
  readonly force: boolean;
  /** The version of the endpoint, such as `apps/v1`. */
  readonly apiVersion: string;
  /** The kind of the endpoint. @default the kind of the stored object, else of the configuration */
  readonly kind?: string | undefined;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly schema: SchemaNode | undefined;
  /** RFC 3339 in seconds, as stored in entries. */
  readonly now: string;
  /** The kind has a status subresource, so the main resource ignores status. @default true */
  readonly hasStatus?: boolean | undefined;
}

export type ApplyResult =
  /** `object` is `live` itself when the apply changes neither values nor ownership. */
  | { readonly outcome: 'applied'; readonly object: KubeObject }
  /** A 409: nothing was taken; with `force` the same apply succeeds. */
  | { readonly outcome: 'conflict'; readonly conflicts: readonly ApplyConflict[]; readonly message: string }
  /** The configuration is unusable. 400 has the reason BadRequest, 500 has none. */
  | { readonly outcome: 'rejected'; readonly code: 400 | 500; readonly message: string };

/** Fields of the server: what a configuration says about them is a precondition at most, never a value. */
const SERVER_METADATA = [
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
] as const;

/** Fields that identify the object or belong to the server: nobody owns them. */
const UNOWNED: FieldSet = fieldSetOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...['name', 'namespace', ...SERVER_METADATA].map((field) => ['f:metadata', `f:${field}`]),
);

/**
 * Applies a configuration.
 *
 * Guarantees: inputs stay untouched; applying the same configuration again changes nothing, times included; a field
 * goes when its last applier drops it and stays while another manager owns it; a manager's time moves only when the
 * object changes.
 */
export function applyPatch(options: ApplyPatchOptions): ApplyResult {
  const rejection = rejectionOf(options);
  if (rejection !== undefined) {
    return rejection;
  }
  const result = applyOnce(options, options.force);
  if (result.outcome === 'conflict' && options.manager === LAST_APPLIED_MANAGER && options.live !== undefined) {
    return applyWithHandover(options, options.live, result.owners);
  }
  return finish(options, result);
}

function rejectionOf({ live, applied, apiVersion, kind, schema }: ApplyPatchOptions): ApplyResult | undefined {
  const appliedVersion = textOf(applied['apiVersion']);
  const appliedKind = textOf(applied['kind']);
  const expectedKind = kind ?? live?.['kind'] ?? appliedKind;
  if (appliedVersion !== apiVersion || appliedKind === '' || appliedKind !== expectedKind) {
    return {
      outcome: 'rejected',
      code: 400,
      message: `invalid object type: ${groupVersionKind(appliedVersion, appliedKind)}`,
    };
  }
  const metadata = asMap(applied['metadata']);
  if (metadata?.['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    return { outcome: 'rejected', code: 400, message: 'metadata.managedFields must be nil' };
  }
  const problem = schema === undefined ? undefined : describeTypeErrors(applied, schema);
  if (problem === undefined) {
    return undefined;
  }
  const name = `${textOf(metadata?.['namespace'])}/${textOf(metadata?.['name'])}`;
  const subject = `${name}; ${groupVersionKind(appliedVersion, appliedKind)}`;
  return { outcome: 'rejected', code: 500, message: `failed to create typed patch object (${subject}): ${problem}` };
}

function groupVersionKind(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

interface Owner {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

type Attempt =
  | {
      readonly outcome: 'merged';
      readonly object: JsonObject;
      readonly hasChanged: boolean;
      readonly managers: Managers;
    }
  | { readonly outcome: 'conflict'; readonly owners: ReadonlyMap<string, Owner> };

function applyOnce(options: ApplyPatchOptions, force: boolean): Attempt {
  const { schema } = options;
  const isIgnored = ignoredFields(options);
  const live = options.live === undefined ? undefined : withManagedFields(options.live, undefined);
  const before = liveManagers(options, live);
  const identity = identityOf(options);
  const id = managerId(identity);
  const last = before.get(id);
  const applied = writableConfiguration(options.applied, isIgnored);
  const owned = subtractSets(toFieldSet(applied, schema), UNOWNED);
  const managers = new Map(before);
  managers.set(
    id,
    last === undefined
      ? { ...identity, time: undefined, fields: owned, json: undefined }
      : withVersion(last, options, owned),
  );

  const merged = asMap(merge(live, applied, schema)) ?? {};
  const object = last === undefined ? merged : prune(merged, last.fields, managers, options);
  const comparison = compareObjects(live, object, schema, isIgnored);
  const changed = comparison === undefined ? EMPTY_SET : unionSets(comparison.modified, comparison.added);
  const owners = new Map<string, Owner>();
  for (const [otherId, manager] of managers) {
    const fields = otherId === id ? EMPTY_SET : intersectSets(manager.fields, changed);
    if (!isEmptySet(fields)) {
      owners.set(otherId, { manager, fields });
    }
  }
  if (owners.size > 0 && !force) {
    return { outcome: 'conflict', owners };
  }
  const lost = unionSets(changed, comparison?.removed ?? EMPTY_SET);
  for (const [otherId, manager] of managers) {
    if (otherId !== id) {
      managers.set(otherId, withFields(manager, subtractSets(manager.fields, lost)));
    }
  }
  return { outcome: 'merged', object, hasChanged: live === undefined || !deepEqual(live, object), managers };
}

function ignoredFields({ subresource, hasStatus }: ApplyPatchOptions): (field: string) => boolean {
  const endpoint = { subresource, hasStatus: hasStatus ?? true };
  return (field) => field !== 'apiVersion' && field !== 'kind' && isResetField(field, endpoint);
}

/** The configuration without what this endpoint ignores. */
function writableConfiguration(applied: JsonObject, isIgnored: (field: string) => boolean): JsonObject {
  const writable = Object.fromEntries(Object.entries(applied).filter(([field]) => !isIgnored(field)));
  const metadata = asMap(writable['metadata']);
  if (metadata !== undefined && SERVER_METADATA.some((field) => field in metadata)) {
    const fields = Object.entries(metadata).filter(([field]) => !SERVER_METADATA.some((name) => name === field));
    writable['metadata'] = Object.fromEntries(fields);
  }
  return writable;
}

function identityOf({
  manager: name,
  apiVersion,
  subresource,
}: ApplyPatchOptions): Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'> {
  return { name, operation: 'Apply', apiVersion, subresource };
}

function withVersion(manager: Manager, { apiVersion }: ApplyPatchOptions, fields: FieldSet): Manager {
  return manager.apiVersion === apiVersion
    ? withFields(manager, fields)
    : { ...manager, apiVersion, fields, json: undefined };
}

/** The managers of the stored object; whatever an untracked object holds belongs to `before-first-apply`. */
function liveManagers(options: ApplyPatchOptions, live: JsonObject | undefined): Managers {
  const stored = decodeManagers(asMap(options.live?.['metadata'])?.['managedFields']) ?? new Map<string, Manager>();
  const managers = reconcileManagers(stored, options.schema);
  if (managers.size > 0 || live === undefined) {
    return managers;
  }
  const comparison = compareObjects(undefined, live, options.schema, ignoredFields(options));
  return comparison === undefined
    ? managers
    : recordUpdate(managers, comparison, { ...options, manager: BEFORE_FIRST_APPLY });
}

/** Removes what the manager applied last time and not now, unless somebody owns it. */
function prune(merged: JsonObject, last: FieldSet, managers: Managers, options: ApplyPatchOptions): JsonObject {
  const { schema } = options;
  if (isSubset(last, managers.get(managerId(identityOf(options)))?.fields ?? EMPTY_SET)) {
    return merged;
  }
  let owned: FieldSet = EMPTY_SET;
  for (const manager of managers.values()) {
    owned = unionSets(owned, manager.fields);
  }
  const lastNamed = withNamedFields(last, schema);
  const mergedPaths = withNamedFields(toFieldSet(merged, schema), schema);
  const remaining = removeItems(merged, lastNamed, schema) ?? {};
  const kept = unionSets(withNamedFields(toFieldSet(remaining, schema), schema), withNamedFields(owned, schema));
  const withOwned = removeItems(merged, subtractSets(mergedPaths, kept), schema, owned) ?? {};
  // Items below a removed list item that nobody owned stay, unless the manager itself had applied them.
  const gone = subtractSets(mergedPaths, withNamedFields(toFieldSet(withOwned, schema), schema));
  return asMap(removeItems(merged, intersectSets(gone, lastNamed), schema, owned)) ?? {};
}

/** Fields `kubectl` applied from the client side before are taken without conflict. */
function applyWithHandover(
  options: ApplyPatchOptions,
  live: JsonObject,
  owners: ReadonlyMap<string, Owner>,
): ApplyResult {
  const allowed = lastAppliedFields(withManagedFields(live, undefined), options.apiVersion, options.schema);
  const refused = new Map<string, Owner>();
  for (const [id, { manager, fields }] of owners) {
    if (!isSubset(fields, allowed)) {
      refused.set(id, { manager, fields: subtractSets(fields, allowed) });
    }
  }
  return refused.size > 0
    ? finish(options, { outcome: 'conflict', owners: refused })
    : finish(options, applyOnce(options, true));
}

function finish(options: ApplyPatchOptions, attempt: Attempt): ApplyResult {
  if (attempt.outcome === 'conflict') {
    const conflicts = conflictsOf(attempt.owners);
    return { outcome: 'conflict', conflicts, message: conflictMessage(conflicts) };
  }
  const live = options.live;
  const before = decodeManagers(asMap(live?.['metadata'])?.['managedFields']);
  const merged =
    options.manager === LAST_APPLIED_MANAGER ? withLastApplied(attempt.object, options.applied) : attempt.object;
  const isSame = live !== undefined && deepEqual(withManagedFields(live, undefined), merged);
  if (isSame && before !== undefined && equalOwnership(before, attempt.managers)) {
    return { outcome: 'applied', object: live };
  }
  const managers = new Map(attempt.managers);
  const id = managerId(identityOf(options));
  const own = managers.get(id);
  if (own !== undefined && attempt.hasChanged) {
    managers.set(id, { ...own, time: options.now, json: undefined });
  }
  // Merging keeps what makes the configuration a Kubernetes object; types cannot follow that.
  return { outcome: 'applied', object: withManagedFields(merged, encodeManagers(managers)) as KubeObject };
}
