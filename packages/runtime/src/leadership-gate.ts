/**
 * Port: leadership. A gate runs the controllers while this process may write; `Leadership` is the
 * proof every mutation carries. Only the operator package turns an election into a gate.
 */

export interface Leadership {
  /** Rises whenever the electorate is rebuilt; 0 without election. */
  readonly generation: number;
  /** Election term within the generation; 0 without election. */
  readonly term: number;
  /** Sorts as text in the order in which leaderships were granted within one cluster. */
  readonly token: string;
  /** `<clusterId>.<token>`: value of the fence annotation and of the fence header. */
  readonly stamp: string;
  /** Follows renewals; aborts when the lease ends. */
  readonly signal: AbortSignal;
  /** Monotonic milliseconds until the lease ends; right even when the event loop is late. 0 once over. */
  remainingMs(): number;
  /** @throws RuntimeError `LEADERSHIP_LOST` when the lease is over. */
  assertHeld(): void;
  /** A write under this leadership had left and got no answer: the server may still carry it out. */
  unanswered?(): void;
}

export interface LeadershipGate {
  /** The leadership held now, if any. */
  readonly current: Leadership | undefined;
  /** Reports a stamp seen in the cluster; a higher token of our own cluster pauses writes. */
  observe(stamp: string): void;
  /**
   * Calls `lead` each time leadership is won, one call at a time, until `options.signal` aborts.
   * A hand-over waits for `lead` to settle; `lead` must settle soon after its leadership's signal aborts.
   */
  run(lead: (leadership: Leadership) => Promise<void>, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Never fires; shared because a fresh controller per leadership would never be used. */
const neverAborts = new AbortController().signal;

/** Leadership of a process that runs without election: always held. */
export const unelectedLeadership: Leadership = {
  generation: 0,
  term: 0,
  token: '0',
  stamp: '',
  signal: neverAborts,
  remainingMs: () => Number.POSITIVE_INFINITY,
  assertHeld: () => {},
};

/** A gate that is always open: generation 0, term 0. */
export const openGate: LeadershipGate = {
  current: unelectedLeadership,
  observe: () => {},
  run: async (lead, { signal }) => {
    if (signal.aborted) {
      return;
    }
    const stopping = new AbortController();
    const stop = (): void => stopping.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await lead({ ...unelectedLeadership, signal: stopping.signal });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  },
};
