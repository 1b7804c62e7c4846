/** Printer columns, the scale subresource and selectable fields of one version. */
import type { ReportCrd } from './check-structural.ts';
import type { CrdVersion, ScalePaths } from './custom-resource-definition.ts';
import type { StructuralSchema } from './structural-schema.ts';

const COLUMN_TYPES = new Set(['integer', 'number', 'string', 'boolean', 'date']);
const COLUMN_FORMATS = new Set(['int32', 'int64', 'float', 'double', 'byte', 'date', 'date-time', 'password']);
const SIMPLE_PATH = /^(\.[A-Za-z_][A-Za-z0-9_-]*|\['[^']+'\])+$/;
const MAX_SELECTABLE_FIELDS = 8;

/** Checks what surrounds the schema of a version. */
export function checkSubresources(version: CrdVersion, path: string, report: ReportCrd): void {
  version.additionalPrinterColumns?.forEach((column, index) => {
    const here = `${path}.additionalPrinterColumns[${index}]`;
    if (column.name === '') report('CRD_COLUMN', here, 'the column needs a name');
    if (!COLUMN_TYPES.has(column.type)) {
      report('CRD_COLUMN', here, `type ${JSON.stringify(column.type)} must be one of ${[...COLUMN_TYPES].join(', ')}`);
    }
    if (column.format !== undefined && !COLUMN_FORMATS.has(column.format)) {
      report('CRD_COLUMN', here, `format ${column.format} must be one of ${[...COLUMN_FORMATS].join(', ')}`);
    }
    const problem = columnPathProblem(column.jsonPath);
    if (problem !== undefined) report('CRD_COLUMN', here, `jsonPath ${JSON.stringify(column.jsonPath)} ${problem}`);
  });
  const { status, scale } = version.subresources ?? {};
  if (scale !== undefined) checkScale(scale, status !== undefined, `${path}.subresources.scale`, report);
  checkSelectable(version, path, report);
}

function columnPathProblem(path: string): string | undefined {
  if (!path.startsWith('.') && !path.startsWith('[')) return 'must start with a dot, as in .spec.replicas';
  const balanced = (path.match(/\[/g) ?? []).length === (path.match(/\]/g) ?? []).length;
  if (!balanced) return 'has an unclosed bracket';
  return /\.$|\.\.\.|\s$/.test(path) ? 'ends in the middle of a path' : undefined;
}

function checkScale(scale: ScalePaths, hasStatus: boolean, path: string, report: ReportCrd): void {
  if (!hasStatus) report('CRD_SCALE', path, 'scale needs the status subresource; add a status schema');
  checkScalePath(scale.specReplicasPath, ['.spec'], `${path}.specReplicasPath`, report);
  checkScalePath(scale.statusReplicasPath, ['.status'], `${path}.statusReplicasPath`, report);
  if (scale.labelSelectorPath !== undefined) {
    checkScalePath(scale.labelSelectorPath, ['.spec', '.status'], `${path}.labelSelectorPath`, report);
  }
}

function checkScalePath(value: string, roots: readonly string[], path: string, report: ReportCrd): void {
  const inside = roots.some((root) => value.startsWith(`${root}.`));
  if (inside && SIMPLE_PATH.test(value) && !value.includes('[')) return;
  report(
    'CRD_SCALE',
    path,
    `${JSON.stringify(value)} must be a path below ${roots.join(' or ')} without array notation`,
  );
}

function checkSelectable(version: CrdVersion, path: string, report: ReportCrd): void {
  const fields = version.selectableFields ?? [];
  if (fields.length > MAX_SELECTABLE_FIELDS) {
    const message = `${fields.length} selectable fields; at most ${MAX_SELECTABLE_FIELDS} are allowed`;
    report('CRD_SELECTABLE', `${path}.selectableFields`, message);
  }
  fields.forEach(({ jsonPath }, index) => {
    const problem = selectableProblem(jsonPath, version.schema?.openAPIV3Schema);
    if (problem !== undefined) {
      report('CRD_SELECTABLE', `${path}.selectableFields[${index}]`, `${JSON.stringify(jsonPath)} ${problem}`);
    }
    if (fields.findIndex((other) => other.jsonPath === jsonPath) !== index) {
      report('CRD_SELECTABLE', `${path}.selectableFields[${index}]`, `${JSON.stringify(jsonPath)} occurs twice`);
    }
  });
}

function selectableProblem(jsonPath: string, root: StructuralSchema | undefined): string | undefined {
  if (!SIMPLE_PATH.test(jsonPath) || jsonPath.includes('[')) return 'must be a simple path, as in .spec.host';
  const [first, ...rest] = jsonPath.slice(1).split('.');
  if (first === 'metadata') return 'is in metadata, where name and namespace are selectable anyway; remove it';
  const target = [first, ...rest].reduce<StructuralSchema | undefined>(
    (schema, name) => schema?.properties?.[name ?? ''],
    root,
  );
  if (target === undefined) return 'is not in the schema; correct the path';
  const scalar = target.type === 'string' || target.type === 'boolean' || target.type === 'integer';
  return scalar ? undefined : `is ${target.type ?? 'of any type'}; only string, boolean and integer are selectable`;
}
