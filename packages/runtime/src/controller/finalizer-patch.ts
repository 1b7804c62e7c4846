/**
 * JSON patches that add or remove one entry of `metadata.finalizers` and nothing else. Pure.
 *
 * Each begins with a `test`, so the patch fails instead of overwriting what another writer did between our read and
 * our write. A missing list is guarded by the resourceVersion, because RFC 6902 forbids `test` on a missing path.
 */

import type { JsonPatchOperation } from '../client/kube-client.ts';
import type { KubeObject } from '../object/kube-object.ts';

const FINALIZERS = '/metadata/finalizers';

/** The patch that adds `name`; undefined when it is there already. */
export function addFinalizerPatch(object: KubeObject, name: string): readonly JsonPatchOperation[] | undefined {
  const present = object.metadata.finalizers ?? [];
  if (present.includes(name)) return undefined;
  if (present.length === 0) {
    return [
      { op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
      { op: 'add', path: FINALIZERS, value: [name] },
    ];
  }
  return [
    { op: 'test', path: FINALIZERS, value: present },
    { op: 'add', path: `${FINALIZERS}/-`, value: name },
  ];
}

/** The patch that removes `name` from this incarnation; undefined when it is gone already. */
export function removeFinalizerPatch(object: KubeObject, name: string): readonly JsonPatchOperation[] | undefined {
  const at = object.metadata.finalizers?.indexOf(name) ?? -1;
  if (at < 0) return undefined;
  const path = `${FINALIZERS}/${at}`;
  const { uid } = object.metadata;
  return [
    ...(uid === undefined ? [] : [{ op: 'test', path: '/metadata/uid', value: uid } as const]),
    { op: 'test', path, value: name },
    { op: 'remove', path },
  ];
}
