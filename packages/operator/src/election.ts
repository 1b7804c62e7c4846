/**
 * How a manager obtains its leadership gate: given ready-made, or opened when the manager starts.
 */

import type { Clock, HealthCheck, KubeClient, LeadershipGate, Logger, Metrics, ReplicatedState } from '@k8sop/runtime';

/** What an election may use while it is open. */
export interface ElectionPorts {
  readonly clock: Clock;
  /** For the election's own records; its writes are not fenced. Open until the manager has stopped. */
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** An election under way. Disposing it hands the leadership over and waits for that. */
export interface OpenElection extends AsyncDisposable {
  readonly gate: LeadershipGate;
  /** Present when the election replicates state. */
  readonly replicated?: ReplicatedState;
  readonly liveChecks?: readonly HealthCheck[];
  readonly readyChecks?: readonly HealthCheck[];
  /** Further pages of the probe server, by path; shown as JSON. */
  readonly pages?: Readonly<Record<string, () => Promise<unknown>>>;
}

/** A way to elect a leader. Nothing starts before `open`. */
export interface Election {
  open(ports: ElectionPorts): Promise<OpenElection>;
}

/** `by` as an election; a ready-made gate is opened and closed by whoever made it. */
export function asElection(by: Election | LeadershipGate): Election {
  if (!('observe' in by)) return by;
  return { open: async () => ({ gate: by, [Symbol.asyncDispose]: async () => {} }) };
}
