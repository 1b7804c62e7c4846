import type { JsonValue } from './schema-node.ts';

/**
 * One problem with one field, in the vocabulary of Kubernetes' `field.Error`. A `Status` 422 is made of these.
 * `path` is in Kubernetes notation: `spec.ports[0].name`, `metadata.labels[a.b]`.
 */
export interface FieldError {
  readonly path: string;
  readonly type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldValueNotSupported'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'InternalError';
  readonly value: JsonValue | undefined;
  /** The message shows no value: what's wrong isn't one. */
  readonly omitsValue?: boolean;
  readonly detail: string;
}
