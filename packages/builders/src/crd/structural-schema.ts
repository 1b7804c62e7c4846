/**
 * The schema language of a CustomResourceDefinition: OpenAPI v3 narrowed to what Kubernetes calls *structural*.
 *
 * Every node states its type once, outside of any logical combination; the combinations (`allOf`, `anyOf`, `oneOf`,
 * `not`) restrict values only. What is not in these interfaces has no meaning to the API server.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */

/** One CEL rule of `x-kubernetes-validations`; made by {@link cel} and its relatives. */
export interface ValidationRule {
  /** CEL expression over `self` (and `oldSelf` for a transition rule); true means valid. */
  readonly rule: string;
  /** Shown to the user. Required when the rule spans several lines. */
  readonly message?: string;
  /** CEL expression that yields the message; falls back to `message`. */
  readonly messageExpression?: string;
  /** Machine-readable cause. @default 'FieldValueInvalid' */
  readonly reason?: ValidationReason;
  /** Path below the rule's own node that the error names, such as `.spec.replicas`. */
  readonly fieldPath?: string;
  /** Runs a transition rule on creation too, with `oldSelf` as an optional value. */
  readonly optionalOldSelf?: boolean;
}

/** Causes that the API server accepts in a validation rule. */
export type ValidationReason =
  | 'FieldValueInvalid'
  | 'FieldValueForbidden'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate';

/** Restrictions on a value that say nothing about its type: legal inside `allOf`, `anyOf`, `oneOf` and `not`. */
export interface ValueValidation {
  format?: string;
  minimum?: number;
  exclusiveMinimum?: boolean;
  maximum?: number;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  enum?: unknown[];
  allOf?: ValueValidation[];
  anyOf?: ValueValidation[];
  oneOf?: ValueValidation[];
  not?: ValueValidation;
  properties?: Record<string, ValueValidation>;
  items?: ValueValidation;
  /** Only in the two branches that `x-kubernetes-int-or-string` prescribes. */
  type?: string;
}

/** The JSON types a structural schema may name. */
export type StructuralType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** One node of a structural schema. */
export interface StructuralSchema extends Omit<ValueValidation, 'properties' | 'items' | 'type'> {
  type?: StructuralType;
  title?: string;
  description?: string;
  nullable?: boolean;
  default?: unknown;
  example?: unknown;
  externalDocs?: { description?: string; url?: string };
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-embedded-resource'?: true;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-validations'?: ValidationRule[];
}
