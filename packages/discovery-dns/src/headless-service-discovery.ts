/**
 * Addresses of the pods behind a headless Service: one DNS name per ordinal, a port from SRV records where present.
 *
 * DNS is an address book and nothing else: a failed, empty, shorter or reordered answer changes no address, and who is
 * a member is decided by consensus.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
import {
  type Clock,
  type NodeId,
  ordinalOf,
  type PeerAddress,
  type PeerAddressChange,
  type PeerDiscovery,
} from '@k8sop/raft-core';
import { PeerChanges } from './peer-changes.ts';
import { assertHeadlessService, type HeadlessService, podDnsName, serviceDnsName } from './pod-identity.ts';
import { dnsResolver, type Resolver } from './resolver.ts';
import { portOf } from './srv-records.ts';
import { systemClock } from './system-clock.ts';

export interface HeadlessServiceDiscoveryOptions extends HeadlessService {
  /** Port of a peer for which no SRV record is known. 1–65535. */
  readonly port: number;
  /** Name of the Service's port, for SRV lookups. @default 'raft' */
  readonly portName?: string;
  /** Wait between two lookups of one peer, in ms; reconnecting peers ask more often than that. @default 250 */
  readonly minLookupIntervalMs?: number;
  /** Wait for a fresh answer while a last good address is known, in ms; then that one is used. @default 300 */
  readonly freshAnswerMs?: number;
  /** @default `dnsResolver()`, the servers of `resolv.conf` */
  readonly resolver?: Resolver;
  /** @default the process's monotonic clock */
  readonly clock?: Clock;
}

/** A lookup takes no longer, however many servers there are and whatever they do, in ms. What has arrived by then counts. */
const lookupLimitMs = 5_000;

interface Peer {
  /** Last good address. */
  address: PeerAddress | undefined;
  /** The address failed, or was never looked up. */
  stale: boolean;
  lookedUpAtMs: number;
  lookup: Promise<PeerAddress | undefined> | undefined;
}

/**
 * Guarantees: the last good address of a peer stays in force through errors, timeouts and empty answers; lookups of one
 * peer never overlap and never follow each other faster than `minLookupIntervalMs`.
 */
export class HeadlessServiceDiscovery implements PeerDiscovery {
  readonly #service: HeadlessService;
  readonly #port: number;
  readonly #srvName: string;
  readonly #minLookupIntervalMs: number;
  readonly #freshAnswerMs: number;
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #peers = new Map<NodeId, Peer>();
  readonly #changes = new PeerChanges();

  /** @throws code `DNS_NAME_INVALID` when a part of the names cannot be one. No I/O happens here. */
  constructor(options: HeadlessServiceDiscoveryOptions) {
    assertHeadlessService(options);
    this.#service = options;
    this.#port = options.port;
    this.#srvName = `_${options.portName ?? 'raft'}._tcp.${serviceDnsName(options)}`;
    this.#minLookupIntervalMs = options.minLookupIntervalMs ?? 250;
    this.#freshAnswerMs = options.freshAnswerMs ?? 300;
    this.#resolver = options.resolver ?? dnsResolver();
    this.#clock = options.clock ?? systemClock;
  }

  async resolve(id: NodeId, { signal }: { readonly signal: AbortSignal }): Promise<PeerAddress | undefined> {
    signal.throwIfAborted();
    const peer = this.#peer(id);
    if (!peer.stale) return peer.address;
    const due = peer.lookup !== undefined || this.#clock.nowMs() - peer.lookedUpAtMs >= this.#minLookupIntervalMs;
    if (!due) return peer.address;
    peer.lookup ??= this.#lookUp(id, peer);
    return peer.address === undefined
      ? abortable(peer.lookup, signal)
      : abortable(Promise.race([peer.lookup, this.#after(this.#freshAnswerMs, peer.address)]), signal);
  }

  refresh(id: NodeId): void {
    this.#peer(id).stale = true;
  }

  changes({ signal }: { readonly signal: AbortSignal }): AsyncIterable<PeerAddressChange> {
    return this.#changes.read(signal);
  }

  #peer(id: NodeId): Peer {
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = { address: undefined, stale: true, lookedUpAtMs: Number.NEGATIVE_INFINITY, lookup: undefined };
      this.#peers.set(id, peer);
    }
    return peer;
  }

  /** Never rejects: a failure leaves everything as it was, and the next `resolve` tries again. */
  async #lookUp(id: NodeId, peer: Peer): Promise<PeerAddress | undefined> {
    const name = podDnsName(this.#service, ordinalOf(id));
    const stop = new AbortController();
    const { signal } = stop;
    const cancel = this.#clock.setTimer(lookupLimitMs, () => stop.abort(new Error('the lookup took too long')));
    const [hosts, services] = await Promise.allSettled([
      abortable(this.#resolver.addresses(name, { signal }), signal),
      abortable(this.#resolver.services(this.#srvName, { signal }), signal),
    ]);
    cancel();
    peer.lookup = undefined;
    peer.lookedUpAtMs = this.#clock.nowMs();
    const host = hosts.status === 'fulfilled' ? chooseHost(hosts.value, peer.address?.host) : undefined;
    if (host === undefined) return peer.address;
    const announced = services.status === 'fulfilled' ? portOf(name, services.value) : undefined;
    peer.stale = false;
    this.#take(id, peer, { host, port: announced ?? peer.address?.port ?? this.#port });
    return peer.address;
  }

  #take(id: NodeId, peer: Peer, address: PeerAddress): void {
    if (peer.address?.host === address.host && peer.address.port === address.port) return;
    peer.address = address;
    this.#changes.add({ id, address });
  }

  #after<T>(delayMs: number, value: T): Promise<T> {
    return new Promise((resolve) => this.#clock.setTimer(delayMs, () => resolve(value)));
  }
}

/** The known host while DNS still names it, else the first in sorted order: the order of an answer never matters. */
function chooseHost(hosts: readonly string[], known: string | undefined): string | undefined {
  return known !== undefined && hosts.includes(known) ? known : [...hosts].sort()[0];
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
