/** A write that would change nothing but the times of its entries has changed nothing. */
import { deepEqual } from '../store/deep-equal.ts';
import type { KubeObject } from '../store/kube-object.ts';
import { decodeManagers, equalOwnership } from './managers.ts';
import { withManagedFields } from './track-update.ts';

/**
 * The stored object itself when `next`, defaulted and in canonical form, differs from it in times of entries only;
 * else `next`. An apply cannot tell before that: `cpu: 0.5` looks different from the stored `500m`.
 */
export function keepTimes(old: KubeObject, next: KubeObject): KubeObject {
  const before = decodeManagers(old.metadata.managedFields);
  const after = decodeManagers(next.metadata.managedFields);
  if (before === undefined || after === undefined || !equalOwnership(before, after)) {
    return next;
  }
  return deepEqual(withManagedFields(old, undefined), withManagedFields(next, undefined)) ? old : next;
}
