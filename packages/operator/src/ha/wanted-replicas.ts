/**
 * How many replicas the StatefulSet asks for. A lowered number counts only after it was read twice, ten seconds apart: scaling
 * down removes members, and a slip of the hand should not.
 */
import { type Clock, isStatusError, type KubeClient, type KubeObject, type ResourceKind, sleep } from '@k8sop/runtime';
import type { WantedReplicas } from './membership-loop.ts';

const intervalMs = 5_000;
const confirmAfterMs = 10_000;

interface StatefulSet extends KubeObject {
  readonly spec?: { readonly replicas?: number };
}

const statefulSets = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
} as ResourceKind<StatefulSet>;

/** A StatefulSet as it is now. */
export interface ReplicaSet {
  readonly replicas: number;
  /** By the clocks of the API server and of this host, which may differ by some seconds. */
  readonly ageMs: number;
}

/** Undefined: there is none, or it may not be read. @throws when it cannot be read now. */
export async function readReplicas(
  client: Pick<KubeClient, 'get'>,
  { namespace, set }: { readonly namespace: string; readonly set: string },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ReplicaSet | undefined> {
  try {
    const object = await client.get(statefulSets, { namespace, name: set }, { signal });
    const { creationTimestamp } = object?.metadata ?? {};
    if (creationTimestamp === undefined) return undefined;
    return { replicas: object?.spec?.replicas ?? 1, ageMs: clock.wallMs() - Date.parse(creationTimestamp) };
  } catch (error) {
    if (isStatusError(error) && error.code === 403) return undefined;
    throw error;
  }
}

/**
 * What to make of each reading. Pure. Members are let in at once, and removed only after a second reading, at least ten seconds
 * after the first that asked for so few; the first reading of a process counts as lowered, because it knows of none before.
 */
export class ReplicaJudge {
  #kept = Number.POSITIVE_INFINITY;
  #lower: { count: number; sinceMs: number } | undefined;

  read(count: number, nowMs: number): WantedReplicas {
    if (count >= this.#kept) {
      this.#kept = count;
      this.#lower = undefined;
    } else if (this.#lower === undefined || count > this.#lower.count) {
      this.#lower = { count, sinceMs: nowMs };
    } else if (nowMs - this.#lower.sinceMs >= confirmAfterMs) {
      this.#kept = this.#lower.count; // the highest that was read since
      this.#lower = count < this.#kept ? { count, sinceMs: nowMs } : undefined;
    }
    return { admitted: count, kept: Number.isFinite(this.#kept) ? this.#kept : undefined };
  }
}

export interface ReplicaWatch {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly found: (replicas: WantedReplicas) => void;
}

/** Reads every few seconds until the signal aborts. Failures change nothing: the last number stays. */
export async function watchReplicas(
  client: Pick<KubeClient, 'get'>,
  { namespace, set }: { readonly namespace: string; readonly set: string },
  { clock, signal, found }: ReplicaWatch,
): Promise<void> {
  const judge = new ReplicaJudge();
  while (!signal.aborted) {
    try {
      const object = await client.get(statefulSets, { namespace, name: set }, { signal });
      const replicas = object?.spec?.replicas;
      if (replicas !== undefined) found(judge.read(replicas, clock.nowMs()));
    } catch {
      // away, or not allowed: membership then follows joins alone
    }
    await sleep(clock, intervalMs, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
