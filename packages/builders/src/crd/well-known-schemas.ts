/**
 * Schemas of types that many custom resources embed: conditions, label selectors, pod templates, whole objects.
 */
import type { TUnsafe } from 'typebox';
import type { V1PodTemplateSpec } from '../gen/core/v1.ts';
import type { V1Condition, V1LabelSelector } from '../gen/meta/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { type SchemaOptions, unsafe } from './schema-functions.ts';
import type { StructuralSchema } from './structural-schema.ts';

const text: StructuralSchema = { type: 'string' };
const texts: StructuralSchema = { type: 'object', additionalProperties: text };

/**
 * The standard list of status conditions, merged by `type`: two writers that set different conditions don't conflict.
 *
 * @see https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#condition-v1-meta
 */
export function Conditions(options: SchemaOptions = {}): TUnsafe<V1Condition[]> {
  const condition: StructuralSchema = {
    type: 'object',
    required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
    properties: {
      type: { ...text, minLength: 1, maxLength: 316 },
      status: { ...text, enum: ['True', 'False', 'Unknown'] },
      reason: { ...text, pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$', minLength: 1, maxLength: 1024 },
      message: { ...text, maxLength: 32768 },
      lastTransitionTime: { ...text, format: 'date-time' },
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    },
  };
  const list: StructuralSchema = {
    type: 'array',
    items: condition,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  };
  return unsafe({ ...list, ...options });
}

/**
 * A label selector, replaced as a whole.
 *
 * @see https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#labelselector-v1-meta
 */
export function LabelSelector(options: SchemaOptions = {}): TUnsafe<V1LabelSelector> {
  const requirement: StructuralSchema = {
    type: 'object',
    required: ['key', 'operator'],
    properties: {
      key: text,
      operator: { ...text, enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
      values: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
    },
  };
  const selector: StructuralSchema = {
    type: 'object',
    properties: {
      matchLabels: texts,
      matchExpressions: { type: 'array', items: requirement, 'x-kubernetes-list-type': 'atomic' },
    },
    'x-kubernetes-map-type': 'atomic',
  };
  return unsafe({ ...selector, ...options });
}

/**
 * A pod template. Its `spec` is kept as written and validated when the API server gets the pod: the full schema would
 * add hundreds of kilobytes to the definition and refuse fields of newer clusters.
 *
 * @see https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#podtemplatespec-v1-core
 */
export function PodTemplate(options: SchemaOptions = {}): TUnsafe<V1PodTemplateSpec> {
  const template: StructuralSchema = {
    type: 'object',
    properties: {
      metadata: { type: 'object', properties: { labels: texts, annotations: texts } },
      spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  return unsafe({ ...template, ...options });
}

/** A whole Kubernetes object: apiVersion, kind and metadata are validated, the rest is kept as it is. */
export function EmbeddedResource<T extends KubeObject = KubeObject>(options: SchemaOptions = {}): TUnsafe<T> {
  const resource: StructuralSchema = {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  };
  return unsafe({ ...resource, ...options });
}
