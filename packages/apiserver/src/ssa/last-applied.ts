/**
 * The handover from client-side to server-side apply. `kubectl apply` without `--server-side` leaves the whole applied
 * configuration in an annotation; while the object still has those values, the manager `kubectl` may take the fields.
 */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import { type JsonObject, isJsonObject } from '../store/kube-object.ts';
import { compare } from './compare.ts';
import { EMPTY_SET, type FieldSet, subtractSets } from './field-set.ts';
import { toFieldSet } from './to-field-set.ts';
import { asMap } from './type-view.ts';

export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** The only manager to which fields are handed over; any other name opts out. */
export const LAST_APPLIED_MANAGER = 'kubectl';

/** The fields `kubectl` applied from the client and that still have the applied values. */
export function lastAppliedFields(live: JsonObject, apiVersion: string, schema: SchemaNode | undefined): FieldSet {
  const text = annotationsOf(live)?.[LAST_APPLIED_ANNOTATION];
  const applied = typeof text === 'string' ? parseObject(text) : undefined;
  if (applied === undefined || applied['apiVersion'] !== apiVersion) {
    return EMPTY_SET;
  }
  const fields = toFieldSet(applied, schema);
  const comparison = compare(applied, live, schema);
  return [comparison?.modified, comparison?.added, comparison?.removed].reduce<FieldSet>(
    (rest, gone) => (gone === undefined ? rest : subtractSets(rest, gone)),
    fields,
  );
}

/** The object with the annotation set to the configuration applied now; unchanged when it has no such annotation. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  if (annotations === undefined || !(LAST_APPLIED_ANNOTATION in annotations)) {
    return object;
  }
  const text = `${JSON.stringify(withoutAnnotation(applied))}\n`;
  const metadata = asMap(object['metadata']);
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED_ANNOTATION]: text } } };
}

function withoutAnnotation(applied: JsonObject): JsonObject {
  const annotations = annotationsOf(applied);
  if (annotations === undefined) {
    return applied;
  }
  const { [LAST_APPLIED_ANNOTATION]: _, ...rest } = annotations;
  const { annotations: __, ...metadata } = asMap(applied['metadata']) ?? {};
  return { ...applied, metadata: Object.keys(rest).length === 0 ? metadata : { ...metadata, annotations: rest } };
}

function annotationsOf(object: JsonObject): JsonObject | undefined {
  return asMap(asMap(object['metadata'])?.['annotations']);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
