/**
 * Cron schedules as Kubernetes reads them: five fields or a macro.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */

interface CronField {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  /** Names of values, the first standing for `minimum`. */
  readonly words: readonly string[];
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const days = 'sun mon tue wed thu fri sat'.split(' ');

const cronFields: readonly CronField[] = [
  { name: 'minute', minimum: 0, maximum: 59, words: [] },
  { name: 'hour', minimum: 0, maximum: 23, words: [] },
  { name: 'day of month', minimum: 1, maximum: 31, words: [] },
  { name: 'month', minimum: 1, maximum: 12, words: months },
  { name: 'day of week', minimum: 0, maximum: 6, words: days },
];

const macros: ReadonlySet<string> = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
]);

/** Why Kubernetes would refuse `schedule`, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  if (/TZ=/.test(schedule)) return 'a time zone does not belong here; call .timeZone()';
  if (schedule.startsWith('@')) {
    if (macros.has(schedule) || /^@every (\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(schedule)) return undefined;
    return `there is no such macro; use one of ${[...macros].join(', ')}`;
  }
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== 5) return `five fields are needed, found ${schedule.trim() === '' ? 0 : parts.length}`;
  for (const [index, field] of cronFields.entries()) {
    const problem = fieldProblem(parts[index] ?? '', field);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldProblem(text: string, field: CronField): string | undefined {
  for (const item of text.split(',')) {
    const found = /^(?:[*?]|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
    if (!found) return `${field.name} "${item}" is not a value, range, list or step`;
    const [, from, to, step] = found;
    const [low, high] = [valueOf(from, field), valueOf(to, field)];
    if (low === undefined || high === undefined) return `${field.name} must be ${field.minimum}-${field.maximum}`;
    if (from !== undefined && to !== undefined && low > high) return `${field.name} range ${item} runs backwards`;
    if (step !== undefined && Number(step) < 1) return `${field.name} step must be at least 1`;
  }
  return undefined;
}

/** The number of a value; the minimum for an absent one; undefined for one out of range. */
function valueOf(text: string | undefined, { minimum, maximum, words }: CronField): number | undefined {
  if (text === undefined) return minimum;
  const word = words.indexOf(text.toLowerCase());
  const value = word >= 0 ? word + minimum : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= minimum && value <= maximum ? value : undefined;
}
