/** Tables of served resources: which printer, and how much of each object comes along. */
import { kindPrinter } from '../projection/kind-printers.ts';
import { customPrinter, renderTable, type TablePrinter } from '../projection/table.ts';
import type { KubeObject, JsonObject } from '../store/kube-object.ts';
import type { ServedResource } from './served-resource.ts';
import { badRequest } from './status-error.ts';

export type IncludeObject = 'Metadata' | 'Object' | 'None';

export interface TableRequest {
  readonly nowMs: number;
  readonly includeObject: IncludeObject;
}

/** @throws StatusError 400 for a value that isn't one of the three. */
export function readIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '') return 'Metadata';
  if (value === 'Metadata' || value === 'Object' || value === 'None') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

const customPrinters = new WeakMap<object, TablePrinter>();

function printerOf(served: ServedResource): TablePrinter {
  const { custom, info } = served;
  if (custom === undefined) return kindPrinter(info.group, info.kind);
  let printer = customPrinters.get(custom);
  if (printer === undefined) customPrinters.set(custom, (printer = customPrinter(custom.columns)));
  return printer;
}

export function tableOf(
  served: ServedResource,
  objects: readonly KubeObject[],
  metadata: JsonObject,
  request: TableRequest,
  includeColumns = true,
): JsonObject {
  return renderTable(objects, printerOf(served), { ...request, metadata, includeColumns });
}
