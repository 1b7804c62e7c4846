/** Running drivers on memory ports that keep a log of every call and can be held up, for tests of order. */
import { setImmediate } from 'node:timers/promises';
import { configurationOf } from '../../src/configuration.ts';
import type { RaftDriverOptions } from '../../src/driver/driver-options.ts';
import type { RaftDriver } from '../../src/driver/raft-driver.ts';
import { startRaftDriver } from '../../src/driver/start-raft-driver.ts';
import { invariant } from '../../src/invariant.ts';
import type { Message } from '../../src/message.ts';
import type { LogStore } from '../../src/ports/log-store.ts';
import type { StateMachine } from '../../src/ports/state-machine.ts';
import type { Transport, TransportHandler } from '../../src/ports/transport.ts';
import {
  ManualClock,
  MemoryNetwork,
  MemoryStateMachine,
  openMemoryLogStore,
  type MemoryLogStore,
} from '../../src/testing/index.ts';

export const clusterId = 'c';
export const members = (ids: readonly number[]): { id: number; uuid: string }[] =>
  ids.map((id) => ({ id, uuid: `u${id}` }));

type Held = 'saveHardState' | 'append' | 'apply' | 'sendSnapshot';

/** One node: its driver, its ports, and what was called when. */
export class WatchedNode {
  readonly log: string[] = [];
  readonly disk: MemoryLogStore;
  readonly machine: MemoryStateMachine = new MemoryStateMachine();
  handler: TransportHandler | undefined;
  #driver: RaftDriver | undefined;
  #stalled = false;
  readonly #unread: (() => void)[] = [];
  readonly #gates = new Map<Held, { readonly opened: Promise<void>; readonly open: () => void }>();

  constructor(id: number) {
    this.disk = openMemoryLogStore({ uuid: `u${id}` });
  }

  get driver(): RaftDriver {
    invariant(this.#driver !== undefined, 'the node was started');
    return this.#driver;
  }

  set driver(driver: RaftDriver) {
    this.#driver = driver;
  }

  /** Calls of this kind wait from now on until `release`. */
  hold(what: Held): void {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gates.set(what, { opened, open });
  }

  release(what: Held): void {
    this.#gates.get(what)?.open();
    this.#gates.delete(what);
  }

  /** Messages that arrive wait from now on until `resume`: a process that does not get to read them. */
  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    for (const read of this.#unread.splice(0)) read();
  }

  /** Messages that arrived and were not read. */
  get waiting(): number {
    return this.#unread.length;
  }

  /** Reads now, or as soon as the process gets to it. */
  arrive(read: () => void): void {
    if (this.#stalled) this.#unread.push(read);
    else read();
  }

  releaseAll(): void {
    for (const what of this.#gates.keys()) this.release(what);
  }

  /** A message of a member of the cluster, past the network. */
  receive(message: Message, identity: { readonly clusterId?: string; readonly generation?: number } = {}): void {
    this.handler?.receive(message, {
      clusterId,
      generation: 1,
      id: message.from,
      uuid: `u${message.from}`,
      ...identity,
    });
  }

  /** Types of messages sent so far, in order. */
  sent(type: string): readonly string[] {
    return this.log.filter((line) => line.startsWith(`send ${type} `));
  }

  async pass(what: Held): Promise<void> {
    await this.#gates.get(what)?.opened;
  }

  note(line: string): void {
    this.log.push(line);
  }
}

export class DriverWorld {
  readonly clock: ManualClock = new ManualClock();
  readonly network: MemoryNetwork = new MemoryNetwork();
  readonly nodes: Map<number, WatchedNode> = new Map();

  /** Starts a node; with `voters` it founds the cluster. */
  async start(
    id: number,
    options: Partial<RaftDriverOptions> & { readonly voters?: readonly number[] } = {},
  ): Promise<WatchedNode> {
    const { voters, ...rest } = options;
    const node = new WatchedNode(id);
    const bootstrap = voters && { clusterId, generation: 1, configuration: configurationOf(members(voters)) };
    this.nodes.set(id, node);
    node.driver = await startRaftDriver({
      id,
      store: watchedStore(node, node.disk),
      transport: watchedTransport(node, this.network.transport(id)),
      stateMachine: watchedMachine(node, node.machine),
      clock: this.clock,
      seed: 3,
      bootId: `boot-${id}`,
      checkState: true,
      ...(bootstrap === undefined ? {} : { bootstrap }),
      ...rest,
    });
    return node;
  }

  /** Ticks of 10 ms, everything settled after each. */
  async run(ticks: number): Promise<void> {
    for (let i = 0; i < ticks; i++) {
      this.clock.advance(10);
      await this.turn();
    }
  }

  /** Lets everything happen that needs no time. */
  async turn(): Promise<void> {
    for (let i = 0; i < 6; i++) await setImmediate();
  }

  /** A cluster of three that has a leader. */
  async three(options: Partial<RaftDriverOptions> = {}): Promise<WatchedNode> {
    for (const id of [1, 2, 3]) await this.start(id, { voters: [1, 2, 3], ...options });
    await this.run(60);
    return this.leader;
  }

  get leader(): WatchedNode {
    const leader = [...this.nodes.values()].find(({ driver }) => driver.status().role === 'leader');
    invariant(leader !== undefined, 'somebody leads');
    return leader;
  }

  async stop(): Promise<void> {
    const stopped = [...this.nodes.values()].map(({ driver }) => driver[Symbol.asyncDispose]());
    for (const node of this.nodes.values()) node.releaseAll();
    await Promise.all(stopped);
  }
}

/** What the promise rejects with; awaited later, so that the rejection is never unhandled. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}

function watchedStore(node: WatchedNode, disk: MemoryLogStore): LogStore {
  const write = async (what: string, work: () => Promise<void>, gate?: Held): Promise<void> => {
    node.note(what);
    if (gate !== undefined) await node.pass(gate);
    await work();
    node.note(`${what} done`);
  };
  return {
    load: (options) => disk.load(options),
    read: (range, options) => disk.read(range, options),
    createSnapshot: (meta, options) => disk.createSnapshot(meta, options),
    receiveSnapshot: (ref, options) => disk.receiveSnapshot(ref, options),
    openSnapshot: (ref, options) => disk.openSnapshot(ref, options),
    saveCluster: (cluster, options) => write('saveCluster', () => disk.saveCluster(cluster, options)),
    compact: (index, options) => write(`compact ${index}`, () => disk.compact(index, options)),
    installSnapshot: (ref, options) => write(`install ${ref.index}`, () => disk.installSnapshot(ref, options)),
    saveHardState: (state, options) =>
      write(`save ${state.term}/${state.vote}`, () => disk.saveHardState(state, options), 'saveHardState'),
    append: (batch, options) => {
      const { truncateFrom, entries } = batch;
      const cut = truncateFrom > 0 ? ` cut ${truncateFrom}` : '';
      const range = `${entries[0]?.index}..${entries.at(-1)?.index}`;
      return write(`append ${range}${cut}`, () => disk.append(batch, options), 'append');
    },
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

function watchedTransport(node: WatchedNode, inner: Transport): Transport {
  return {
    start: (handler, options) => {
      node.handler = handler;
      const receive: TransportHandler['receive'] = (message, sender) =>
        node.arrive(() => handler.receive(message, sender));
      return inner.start({ ...handler, receive }, options);
    },
    send: (messages) => {
      for (const message of messages) node.note(`send ${describeMessage(message)}`);
      inner.send(messages);
    },
    sendSnapshot: async (offer, source, options) => {
      node.note(`send snapshot ${offer.snapshot.index}`);
      await node.pass('sendSnapshot');
      options.signal.throwIfAborted();
      await inner.sendSnapshot(offer, source, options);
    },
    setPeers: (ids) => inner.setPeers(ids),
    identify: (to, options) => inner.identify(to, options),
    join: (to, request, options) => inner.join(to, request, options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

function describeMessage(message: Message): string {
  const match = message.type === 'appendAccepted' ? ` match ${message.matchIndex}` : '';
  return `${message.type} to ${message.to} term ${message.term}${match}`;
}

function watchedMachine(node: WatchedNode, inner: StateMachine): StateMachine {
  return {
    apply: async (commands, options) => {
      node.note(`apply ${commands[0]?.index}..${commands.at(-1)?.index}`);
      await node.pass('apply');
      return await inner.apply(commands, options);
    },
    snapshot: (options) => inner.snapshot(options),
    restore: async (chunks, options) => {
      node.note('restore');
      await inner.restore(chunks, options);
    },
  };
}
