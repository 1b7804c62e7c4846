/**
 * Keeps one peer connected: dials, exchanges hellos, reports when the connection breaks, and dials again after a short,
 * growing wait, or as soon as the peer has connected to us. While there is no connection messages are dropped, which Raft
 * allows; queueing them would only make old news of them.
 */
import { isRaftError, type Message, type RaftError, type SnapshotOffer } from '@k8sop/raft-core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@grpc/grpc-js';
import type { Dialer } from './dialer.ts';
import { type ConnectionOptions, PeerConnection } from './peer-connection.ts';

export interface PeerLinkOptions extends ConnectionOptions {
  readonly dialer: Dialer;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly unreachable: (reason: string) => void;
  /** Called with what keeps this link from working and will not pass by itself. */
  readonly problem: (message: string) => void;
  /** Called when the peer believes a process on a copy of our storage instead of us. */
  readonly cloned: (error: RaftError) => void;
}

const closeGraceMs = 500;
/** A renewal that has failed for longer than a rotation takes needs a person. */
const slowRenewalMs = 1_000;
const longestRenewalWaitMs = 10_000;

export class PeerLink {
  readonly #options: PeerLinkOptions;
  readonly #stop = new AbortController();
  #connection: PeerConnection | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Ends the wait before the next attempt; a new one for each attempt. */
  #peerIsBack = new AbortController();

  constructor(options: PeerLinkOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** The connection's client, for calls beside the streams. */
  get client(): Client | undefined {
    return this.#connection?.client;
  }

  /**
   * The peer has just connected to us: a lost connection is dialled without further wait. A peer that came back can answer us
   * then, instead of after the rest of a wait that grew while it was away.
   */
  peerIsBack(): void {
    if (!this.connected) this.#peerIsBack.abort();
  }

  send(message: Exclude<Message, SnapshotOffer>): void {
    if (this.#connection === undefined) return;
    if (!this.#connection.send(message)) this.#report('its outbox overflowed');
  }

  /**
   * Replaces the connection by one with current certificates; the old closes once the new is open. Tries until it works: during
   * a rotation the other side may believe the new certificate later than this one has it. Never rejects.
   */
  async renew(): Promise<void> {
    const { signal } = this.#stop;
    const { reconnectMinMs, problem } = this.#options;
    const old = this.#connection;
    let waitMs = reconnectMinMs;
    while (old !== undefined && this.#connection === old && !signal.aborted) {
      try {
        return await this.#replace(old, await this.#open(signal));
      } catch (error) {
        if (waitMs > slowRenewalMs)
          problem(`node ${this.#options.id}: new certificates do not work: ${(error as Error).message}`);
        await sleep(waitMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
        waitMs = Math.min(waitMs * 2, longestRenewalWaitMs);
      }
    }
  }

  async #replace(old: PeerConnection, next: PeerConnection): Promise<void> {
    if (this.#connection !== old || this.#stop.signal.aborted) {
      next.abort(); // it broke in the meantime and was dialled anew, with current certificates
      return;
    }
    this.#use(next);
    await old.close(closeGraceMs);
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#stop.abort();
    await connection?.close(closeGraceMs);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { reconnectMinMs, reconnectMaxMs, random } = this.#options;
    let waitMs = reconnectMinMs;
    while (!signal.aborted) {
      try {
        this.#use(await this.#open(signal));
        this.#peerIsBack = new AbortController();
        waitMs = reconnectMinMs;
        await this.#untilLost();
      } catch (error) {
        if (signal.aborted) return;
        this.#options.dialer.failed(this.#options.id);
        this.#tell(error);
        this.#report((error as Error).message);
      }
      if (signal.aborted) return;
      const either = AbortSignal.any([signal, this.#peerIsBack.signal]);
      await sleep(waitMs * (0.8 + 0.4 * random()), undefined, { signal: either }).catch(() => {}); // the loop looks why
      this.#peerIsBack = new AbortController();
      waitMs = Math.min(waitMs * 2, reconnectMaxMs);
    }
  }

  async #open(signal: AbortSignal): Promise<PeerConnection> {
    const client = await this.#options.dialer.dial(this.#options.id, signal);
    return await PeerConnection.open(client, this.#options, signal);
  }

  #use(connection: PeerConnection): void {
    this.#connection = connection;
  }

  /** Waits for the end of the connection in use, through renewals. */
  async #untilLost(): Promise<void> {
    for (;;) {
      const connection = this.#connection;
      if (connection === undefined) return;
      const reason = await connection.ended;
      if (this.#connection !== connection) continue; // renewed
      this.#connection = undefined;
      connection.abort();
      if (!this.#stop.signal.aborted) this.#report(reason);
      return;
    }
  }

  #tell(error: unknown): void {
    if (isRaftError(error, 'RAFT_STORAGE_CLONED')) this.#options.cloned(error);
    if (isRaftError(error, 'RAFT_WRONG_CLUSTER') || isRaftError(error, 'RAFT_PEER_UNTRUSTED'))
      this.#options.problem(error.message);
  }

  #report(reason: string): void {
    const { unreachable } = this.#options;
    queueMicrotask(() => unreachable(reason)); // never from inside `send`
  }
}
