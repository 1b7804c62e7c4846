/**
 * Whether applying `desired` could change `live`: no, when live already says everything desired says
 * and our earlier apply set nothing that desired omits now. Errs towards yes: the server's own no-op
 * changes no resourceVersion, so a needless apply costs one request and never a loop.
 */
import { asJson, type JsonArray, type JsonObject, type JsonValue, type KubeObject } from '../object/kube-object.ts';
import { sameQuantity } from '../object/quantity.ts';
import { groupOf } from '../object/resource-kind.ts';
import { appliedFields, type FieldSet, hasKeys, keyedItems, listShape, setItems } from './field-set.ts';

/** Annotation with the leadership's stamp; differs after each failover and must not cause writes. */
export const FENCE_ANNOTATION = 'k8sop.dev/fence';

/** Fields below these names hold quantities in built-in kinds; the server rewrites `1000m` as `1`. */
const QUANTITY_PARENTS = new Set(['limits', 'requests', 'hard', 'capacity', 'overhead', 'sizeLimit', 'averageValue']);

interface MatchContext {
  /** Built-in kinds have canonical quantities; custom resources keep the text they were given. */
  readonly quantities: boolean;
}

export interface MatchRequest {
  readonly fieldManager: string;
  readonly subresource?: string | undefined;
}

/** `live` must be a full object whose own `Apply` entry was kept. */
export function matchesDesired<T extends KubeObject>(desired: T, live: T, by: MatchRequest): boolean {
  const owned = appliedFields(live, {
    fieldManager: by.fieldManager,
    apiVersion: desired.apiVersion,
    subresource: by.subresource,
  });
  if (owned === undefined) {
    return false;
  }
  const context = { quantities: isBuiltIn(desired.apiVersion) };
  return objectMatches(comparable(desired), asJson(live), withoutFence(owned), context);
}

/** What the field set speaks about: everything but identity and the fence annotation. */
function comparable(desired: KubeObject): JsonObject {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = asJson(desired);
  const { name: _name, namespace: _namespace, uid: _uid, resourceVersion: _rv, ...meta } = metadata as JsonObject;
  const annotations = meta['annotations'] as JsonObject | undefined;
  if (annotations?.[FENCE_ANNOTATION] === undefined) {
    return { ...rest, metadata: meta };
  }
  const { [FENCE_ANNOTATION]: _fence, ...kept } = annotations;
  return { ...rest, metadata: { ...meta, annotations: kept } };
}

function withoutFence(owned: FieldSet): FieldSet {
  const name = `f:${FENCE_ANNOTATION}`;
  const metadata = owned['f:metadata'];
  const annotations = metadata?.['f:annotations'];
  if (metadata === undefined || annotations?.[name] === undefined) {
    return owned;
  }
  const { [name]: _fence, ...kept } = annotations;
  const { 'f:annotations': _annotations, ...others } = metadata;
  const onlyFence = Object.keys(kept).every((key) => key === '.');
  return { ...owned, 'f:metadata': onlyFence ? others : { ...others, 'f:annotations': kept } };
}

function valueMatches(
  desired: JsonValue,
  live: JsonValue | undefined,
  owned: FieldSet | undefined,
  context: MatchContext,
): boolean {
  if (Array.isArray(desired)) {
    return Array.isArray(live) && listMatches(desired as JsonArray, live as JsonArray, owned, context);
  }
  if (typeof desired === 'object' && desired !== null) {
    return isObject(live) && objectMatches(desired as JsonObject, live, owned, context);
  }
  return desired === live;
}

function objectMatches(
  desired: JsonObject,
  live: JsonObject,
  owned: FieldSet | undefined,
  context: MatchContext,
): boolean {
  for (const [name, value] of Object.entries(desired)) {
    if (value === undefined || value === null) {
      continue;
    }
    const node = owned?.[`f:${name}`];
    const matches =
      context.quantities && QUANTITY_PARENTS.has(name)
        ? quantityMatches(value, live[name], node, context)
        : valueMatches(value, live[name], node, context);
    if (!matches) {
      return false;
    }
  }
  return ownedWithin(owned, desired);
}

/** A quantity, or a map of them (`limits`); the ownership of its entries still counts. */
function quantityMatches(
  desired: JsonValue,
  live: JsonValue | undefined,
  owned: FieldSet | undefined,
  context: MatchContext,
): boolean {
  if (!isObject(desired)) {
    return sameQuantity(desired, live) || valueMatches(desired, live, owned, context);
  }
  const equal = Object.entries(desired).every(
    ([name, value]) =>
      value === null || value === undefined || (isObject(live) && sameOrQuantity(value, live[name], context)),
  );
  return equal && isObject(live) && ownedWithin(owned, desired);
}

function sameOrQuantity(desired: JsonValue, live: JsonValue | undefined, context: MatchContext): boolean {
  return sameQuantity(desired, live) || valueMatches(desired, live, undefined, context);
}

/** Whether every field we own is still desired; what is not would be removed by an apply. */
function ownedWithin(owned: FieldSet | undefined, desired: JsonObject): boolean {
  for (const name of Object.keys(owned ?? {})) {
    if (name === '.') {
      continue;
    }
    const field = name.startsWith('f:') ? desired[name.slice(2)] : undefined;
    if (field === undefined || field === null) {
      return false;
    }
  }
  return true;
}

function listMatches(desired: JsonArray, live: JsonArray, owned: FieldSet | undefined, context: MatchContext): boolean {
  if (owned === undefined) {
    return sameJson(desired, live);
  }
  switch (listShape(owned)) {
    case 'map':
      return listMapMatches(desired, live, owned, context);
    case 'set':
      return setMatches(desired, live, owned);
    case 'atomic':
      // Replaced as a whole and owned by us: differences inside items are the server's defaults.
      return desired.length === live.length && desired.every((item, i) => within(item, live[i]));
  }
}

function listMapMatches(desired: JsonArray, live: JsonArray, owned: FieldSet, context: MatchContext): boolean {
  const entries = keyedItems(owned);
  if (entries.length !== desired.length) {
    return false;
  }
  return entries.every(({ name, keys }) => {
    const wanted = desired.filter((item) => hasKeys(item, keys, true));
    const present = live.find((item) => hasKeys(item, keys, false));
    const [only] = wanted;
    return wanted.length === 1 && only !== undefined && valueMatches(only, present, owned[name], context);
  });
}

function setMatches(desired: JsonArray, live: JsonArray, owned: FieldSet): boolean {
  const has = (list: JsonArray, value: JsonValue): boolean => list.some((item) => sameJson(item, value));
  return desired.every((value) => has(live, value)) && setItems(owned).every((value) => has(desired, value));
}

/** Every field of `desired` is in `live` with that value; lists have equal length and order. */
function within(desired: JsonValue, live: JsonValue | undefined): boolean {
  if (Array.isArray(desired)) {
    return (
      Array.isArray(live) &&
      desired.length === live.length &&
      desired.every((item, i) => within(item as JsonValue, live[i] as JsonValue))
    );
  }
  if (isObject(desired)) {
    return (
      isObject(live) &&
      Object.entries(desired).every(
        ([name, value]) => value === undefined || value === null || within(value, live[name]),
      )
    );
  }
  return desired === live;
}

/** Deep equality of JSON, whatever the order of fields. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameJson(item as JsonValue, b[i] as JsonValue));
  }
  if (isObject(a) && isObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].every((name) => sameJson(a[name], b[name]));
  }
  return false;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBuiltIn(apiVersion: string): boolean {
  const group = groupOf(apiVersion);
  return !group.includes('.') || group.endsWith('.k8s.io');
}
