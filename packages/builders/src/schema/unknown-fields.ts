/** Unknown fields of built-in kinds, each with the known field that is spelled most alike. */
import type { Problem } from '../builder-error.ts';
import { fieldRows, rootRows } from '../gen/field-table.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { closest } from './closest.ts';

/** What a field holds: `''` a scalar, `*` anything, otherwise a shape and the model inside. */
interface FieldShape {
  readonly shape: '' | ':' | '[' | '{' | '*';
  readonly model: string;
}

type Fields = ReadonlyMap<string, FieldShape>;

let table: { readonly roots: ReadonlyMap<string, string>; readonly models: ReadonlyMap<string, string> } | undefined;
const parsed = new Map<string, Fields>();

/**
 * Problems with code `UNKNOWN_FIELD` for every field that the kind does not have, ordered by path.
 * Empty for kinds this release of Kubernetes does not know, such as custom resources.
 */
export function unknownFields(object: KubeObject): readonly Problem[] {
  table ??= { roots: pairs(rootRows), models: pairs(fieldRows) };
  const root = table.roots.get(`${object.apiVersion} ${object.kind}`);
  const problems: Problem[] = [];
  if (root !== undefined) visit(object, root, '', problems);
  return problems.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function pairs(rows: readonly string[]): ReadonlyMap<string, string> {
  return new Map(rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]));
}

function fieldsOf(model: string): Fields | undefined {
  const known = parsed.get(model);
  const row = table?.models.get(model);
  if (known !== undefined || row === undefined) return known;
  const fields = new Map(row.split(',').map(parseField));
  parsed.set(model, fields);
  return fields;
}

function parseField(text: string): [string, FieldShape] {
  const [, name = '', shape = '', model = ''] = /^([^:[{*]+)([:[{*]?)(.*)$/.exec(text) ?? [];
  return [name, { shape: shape as FieldShape['shape'], model }];
}

function visit(value: unknown, model: string, path: string, problems: Problem[]): void {
  const fields = fieldsOf(model);
  if (fields === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [name, child] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    const field = fields.get(name);
    if (field === undefined)
      problems.push({ code: 'UNKNOWN_FIELD', path: at, message: advice(name, [...fields.keys()]) });
    else visitField(child, field, at, problems);
  }
}

function visitField(value: unknown, { shape, model }: FieldShape, path: string, problems: Problem[]): void {
  if (model === '') return;
  if (shape === ':') visit(value, model, path, problems);
  if (shape === '[' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(item, model, `${path}[${index}]`, problems);
  }
  if (shape === '{' && typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) visit(item, model, `${path}.${key}`, problems);
  }
}

function advice(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  return near === undefined ? `there is no field "${name}"` : `there is no field "${name}"; did you mean "${near}"?`;
}
