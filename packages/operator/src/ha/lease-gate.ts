/**
 * A leadership gate over a lease: it opens when a lease is granted, closes when the lease is over, and opens again when the
 * same or another term is granted. Where the lease comes from (Raft in shared memory, a Lease object) is not known here.
 */
import { type Clock, type Leadership, type LeadershipGate, RuntimeError, sleep, type Timer } from '@k8sop/runtime';

/** One won term. `remainingMs` follows every renewal and is right even when the event loop is late. */
export interface GrantedLease {
  readonly clusterId: string;
  readonly generation: number;
  readonly term: number;
  /** Milliseconds until the lease ends; 0 or less once over. */
  remainingMs(): number;
}

export interface LeaseGateOptions {
  readonly clock: Clock;
  /** Wait between winning a term and acting on it, in ms. Closes the window in which the last leader's requests may land. */
  readonly takeoverGraceMs: number;
  /**
   * Resolves once this process is confirmed to lead the term still, by a quorum asked after the call; rejects otherwise.
   * Asked when a higher token of the same cluster was seen.
   */
  readonly confirm: (lease: GrantedLease) => Promise<void>;
  /**
   * Nothing acts on the lease any more: the acknowledgement that a hand-over waits for. Not called when a write that had
   * left was cut off just before, because the server may still carry it out: then the lease has to run out by itself.
   */
  readonly onStopped: (lease: GrantedLease) => void;
  /** The process stops, and nothing will act on any lease again. `stopped` as for `onStopped`. `run` waits for it. */
  readonly onEnded?: (end: { readonly stopped: boolean }) => Promise<void> | void;
}

/** Milliseconds for which a write without an answer holds back the acknowledgement: longer than any lease lasts. */
const recentMs = 15_000;

/** `00000001.000000000042`: sorts as text in the order of grants. */
export function tokenOf({ generation, term }: Pick<GrantedLease, 'generation' | 'term'>): string {
  return `${String(generation).padStart(8, '0')}.${String(term).padStart(12, '0')}`;
}

export function stampOf(lease: GrantedLease): string {
  return `${lease.clusterId}.${tokenOf(lease)}`;
}

export class LeaseGate implements LeadershipGate {
  readonly #options: LeaseGateOptions;
  #granted: GrantedLease | undefined;
  #held: HeldLeadership | undefined;
  /** The last one whose work has settled. */
  #settled: HeldLeadership | undefined;
  #failure: Error | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(options: LeaseGateOptions) {
    this.#options = options;
  }

  get current(): Leadership | undefined {
    return this.#held !== undefined && this.#held.remainingMs() > 0 ? this.#held : undefined;
  }

  /** A term was won, or its lapsed lease came back. Calling again for a lease in use changes nothing. */
  grant(lease: GrantedLease): void {
    const before = this.#granted;
    if (before?.term === lease.term && before.generation === lease.generation && this.#held !== undefined) return;
    this.#granted = lease;
    this.#wake();
  }

  /**
   * The term is over, whatever its lease says. `onStopped` follows, at once when nothing is running.
   * @returns false when nothing was granted, so that no `onStopped` follows.
   */
  revoke(reason: string): boolean {
    const lease = this.#granted;
    const held = this.#held;
    this.#granted = undefined;
    if (held !== undefined) held.end(reason);
    else if (lease !== undefined) this.#acknowledge(lease);
    this.#wake();
    return held !== undefined || lease !== undefined;
  }

  /** No lease will ever be granted again: the work ends and `run` rejects with the error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.revoke(error.message);
  }

  observe(stamp: string): void {
    const held = this.#held;
    if (held === undefined || stamp <= held.stamp || !stamp.startsWith(`${held.lease.clusterId}.`)) return;
    held.pause(this.#options.confirm(held.lease));
  }

  async run(
    lead: (leadership: Leadership) => Promise<void>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    const onAbort = (): void => {
      this.#held?.end('the process stops');
      this.#wake();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure;
        const lease = this.#granted;
        if (lease === undefined || lease.remainingMs() <= 0) await this.#changed.promise;
        else await this.#lead(lease, lead, signal);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      await this.#options.onEnded?.({ stopped: this.#settled?.mayStillWrite !== true });
    }
  }

  async #lead(
    lease: GrantedLease,
    lead: (leadership: Leadership) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const held = new HeldLeadership(lease, this.#options.clock);
    this.#held = held;
    try {
      if (signal.aborted) return;
      if (this.#options.takeoverGraceMs > 0) await this.#grace(held);
      if (!held.signal.aborted) await lead(held);
      await untilAborted(held.signal); // work that ends early does not begin again under the same lease
    } finally {
      held.end('the work has settled');
      this.#held = undefined;
      this.#settled = held;
      if (this.#granted === lease && lease.remainingMs() <= 0) this.#granted = undefined; // comes back with a new grant
      this.#acknowledge(lease);
    }
  }

  #acknowledge(lease: GrantedLease): void {
    const settled = this.#settled;
    const same = settled?.term === lease.term && settled.generation === lease.generation;
    if (!same || !settled.mayStillWrite) this.#options.onStopped(lease);
  }

  async #grace(held: HeldLeadership): Promise<void> {
    const { clock, takeoverGraceMs } = this.#options;
    await sleep(clock, takeoverGraceMs, { signal: held.signal }).catch(() => {}); // ended: the caller sees the signal
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

class HeldLeadership implements Leadership {
  readonly lease: GrantedLease;
  readonly generation: number;
  readonly term: number;
  readonly token: string;
  readonly stamp: string;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #timer: Timer | undefined;
  /** Set while a higher token is being looked into. */
  #paused = false;
  #unansweredMs = Number.NEGATIVE_INFINITY;

  constructor(lease: GrantedLease, clock: Clock) {
    this.lease = lease;
    this.generation = lease.generation;
    this.term = lease.term;
    this.token = tokenOf(lease);
    this.stamp = stampOf(lease);
    this.#clock = clock;
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.lease.remainingMs());
  }

  assertHeld(): void {
    if (!this.#paused && this.remainingMs() > 0) return;
    if (!this.#paused) this.end('the lease ran out'); // no timer has noticed yet: work stops instead of trying on
    const why = this.#paused ? 'a higher token was seen in the cluster' : 'the lease is over';
    throw new RuntimeError('LEADERSHIP_LOST', `leadership ${this.token} may not write: ${why}`);
  }

  unanswered(): void {
    this.#unansweredMs = this.#clock.nowMs();
  }

  /** Whether the server may still carry out a write that was cut off. */
  get mayStillWrite(): boolean {
    return this.#clock.nowMs() - this.#unansweredMs < recentMs;
  }

  pause(confirmed: Promise<void>): void {
    if (this.#paused) return;
    this.#paused = true;
    confirmed.then(
      () => {
        this.#paused = false;
      },
      () => this.end('another process holds a higher token'),
    );
  }

  end(reason: string): void {
    if (this.signal.aborted) return;
    this.#timer?.cancel();
    this.#controller.abort(new RuntimeError('LEADERSHIP_LOST', `leadership ${this.token} ended: ${reason}`));
  }

  /** Wakes when the lease would end; renewals in between only move the next look. */
  #arm(): void {
    const remainingMs = this.lease.remainingMs();
    if (remainingMs <= 0) return this.end('the lease ran out');
    this.#timer = this.#clock.setTimer(Math.min(Math.ceil(remainingMs), 60_000), () => this.#arm());
  }
}
