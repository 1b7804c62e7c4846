/** A rule that a simulated run broke. */

export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure';
  /** Which rule: `S1` to `S14`, `client`, `liveness`, `core`. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

/** Throws `SimulationFailure` unless `condition` holds; `message` is built only then. */
export function hold(condition: boolean, rule: string, message: () => string): asserts condition {
  if (!condition) throw new SimulationFailure(rule, message());
}
