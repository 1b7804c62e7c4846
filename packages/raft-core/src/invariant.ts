/** Assertions against bugs of our own. A violation is never caught to carry on: the node stops. */

/** Thrown when code contradicts its own rules; `details` hold the numbers. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(`${message} ${JSON.stringify(details)}`);
    this.details = details;
  }
}

/** Throws `InvariantViolation` unless `condition` holds. `message` names the rule. */
export function invariant(
  condition: boolean,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): asserts condition {
  if (!condition) throw new InvariantViolation(message, details);
}

/** Ends a `switch` over a union: compiles only when every member is handled. */
export function assertNever(value: never, what: string): never {
  throw new InvariantViolation(`unhandled ${what}`, { value });
}
