/** Leadership for code that is no reconciler: ask, wait, and run work that ends with the leadership. */
import { type Leadership, type LeadershipGate, RuntimeError } from '@k8sop/runtime';

export class LeaderElection implements AsyncDisposable {
  readonly #gate: LeadershipGate;
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<unknown>>();
  readonly #running: Promise<void>;
  #won = Promise.withResolvers<Leadership>();

  /** Takes the gate over: a gate has one user. */
  constructor(gate: LeadershipGate) {
    this.#gate = gate;
    this.#running = gate.run((leadership) => this.#lead(leadership), this.#stop);
  }

  /** Right at this moment, read from the lease itself. */
  get isLeader(): boolean {
    return this.#gate.current !== undefined;
  }

  /** Resolves once this process leads. @throws the signal's reason; `SHUTTING_DOWN` after it was disposed. */
  async waitForLeadership({ signal }: { readonly signal: AbortSignal }): Promise<Leadership> {
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    for (;;) {
      ended.throwIfAborted();
      const { current } = this.#gate;
      if (current !== undefined) return current;
      await Promise.race([this.#won.promise, rejected(ended)]);
    }
  }

  /**
   * Runs work that only a leader may do. Its signal aborts when the leadership ends; a successor waits until it has settled, or
   * until the lease is over. @throws `LEADERSHIP_LOST` off the leader, and when the leadership ended before the work did.
   */
  async guard<T>(work: (leadership: Leadership) => Promise<T>): Promise<T> {
    const leadership = this.#gate.current;
    if (leadership === undefined) throw new RuntimeError('LEADERSHIP_LOST', 'this process does not lead');
    const running = work(leadership);
    const settled = running.then(
      () => {},
      () => {},
    );
    this.#working.add(settled);
    void settled.then(() => this.#working.delete(settled));
    const result = await running;
    leadership.assertHeld();
    return result;
  }

  /** Ends the leadership and waits for guarded work. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new RuntimeError('SHUTTING_DOWN', 'the election was stopped'));
    await this.#running;
  }

  async #lead(leadership: Leadership): Promise<void> {
    this.#won.resolve(leadership);
    this.#won = Promise.withResolvers();
    await new Promise<void>((done) => {
      if (leadership.signal.aborted) done();
      else leadership.signal.addEventListener('abort', () => done(), { once: true });
    });
    await Promise.all(this.#working);
  }
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
