/** Defaults: they must be valid, complete under pruning, and outside metadata. */
import type { ReportCrd } from './check-structural.ts';
import { sameJson } from './same-json.ts';
import type { StructuralSchema } from './structural-schema.ts';
import { defaultValue, pruneValue, valueProblem } from './structural-value.ts';

/** Checks the default of one node. */
export function checkDefault(schema: StructuralSchema, path: string, inMetadata: boolean, report: ReportCrd): void {
  const value = schema.default;
  const shown = JSON.stringify(value);
  if (inMetadata) {
    report('CRD_DEFAULT', path, `default ${shown} inside metadata is forbidden; remove it`);
    return;
  }
  const pruned = pruneValue(value, schema);
  if (!sameJson(pruned, value)) {
    report('CRD_DEFAULT', path, `default ${shown} would be pruned to ${JSON.stringify(pruned)}; specify its fields`);
  }
  const problem = valueProblem(defaultValue(pruned, schema), schema);
  if (problem !== undefined) {
    report('CRD_DEFAULT', path, `default ${shown} is invalid${problem.startsWith(':') ? '' : ' at '}${problem}`);
  }
}
