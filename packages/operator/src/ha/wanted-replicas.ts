/**
 * How many replicas the StatefulSet asks for. A lowered number counts only after it was read twice, ten seconds apart: scaling
 * down removes members, and a slip of the hand should not.
 */
import { type Clock, type KubeClient, type KubeObject, type ResourceKind, sleep } from '@k8sop/runtime';

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

/** The number to believe, given the one believed so far and what was read. Pure. */
export class ReplicaJudge {
  #believed: number | undefined;
  #lower: { count: number; sinceMs: number } | undefined;

  /** @returns the believed number; undefined while none was ever read. */
  read(count: number, nowMs: number): number {
    const believed = this.#believed;
    if (believed === undefined || count >= believed) {
      this.#believed = count;
      this.#lower = undefined;
      return count;
    }
    if (this.#lower?.count !== count) this.#lower = { count, sinceMs: nowMs };
    else if (nowMs - this.#lower.sinceMs >= confirmAfterMs) {
      this.#believed = count;
      this.#lower = undefined;
      return count;
    }
    return believed;
  }
}

export interface ReplicaWatch {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly found: (count: number) => void;
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
