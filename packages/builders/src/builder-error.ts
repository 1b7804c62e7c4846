/** The one error of this package: everything wrong with an object, in one throw. */

/** What is wrong. Codes are API and change only in majors; messages are not. */
export type ProblemCode =
  | 'TYPE' // a value of the wrong type, as plain JavaScript can pass
  | 'MISSING_CALL' // a required call was not made
  | 'NAME' // not a legal name for this place
  | 'LABEL' // not a legal label key or value
  | 'SELECTOR_CONFLICT' // pod labels do not satisfy the selector
  | 'DUPLICATE' // two entries of a keyed list share their key
  | 'PORT' // port number or port name out of range
  | 'REFERENCE' // names something that the object does not declare
  | 'QUANTITY' // not a quantity, negative, or request above limit
  | 'DURATION' // not a whole number of seconds
  | 'PROBE' // probe that the API refuses
  | 'CRON' // schedule that the API refuses
  | 'RESTART_POLICY' // restart policy that the kind refuses
  | 'SERVICE_TYPE' // fields that the service type refuses
  | 'CIDR' // not an IP block, or an exception outside of it
  | 'RULE_EMPTY' // rule that says nothing
  | 'RANGE' // number out of range
  | 'RESTRICTED' // call that contradicts .restricted()
  | 'REPLICAS_WITH_AUTOSCALER' // replicas written by two owners
  | 'CONFIG_KEY' // not a legal key of a ConfigMap or Secret
  | 'SIZE' // larger than the API accepts
  | 'PATCH' // JSON patch that does not apply
  | 'UNKNOWN_FIELD' // field the API does not have; only ./schema looks for these
  | `CRD_${string}`; // custom resource definition; see the CRD reference

/** One thing that is wrong. */
export interface Problem {
  readonly code: ProblemCode;
  /** Where, as `spec.template.spec.containers[0].image`; empty for the object itself. */
  readonly path: string;
  /** Value, limit and what to do; never the content of a Secret. */
  readonly message: string;
}

/** Takes a problem. Checks report all they find; none throws. */
export type Report = (code: ProblemCode, path: string, message: string) => void;

/**
 * An object that Kubernetes would refuse. Lists all problems, ordered by path.
 *
 *     CronJob "nightly": 2 problems
 *       spec.jobTemplate.spec.template.spec.containers  MISSING_CALL  call .container()
 *       spec.schedule  CRON  "61 * * * *": minute must be 0-59
 */
export class BuilderError extends Error {
  override readonly name = 'BuilderError';
  readonly code = 'BUILDER_INVALID';
  readonly problems: readonly Problem[];

  /** `subject` opens the message, such as `Deployment "web"`. */
  constructor(subject: string, problems: readonly Problem[]) {
    const sorted = Object.freeze(problems.toSorted(byPath));
    const count = `${sorted.length} problem${sorted.length === 1 ? '' : 's'}`;
    const lines = sorted.map(({ path, code, message }) => `  ${path === '' ? '(object)' : path}  ${code}  ${message}`);
    super([`${subject}: ${count}`, ...lines].join('\n'));
    this.problems = sorted;
  }
}

/** True for errors of this package, also across realms and duplicate installs. */
export function isBuilderError(value: unknown): value is BuilderError {
  return value instanceof Error && 'code' in value && value.code === 'BUILDER_INVALID' && 'problems' in value;
}

function byPath(a: Problem, b: Problem): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.code < b.code ? -1 : a.code > b.code ? 1 : 0;
}
