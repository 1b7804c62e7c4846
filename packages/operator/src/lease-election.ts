/**
 * Leader election through a `Lease` object of the API server: for one or two replicas, which have no majority of their own.
 *
 * Same gate and fencing as Raft, with slower hands: a crashed leader is followed after 15 to 17 s, and without the API server
 * nobody leads.
 */
import { randomUUID } from 'node:crypto';
import { type CheckResult, type Clock, type LeadershipGate, type Logger, RuntimeError, sleep } from '@k8sop/runtime';
import type { Election, ElectionPorts, OpenElection } from './election.ts';
import { readRaftEnvironment } from './env.ts';
import { LeaseGate } from './ha/lease-gate.ts';
import { type HeldLease, LeaseRecord } from './ha/lease-record.ts';

const renewEveryMs = 2_000;
const requestLimitMs = 4_000;

interface Choices {
  readonly name: string;
  readonly namespace?: string;
}

export class LeaseElection implements Election {
  readonly #choices: Choices;

  /** @param name of the Lease. @throws RuntimeError `OPTION_INVALID`. */
  constructor(name: string, choices: Omit<Choices, 'name'> = {}) {
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `LeaseElection: "${name}" is no name of a Lease: use at most 253 of a-z, 0-9, "-" and "."`,
      );
    }
    this.#choices = { ...choices, name };
  }

  /** @default `POD_NAMESPACE`, else the service account's namespace, else 'default' */
  namespace(namespace: string): LeaseElection {
    return new LeaseElection(this.#choices.name, { ...this.#choices, namespace });
  }

  /** Called by the operator. Never rejects: an API server that is away is asked again. */
  async open(ports: ElectionPorts): Promise<OpenElection> {
    const environment = readRaftEnvironment();
    const { name, namespace = environment.namespace } = this.#choices;
    const election = new OpenLeaseElection(ports, {
      name,
      namespace,
      identity: `${environment.hostname}_${randomUUID()}`,
    });
    election.start();
    return election;
  }
}

class OpenLeaseElection implements OpenElection {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #gate: LeaseGate;
  readonly #record: LeaseRecord;
  readonly #stop = new AbortController();
  #held: HeldLease | undefined;
  #problem = 'the Lease was not read yet';
  #running: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor(
    { clock, client, logger }: ElectionPorts,
    target: { readonly name: string; readonly namespace: string; readonly identity: string },
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#record = new LeaseRecord({ ...target, client, nowMs: () => clock.nowMs(), wallMs: () => clock.wallMs() });
    this.#gate = new LeaseGate({
      clock,
      takeoverGraceMs: 0,
      confirm: () => this.#confirm(),
      onStopped: () => {},
      onEnded: () => this.#release(), // at once: what follows is no business of the successor
    });
  }

  get gate(): LeadershipGate {
    return this.#gate;
  }

  readonly readyChecks = [
    {
      name: 'lease',
      check: (): CheckResult => (this.#problem === '' ? { ok: true } : { ok: false, detail: this.#problem }),
    },
  ];

  start(): void {
    this.#running = this.#loop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
  }

  /** Once; later calls wait for the first. */
  #release(): Promise<void> {
    this.#released ??= this.#stopAndRelease();
    return this.#released;
  }

  async #stopAndRelease(): Promise<void> {
    this.#stop.abort(new RuntimeError('SHUTTING_DOWN', 'the process stops'));
    await this.#running;
    this.#gate.revoke('the process stops');
    if (this.#held === undefined) return;
    this.#held = undefined;
    try {
      const released = await this.#limited((signal) => this.#record.release(signal));
      this.#logger.info('lease: released', { released });
    } catch (error) {
      this.#logger.warn('lease: not released; others wait until it ends', { error: (error as Error).message });
    }
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#attempt();
      await sleep(this.#clock, renewEveryMs, { signal }).catch(() => {}); // aborted: the loop ends
    }
  }

  /** One round. A failure changes nothing: the lease runs on until its time. */
  async #attempt(): Promise<void> {
    try {
      const held = await this.#limited((signal) => this.#record.attempt(signal));
      this.#problem = '';
      if (held === undefined) this.#lost();
      else this.#won(held);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#problem = `the Lease cannot be read or written: ${(error as Error).message}`;
      this.#logger.warn('lease: will be tried again', { error: (error as Error).message, retryMs: renewEveryMs });
    }
  }

  #won(held: HeldLease): void {
    const before = this.#held;
    const same = before?.uid === held.uid && before.term === held.term;
    if (before !== undefined && !same) this.#gate.revoke('the Lease was made anew');
    this.#held = held;
    if (!same) this.#logger.info('lease: held', { term: held.term });
    const { uid, term } = held;
    // The same term may have lapsed meanwhile: granting again is harmless, and resumes it.
    this.#gate.grant({ clusterId: uid, generation: 0, term, remainingMs: () => this.#remainingMs(uid, term) });
  }

  #lost(): void {
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#gate.revoke('another replica holds the Lease');
    this.#logger.warn('lease: lost to another replica');
  }

  #remainingMs(uid: string, term: number): number {
    const held = this.#held;
    return held?.uid === uid && held.term === term ? held.validUntilMs - this.#clock.nowMs() : 0;
  }

  /** A renewal asked now proves that nobody took over. */
  async #confirm(): Promise<void> {
    const before = this.#held;
    const held = await this.#limited((signal) => this.#record.attempt(signal));
    const same = held !== undefined && held.uid === before?.uid && held.term === before.term;
    if (!same) throw new RuntimeError('LEADERSHIP_LOST', 'another replica holds the Lease');
    this.#held = held;
  }

  /** A request that hangs must not keep the next from being sent. */
  async #limited<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const timer = this.#clock.setTimer(requestLimitMs, () =>
      limit.abort(new RuntimeError('API_UNREACHABLE', `the API server did not answer within ${requestLimitMs} ms`)),
    );
    try {
      return await work(limit.signal);
    } finally {
      timer.cancel();
    }
  }
}
