/** Counts what an evaluation costs, in Kubernetes' units (about 50 ns each), and stops it at a limit. */
import { CelCostError } from './cel-error.ts';

export class CostMeter {
  spent = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws CelCostError once more than the limit is spent. */
  spend(cost: number): void {
    this.spent += cost;
    if (this.spent > this.#limit) throw new CelCostError();
  }
}
