/**
 * Plays elections and hand-overs among three nodes in memory, so that the first real one does not run on cold code: the
 * functions that vote, append, encode and grant are then compiled and know their types, which saves a successor several
 * milliseconds at the moment that counts. Nothing leaves the thread, and nothing of the real node is touched.
 */
import {
  configurationOf,
  isRaftError,
  type Message,
  type NodeId,
  openMemoryLogStore,
  type RaftDriver,
  startRaftDriver,
  type Transport,
  type TransportHandler,
} from '@k8sop/raft-core';
import { wireCopy } from '@k8sop/raft-grpc';
import { encodeCommand } from './kv-command.ts';
import { KvStateMachine } from './kv-state-machine.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { SharedLease } from './shared-lease.ts';

const members = [1, 2, 3].map((id) => ({ id, uuid: `rehearsal-${id}` }));
const cluster = { clusterId: 'rehearsal', generation: 1 };
const limitMs = 3_000;

/** Resolves with how often leadership was handed over; fewer than asked for after an abort, after three seconds, and where there is no time to spare. */
export async function rehearseElections(
  handOvers: number,
  { signal }: { readonly signal: AbortSignal },
): Promise<number> {
  await using stage = new Stage();
  const end = (): void => stage.end();
  const timer = setTimeout(end, limitMs);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let made = 0;
  try {
    await stage.open();
    while (made < handOvers && (await stage.handOver())) made += 1;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
  return made;
}

class Stage implements AsyncDisposable {
  readonly #handlers = new Map<NodeId, TransportHandler>();
  readonly #drivers = new Map<NodeId, RaftDriver>();
  readonly #over = new AbortController();
  #leader: NodeId = 0;
  #led = Promise.withResolvers<void>();

  /** Nobody waits any longer. */
  end(): void {
    this.#over.abort();
    this.#led.resolve();
  }

  /** Resolves when the first leader has its lease. */
  async open(): Promise<void> {
    for (const { id } of members) this.#drivers.set(id, await this.#start(id));
    this.#drivers.get(1)?.campaign();
    await this.#led.promise;
  }

  /** False: the play is over, also because a machine that is busy with other things made the stage lose its leader. */
  async handOver(): Promise<boolean> {
    if (this.#over.signal.aborted) return false;
    const driver = this.#drivers.get(this.#leader);
    try {
      await driver?.propose(encodeCommand({ op: 'put', key: 'rehearsal', value: new Uint8Array(64) }));
    } catch (error) {
      if (isRaftError(error)) return false;
      throw error;
    }
    this.#led = Promise.withResolvers();
    driver?.transferLeadership();
    await this.#led.promise;
    return !this.#over.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    for (const driver of this.#drivers.values()) await driver[Symbol.asyncDispose]();
  }

  async #start(id: NodeId): Promise<RaftDriver> {
    const lease = new SharedLease();
    let term = 0;
    return await startRaftDriver({
      id,
      store: openMemoryLogStore({ uuid: members[id - 1]?.uuid ?? '' }),
      transport: this.#transport(id),
      stateMachine: new KvStateMachine(),
      clock: monotonicClock,
      seed: id,
      bootId: `rehearsal-${id}`,
      electionTimeoutMs: 100,
      heartbeatMs: 20,
      bootstrap: { ...cluster, configuration: configurationOf(members) },
      leadership: {
        lease: (granted) => {
          lease.publish({ generation: cluster.generation, ...granted });
          if (granted.term === term) return;
          term = granted.term;
          this.#leader = id;
          this.#led.resolve();
        },
        revoke: (revoked) => {
          lease.revoke();
          setImmediate(() => this.#drivers.get(id)?.reconcilerStopped(revoked));
        },
      },
    });
  }

  #transport(id: NodeId): Transport {
    const refused = async (): Promise<never> => {
      throw new Error('a rehearsal has no latecomers');
    };
    return {
      start: async (handler) => void this.#handlers.set(id, handler),
      send: (messages) => {
        for (const message of messages) setImmediate(() => this.#deliver(id, message));
      },
      sendSnapshot: refused,
      setPeers: () => {},
      identify: refused,
      join: refused,
      [Symbol.asyncDispose]: async () => void this.#handlers.delete(id),
    };
  }

  #deliver(from: NodeId, message: Message): void {
    if (this.#over.signal.aborted || message.type === 'snapshot') return;
    const sender = { ...cluster, id: from, uuid: members[from - 1]?.uuid ?? '' };
    this.#handlers.get(message.to)?.receive(wireCopy(message), sender);
  }
}
