/**
 * One `Lease` of coordination.k8s.io, changed by compare-and-swap only, and what one candidate knows of it.
 *
 * A holder may act for less time after it sent a renewal than others wait after they saw it: the two never meet, whatever the
 * difference between their wall clocks, which are never compared.
 */
import { isStatusError, type KubeClient, type KubeObject, type ResourceKind } from '@k8sop/runtime';

/** How long others wait after they saw the record change last, in ms. */
export const leaseDurationMs = 15_000;
/** How long a holder may act after it sent a renewal that succeeded, in ms. */
export const leaseValidMs = 10_000;

interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const leases: ResourceKind<LeaseObject> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
} as ResourceKind<LeaseObject>;

/** The lease as this candidate holds it. */
export interface HeldLease {
  readonly uid: string;
  readonly term: number;
  readonly validUntilMs: number;
}

export interface LeaseRecordOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'jsonPatch'>;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: a restarted one is another candidate. */
  readonly identity: string;
  /** Monotonic milliseconds, for every decision. */
  readonly nowMs: () => number;
  /** Wall time, for people who read the object. */
  readonly wallMs: () => number;
}

export class LeaseRecord {
  readonly #options: LeaseRecordOptions;
  #seen: { readonly key: string; readonly atMs: number } | undefined;

  constructor(options: LeaseRecordOptions) {
    this.#options = options;
  }

  /** Renews what is ours, takes what is free or abandoned. Undefined: somebody else holds it. @throws as the client does. */
  async attempt(signal: AbortSignal): Promise<HeldLease | undefined> {
    // A renewal whose answer was lost looks like somebody else's change: the second look tells.
    return (await this.#attemptOnce(signal)) ?? (await this.#attemptOnce(signal));
  }

  async #attemptOnce(signal: AbortSignal): Promise<HeldLease | undefined> {
    const { client, namespace, name, identity, nowMs } = this.#options;
    const found = await client.get(leases, { namespace, name }, { signal });
    const sentMs = nowMs();
    if (found === undefined) return held(await this.#create(signal), sentMs);
    const holder = found.spec?.holderIdentity ?? '';
    if (holder === identity) return held(await this.#write(found, 'renew', signal), sentMs);
    if (holder !== '' && !this.#abandoned(found, sentMs)) return undefined;
    return held(await this.#write(found, 'take', signal), sentMs);
  }

  /** Gives it up, so that others need not wait. A record that is not ours stays as it is. */
  async release(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    const found = await client.get(leases, { namespace, name }, { signal });
    if (found?.spec?.holderIdentity !== identity) return false;
    return (await this.#write(found, 'release', signal)) !== undefined;
  }

  /** Whether the record stood still for the whole duration, by our own clock. */
  #abandoned(found: LeaseObject, nowMs: number): boolean {
    const key = `${found.metadata.uid}/${found.metadata.resourceVersion}`;
    if (this.#seen?.key !== key) this.#seen = { key, atMs: nowMs };
    return nowMs - this.#seen.atMs >= leaseDurationMs;
  }

  async #create(signal: AbortSignal): Promise<LeaseObject | undefined> {
    const { client, namespace, name, identity } = this.#options;
    const now = this.#microTime();
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: leaseDurationMs / 1_000,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 1,
    };
    const lease = {
      apiVersion: leases.apiVersion,
      kind: leases.kind,
      metadata: { name, namespace },
      spec,
    } as LeaseObject;
    return await unlessChanged(client.create(leases, lease, { signal }));
  }

  async #write(
    found: LeaseObject,
    what: 'renew' | 'take' | 'release',
    signal: AbortSignal,
  ): Promise<LeaseObject | undefined> {
    const { client, namespace, name, identity } = this.#options;
    const now = this.#microTime();
    const transitions = found.spec?.leaseTransitions ?? 0;
    const spec = {
      ...found.spec,
      holderIdentity: what === 'release' ? '' : identity,
      leaseDurationSeconds: leaseDurationMs / 1_000,
      renewTime: now,
      leaseTransitions: what === 'take' ? transitions + 1 : transitions,
      ...(what === 'take' ? { acquireTime: now } : {}),
    };
    return await unlessChanged(
      client.jsonPatch(
        leases,
        { namespace, name },
        [
          { op: 'test', path: '/metadata/resourceVersion', value: found.metadata.resourceVersion },
          { op: 'add', path: '/spec', value: spec },
        ],
        { signal },
      ),
    );
  }

  /** As the API writes it: six digits after the second. */
  #microTime(): string {
    return new Date(this.#options.wallMs()).toISOString().replace('Z', '000Z');
  }
}

/** Undefined: another was first. */
async function unlessChanged(writing: Promise<{ readonly object: LeaseObject }>): Promise<LeaseObject | undefined> {
  try {
    return (await writing).object;
  } catch (error) {
    if (isStatusError(error) && (error.code === 409 || error.code === 422)) return undefined;
    throw error;
  }
}

function held(lease: LeaseObject | undefined, sentMs: number): HeldLease | undefined {
  if (lease === undefined) return undefined;
  const { uid = '' } = lease.metadata;
  return { uid, term: lease.spec?.leaseTransitions ?? 0, validUntilMs: sentMs + leaseValidMs };
}
