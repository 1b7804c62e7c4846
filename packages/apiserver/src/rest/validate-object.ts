/** Validation of complete objects: metadata first, then the rules of the kind. */
import type { FieldError } from '../schema/field-error.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { ServedResource } from './served-resource.ts';

export function validateCreate(_served: ServedResource, object: KubeObject): FieldError[] {
  const { name } = object.metadata;
  if (name === undefined || name === '') {
    return [
      {
        path: 'metadata.name',
        type: 'FieldValueRequired',
        value: undefined,
        detail: 'name or generateName is required',
      },
    ];
  }
  return [];
}

export function validateUpdate(
  _served: ServedResource,
  next: KubeObject,
  old: KubeObject,
  _subresource: string | undefined,
): FieldError[] {
  return validateFinalizers(next, old);
}

/** An object on its way out takes no new finalizers. */
function validateFinalizers(next: KubeObject, old: KubeObject): FieldError[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const before = new Set(old.metadata.finalizers);
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return [];
  const shown = added.map((finalizer) => `"${finalizer}"`).join(', ');
  return [
    {
      path: 'metadata.finalizers',
      type: 'FieldValueForbidden',
      value: undefined,
      detail: `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
    },
  ];
}
