/**
 * The shape every stored object has. Stored objects are immutable by convention: whoever wants to change one builds
 * a new one that shares the unchanged parts.
 */
import type { JsonValue } from '../schema/schema-node.ts';

export type JsonObject = { [key: string]: JsonValue };

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

export type ObjectMeta = {
  name?: string;
  generateName?: string;
  namespace?: string;
  selfLink?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: JsonValue[];
};

export type KubeObject = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: JsonValue;
};

/** The order in which kube-apiserver writes metadata; we keep it so that diffs of answers stay readable. */
const metadataOrder: readonly (keyof ObjectMeta)[] = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/** A copy with only the fields ObjectMeta has, in canonical order; empty maps and lists and `null` vanish. */
export function canonicalMetadata(metadata: ObjectMeta): ObjectMeta {
  const ordered: Record<string, JsonValue> = {};
  for (const field of metadataOrder) {
    const value = metadata[field];
    if (value === undefined || value === null || value === '') continue;
    if (typeof value === 'object' && isEmpty(value)) continue;
    ordered[field] = value;
  }
  return ordered;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
