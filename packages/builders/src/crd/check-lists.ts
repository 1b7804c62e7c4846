/** How lists and maps merge: list type, list keys, map type. */
import type { ReportCrd } from './check-structural.ts';
import type { StructuralSchema } from './structural-schema.ts';

const SCALARS = new Set(['string', 'integer', 'number', 'boolean']);

/** Checks the merge extensions of one node. */
export function checkLists(schema: StructuralSchema, path: string, report: ReportCrd): void {
  checkMapType(schema, path, report);
  const listType: unknown = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  if (keys !== undefined && listType !== 'map') {
    report('CRD_LIST', path, "x-kubernetes-list-map-keys needs x-kubernetes-list-type: 'map'");
  }
  if (listType === undefined) return;
  if (listType !== 'atomic' && listType !== 'set' && listType !== 'map') {
    report('CRD_LIST', path, `x-kubernetes-list-type ${JSON.stringify(listType)} must be atomic, set or map`);
    return;
  }
  if (schema.type !== 'array') report('CRD_LIST', path, 'x-kubernetes-list-type needs type: array');
  if (schema.items?.nullable === true && listType !== 'atomic') {
    report('CRD_LIST', `${path}.items`, `items of a ${listType} cannot be nullable; remove null`);
  }
  if (listType === 'set') checkSet(schema.items, `${path}.items`, report);
  if (listType === 'map') checkMap(schema.items, keys ?? [], path, report);
}

function checkMapType(schema: StructuralSchema, path: string, report: ReportCrd): void {
  const mapType: unknown = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return;
  if (mapType !== 'atomic' && mapType !== 'granular') {
    report('CRD_LIST', path, `x-kubernetes-map-type ${JSON.stringify(mapType)} must be atomic or granular`);
  }
  if (schema.type !== 'object') report('CRD_LIST', path, 'x-kubernetes-map-type needs type: object');
}

/** Members of a set are compared whole, so they must be scalars or merge as one. */
function checkSet(items: StructuralSchema | undefined, path: string, report: ReportCrd): void {
  if (items === undefined || items['x-kubernetes-int-or-string'] === true) return;
  if (items.type !== undefined && SCALARS.has(items.type)) return;
  if (items.type === 'object' && items['x-kubernetes-map-type'] === 'atomic') return;
  if (items.type === 'array' && (items['x-kubernetes-list-type'] ?? 'atomic') === 'atomic') return;
  report('CRD_LIST', path, 'items of a set must be scalars or atomic; use a map with keys instead');
}

function checkMap(items: StructuralSchema | undefined, keys: readonly string[], path: string, report: ReportCrd): void {
  if (keys.length === 0) {
    report('CRD_LIST', path, "x-kubernetes-list-type: 'map' needs x-kubernetes-list-map-keys");
  }
  if (new Set(keys).size < keys.length) report('CRD_LIST', path, 'x-kubernetes-list-map-keys holds a key twice');
  if (items?.type !== 'object') {
    report('CRD_LIST', `${path}.items`, 'items of a map must be objects');
    return;
  }
  for (const key of keys) checkKey(items, key, `${path}.items`, report);
}

function checkKey(items: StructuralSchema, key: string, path: string, report: ReportCrd): void {
  const schema = items.properties?.[key];
  const here = `${path}.properties.${key}`;
  if (schema === undefined) {
    report('CRD_LIST', here, `list key ${key} is not a property of the items; add it`);
    return;
  }
  if (schema.type === undefined || !SCALARS.has(schema.type)) {
    report('CRD_LIST', here, `list key ${key} must be a scalar, not ${String(schema.type)}`);
  }
  if (schema.nullable === true) report('CRD_LIST', here, `list key ${key} cannot be nullable`);
  if (schema.default === undefined && items.required?.includes(key) !== true) {
    report('CRD_LIST', here, `list key ${key} must be required or have a default`);
  }
}
