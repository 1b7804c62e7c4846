/** The spec of a job: numbers, restart policy, and what indexed jobs and failure policies need. */
import type { Report } from '../builder-error.ts';
import type { V1JobSpec } from '../gen/batch/v1.ts';
import { checkWhole } from './numbers.ts';

const counts = [
  'activeDeadlineSeconds',
  'backoffLimit',
  'backoffLimitPerIndex',
  'completions',
  'maxFailedIndexes',
  'parallelism',
  'ttlSecondsAfterFinished',
] as const;

/** Reports what the API refuses in a job; the pod template is checked apart. */
export function checkJob(spec: Partial<V1JobSpec>, path: string, report: Report): void {
  for (const field of counts) checkWhole(spec[field], `${path}.${field}`, report);
  const restarts = spec.template?.spec?.restartPolicy;
  const at = `${path}.template.spec.restartPolicy`;
  if (restarts !== 'Never' && restarts !== 'OnFailure') {
    report('RESTART_POLICY', at, `${restarts ?? 'Always'}: pods of a job restart Never or OnFailure`);
  }
  if (spec.podFailurePolicy !== undefined && restarts !== 'Never') {
    report('RESTART_POLICY', at, `${restarts}: a pod failure policy needs Never`);
  }
  if (spec.completionMode === 'Indexed' && spec.completions === undefined) {
    report('MISSING_CALL', `${path}.completions`, 'an indexed job needs .completions()');
  }
}
