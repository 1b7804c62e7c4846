/** Validation of complete objects: the rules of the kind, then those of deletion. */
import type { FieldError } from '../schema/field-error.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { ServedResource } from './served-resource.ts';

export function validateCreate(served: ServedResource, object: KubeObject): FieldError[] {
  return served.rules?.validate(object) ?? [];
}

export function validateUpdate(
  served: ServedResource,
  next: KubeObject,
  old: KubeObject,
  subresource: string | undefined,
): FieldError[] {
  const part = subresource === 'status' || subresource === 'scale' ? subresource : undefined;
  return served.rules?.validate(next, { old, subresource: part }) ?? [];
}
