/**
 * `metadata.managedFields` in memory: one record per manager, operation, version and subresource, with its decoded set.
 *
 * Records are immutable and remember the JSON they came from, so an entry that no write touches keeps its JSON object.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { type JsonObject, isJsonObject } from '../store/kube-object.ts';
import { equalSets, type FieldSet, isEmptySet, unionSets } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { asList } from './type-view.ts';

export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the main resource. */
  readonly subresource: string;
  /** RFC 3339 in seconds; absent when the entry never took part in a change of the object. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** The entry as it stands in the object while nothing has changed. */
  readonly json: JsonObject | undefined;
}

export type Managers = ReadonlyMap<string, Manager>;

/** Update managers an object may have before the oldest are merged. */
export const MAX_UPDATE_MANAGERS = 10;
/** The manager that stands for merged old updates. */
export const ANCIENT_CHANGES = 'ancient-changes';
/** The manager of everything an object held before its first apply, when nobody was tracked. */
export const BEFORE_FIRST_APPLY = 'before-first-apply';

const NOBODY: Managers = new Map();
const decodedLists = new WeakMap<object, Managers>();

/**
 * What makes two entries the same manager. An applier is the same in every version, since it applies its whole
 * configuration each time; an updater is one manager per version.
 */
export function managerId(manager: Omit<Manager, 'fields' | 'time' | 'json'>): string {
  const version = manager.operation === 'Apply' ? '' : manager.apiVersion;
  return `${manager.name}\0${manager.operation}\0${version}\0${manager.subresource}`;
}

/** The managers of a list of entries; nobody when it is absent, `undefined` when an entry is malformed. */
export function decodeManagers(list: JsonValue | undefined): Managers | undefined {
  if (list === undefined || list === null) {
    return NOBODY;
  }
  const entries = asList(list);
  if (entries === undefined) {
    return undefined;
  }
  const known = decodedLists.get(entries);
  if (known !== undefined) {
    return known;
  }
  const managers = new Map<string, Manager>();
  for (const entry of entries) {
    const manager = decodeEntry(entry);
    if (manager === undefined) {
      return undefined;
    }
    managers.set(managerId(manager), manager);
  }
  decodedLists.set(entries, managers);
  return managers;
}

function decodeEntry(json: JsonValue): Manager | undefined {
  if (!isJsonObject(json) || json['fieldsType'] !== 'FieldsV1') {
    return undefined;
  }
  const { operation, apiVersion } = json;
  if ((operation !== 'Apply' && operation !== 'Update') || typeof apiVersion !== 'string' || apiVersion === '') {
    return undefined;
  }
  const fields = decodeFieldsV1(json['fieldsV1'] ?? {});
  if (fields === undefined) {
    return undefined;
  }
  return {
    name: textOf(json['manager']) ?? '',
    operation,
    apiVersion,
    subresource: textOf(json['subresource']) ?? '',
    time: textOf(json['time']),
    fields,
    json,
  };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Whether a client asks for all entries to be dropped: a list of empty entries. */
export function isReset(list: JsonValue | undefined): boolean {
  const entries = asList(list);
  return (
    entries !== undefined &&
    entries.length > 0 &&
    entries.every((entry) => isJsonObject(entry) && Object.keys(entry).length === 0)
  );
}

/**
 * The entries as Kubernetes lists them: appliers first, then by time in seconds, name, version and subresource.
 * Managers without fields have no entry.
 */
export function encodeManagers(managers: Managers): JsonValue[] {
  const list = [...managers.values()].filter((manager) => !isEmptySet(manager.fields)).sort(compareManagers);
  const entries = list.map(encodeEntry);
  decodedLists.set(
    entries,
    new Map(list.map((manager, index) => [managerId(manager), { ...manager, json: entries[index] }])),
  );
  return entries;
}

function encodeEntry(manager: Manager): JsonObject {
  if (manager.json !== undefined) {
    return manager.json;
  }
  const json: JsonObject = { manager: manager.name, operation: manager.operation, apiVersion: manager.apiVersion };
  if (manager.time !== undefined) {
    json['time'] = manager.time;
  }
  json['fieldsType'] = 'FieldsV1';
  json['fieldsV1'] = encodeFieldsV1(manager.fields);
  if (manager.subresource !== '') {
    json['subresource'] = manager.subresource;
  }
  return json;
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

/** Whether two states of the entries say the same, times aside. */
export function equalOwnership(a: Managers, b: Managers): boolean {
  if (a === b) {
    return true;
  }
  const left = [...a].filter(([, manager]) => !isEmptySet(manager.fields));
  const right = new Map([...b].filter(([, manager]) => !isEmptySet(manager.fields)));
  return (
    left.length === right.size &&
    left.every(([id, manager]) => {
      const other = right.get(id);
      return other !== undefined && other.apiVersion === manager.apiVersion && equalSets(manager.fields, other.fields);
    })
  );
}

/** The manager with other fields; itself when they are the same. */
export function withFields(manager: Manager, fields: FieldSet): Manager {
  return fields === manager.fields ? manager : { ...manager, fields, json: undefined };
}

/**
 * Bounds the number of Update managers: the oldest are merged, version by version, into `ancient-changes`.
 * The first of a version only moves there when a second one follows.
 */
export function capUpdateManagers(managers: Managers): Managers {
  const updaters = [...managers].filter(([, manager]) => manager.operation === 'Update');
  let count = updaters.length;
  if (count <= MAX_UPDATE_MANAGERS) {
    return managers;
  }
  updaters.sort(([a, left], [b, right]) => compareText(left.time ?? '', right.time ?? '') || compareText(a, b));
  const capped = new Map(managers);
  const firstOf = new Map<string, string>();
  for (const [id, manager] of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) {
      break;
    }
    const first = firstOf.get(manager.apiVersion);
    if (first === undefined) {
      firstOf.set(manager.apiVersion, id);
      continue;
    }
    const bucket: Manager = { ...manager, name: ANCIENT_CHANGES, subresource: '', json: undefined };
    const bucketId = managerId(bucket);
    const earlier = capped.get(bucketId) ?? capped.get(first);
    capped.delete(first);
    capped.delete(id);
    capped.set(bucketId, { ...bucket, fields: unionSets(manager.fields, earlier?.fields ?? manager.fields) });
    count--;
  }
  return capped;
}
