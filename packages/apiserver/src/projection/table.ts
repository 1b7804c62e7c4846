/**
 * Tables: what kubectl shows for an object or a list, computed by the server.
 *
 * Not here: the columns of each kind (`kind-printers.ts`), content negotiation.
 */
import type { PrinterColumn } from '../schema/crd-model.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { canonicalMetadata, isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import { ageOf } from './human-duration.ts';
import { evaluateJsonPath } from './json-path.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 only in wide output. */
  readonly priority: number;
}

export interface TablePrinter {
  readonly columns: readonly TableColumn[];
  /** One cell per column. */
  cells(object: KubeObject, nowMs: number): JsonValue[];
}

export interface TableOptions {
  readonly nowMs: number;
  /** What accompanies the cells: metadata alone, the whole object, or nothing. @default 'Metadata' */
  readonly includeObject?: 'Metadata' | 'Object' | 'None';
  /** Watch events after the first leave the columns out. @default true */
  readonly includeColumns?: boolean;
  /** The metadata of the list; for one object its resourceVersion. */
  readonly metadata: JsonObject;
}

export function renderTable(objects: readonly KubeObject[], printer: TablePrinter, options: TableOptions): JsonObject {
  const { nowMs, includeObject = 'Metadata', includeColumns = true, metadata } = options;
  const columns = printer.columns.map((column): JsonObject => ({ ...column }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: includeColumns ? columns : null,
    rows: objects.map((object): JsonObject => {
      const row: JsonObject = { cells: printer.cells(object, nowMs) };
      if (includeObject === 'Object') row['object'] = object;
      else if (includeObject === 'Metadata') row['object'] = partial(object);
      return row;
    }),
  };
}

function partial(object: KubeObject): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: canonicalMetadata(object.metadata),
  };
}

export const nameColumn: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object, unique for its kind in its namespace.',
  priority: 0,
};

/** The printer of a custom resource: its name and the columns of its definition. */
export function customPrinter(columns: readonly PrinterColumn[]): TablePrinter {
  return {
    columns: [
      nameColumn,
      ...columns.map(({ name, type, format, description, priority }) => ({
        name,
        type: type as TableColumn['type'],
        format,
        description,
        priority,
      })),
    ],
    cells: (object, nowMs) => [
      object.metadata.name ?? '',
      ...columns.map((column) => customCell(evaluateJsonPath(object, column.jsonPath), column.type, nowMs)),
    ],
  };
}

/** The first value found, as the column's type shows it; nothing for a value of another type. */
function customCell(values: readonly JsonValue[], type: string, nowMs: number): JsonValue {
  const [value] = values;
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, nowMs) : null;
    default:
      return values.length > 1 && values.every((item) => !isJsonObject(item) && !Array.isArray(item))
        ? values.map(asText).join(',')
        : asText(value);
  }
}

function dateCell(value: string, nowMs: number): string {
  const age = ageOf(value, nowMs);
  return age === '<unknown>' ? '<invalid>' : age;
}

function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
