/** A process that runs the real driver, over a simulated disk, network, clock and application. */
import type { ConfigurationChange } from '../../configuration.ts';
import { createRaftCore, type RaftCore } from '../../core/raft-node.ts';
import type { RaftDriver } from '../../driver/raft-driver.ts';
import { startDriverOver } from '../../driver/start-raft-driver.ts';
import type { Timing } from '../../entry.ts';
import { isRaftError } from '../../errors.ts';
import type { NodeId, Term } from '../../ids.ts';
import type { Message } from '../../message.ts';
import { coreSettings } from './core-settings.ts';
import { CoreWatch } from './core-watch.ts';
import { NodeClock } from './node-clock.ts';
import { commandBytes, type RegisterMachine } from './register-machine.ts';
import { RegisterStateMachine } from './register-state-machine.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { ProposalWaiter, ReadReply, SimulatedProcess } from './simulated-process.ts';
import { SimulatedStore } from './simulated-store.ts';
import { SimulatedTransport } from './simulated-transport.ts';
import { hold } from './simulation-failure.ts';
import { watchedCore } from './watched-core.ts';

export class DriverProcess implements SimulatedProcess {
  readonly #node: SimulatedNode;
  readonly #epoch: number;
  readonly #clock: NodeClock;
  readonly #store: SimulatedStore;
  readonly #transport: SimulatedTransport;
  readonly #application: RegisterStateMachine;
  #driver: RaftDriver | null = null;
  #joining = false;
  core: RaftCore | null = null;

  /** @param ends The transports of all running processes. */
  constructor(node: SimulatedNode, ends: Map<NodeId, SimulatedTransport>) {
    this.#node = node;
    this.#epoch = node.epoch;
    this.#clock = new NodeClock(node);
    this.#store = new SimulatedStore(node);
    this.#transport = new SimulatedTransport(node, ends);
    this.#application = new RegisterStateMachine(node);
  }

  get machine(): RegisterMachine {
    return this.#application.machine;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      if (this.#alive) this.#node.world.fail(error);
    });
  }

  receive(message: Message, senderUuid: string): void {
    this.#transport.deliver(message, senderUuid);
  }

  peerUnreachable(peer: NodeId): void {
    this.#transport.peerUnreachable(peer);
  }

  propose({ commandId, session, reply }: ProposalWaiter): boolean {
    return this.#ask(async (driver, core) => {
      const { world, watch } = this.#node;
      const before = watch?.refusedCount;
      const proposed = driver.propose(commandBytes(commandId), { session });
      const { term, lastIndex: index } = core;
      const appended = watch?.refusedCount === before;
      try {
        const { result } = await proposed;
        reply(((result[0] as number) << 24) >> 24);
      } catch (error) {
        if (!isRaftError(error)) throw error;
        // What is reported as dropped must never be what took effect; sessions are not forgotten.
        const taken = appended && world.oracle.history.committed(index)?.entry.term === term;
        const honest = error.code !== 'RAFT_PROPOSAL_DROPPED' || !taken;
        hold(honest, 'client', () => `command ${commandId} at ${index} was called dropped`);
        hold(error.code !== 'RAFT_SESSION_EXPIRED', 'client', () => error.message);
        reply('lost');
      }
    });
  }

  read(reply: ReadReply): boolean {
    return this.#ask(async (driver, core) => {
      const { term } = core;
      const { watch, lease } = this.#node;
      const reading = driver.readIndex();
      const requestId = watch?.lastRequestId ?? 0;
      await reading;
      const exempt = watch?.readByLease(requestId) === true && lease.frozenIn(term);
      reply(this.machine, exempt);
    });
  }

  change(change: ConfigurationChange, checks: 'enforced' | 'skipped'): boolean {
    return this.#ask(async (driver) => void (await driver.changeConfiguration(change, { checks })));
  }

  changeTiming(timing: Timing): boolean {
    return this.#ask(async (driver) => void (await driver.changeTiming(timing)));
  }

  transfer(target: NodeId): boolean {
    return this.#ask(async (driver) => driver.transferLeadership(target));
  }

  admit(contact: NodeId): void {
    if (this.#joining) return;
    this.#joining = this.#ask(async (driver) => {
      try {
        await driver.join(contact);
      } finally {
        this.#joining = false;
      }
    });
  }

  stop(done: () => void): void {
    const driver = this.#driver;
    if (driver === null) {
      done();
      return;
    }
    const dispose = async (): Promise<void> => {
      await driver[Symbol.asyncDispose]();
      await this.#transport[Symbol.asyncDispose]();
      if (!this.#alive) return;
      const { pendingCount } = this.#clock;
      hold(pendingCount === 0, 'core', () => `${this.#node.uuid} leaves ${pendingCount} timers behind`);
      this.#node.world.wheel.in(0, done);
    };
    dispose().catch((error: unknown) => this.#node.world.fail(error));
  }

  get #alive(): boolean {
    return this.#epoch === this.#node.epoch;
  }

  async #run(): Promise<void> {
    const node = this.#node;
    const { disk, world, lease } = node;
    const { founders } = disk;
    const { clusterId } = world;
    const driver = await startDriverOver((options) => this.#watch(createRaftCore(options)), {
      ...coreSettings(node),
      maxMessageBytes: 256, // with envelopes, as many commands as for bare cores
      id: node.id,
      store: this.#store,
      transport: this.#transport,
      stateMachine: this.#application,
      clock: this.#clock,
      bootId: `${disk.uuid}.${disk.startCount}`,
      snapshotEntries: world.profile.snapshotEntries,
      ...(founders === null ? {} : { bootstrap: { clusterId, generation: 1, configuration: founders } }),
      leadership: {
        lease: (granted) => {
          if (this.#alive && this.core !== null && node.watch !== null) {
            lease.take(this.core, granted, node.watch.takeConfigurations());
          }
        },
        revoke: (term) => this.#revoke(term),
      },
      tracer: {
        trace: ({ atMs: _atMs, node: _node, ...event }) => {
          if (this.#alive) node.watch?.onTrace(event);
        },
      },
    });
    this.#driver = driver;
    void driver.closed.then(() => {
      if (this.#alive && driver.failure !== undefined) world.fail(driver.failure);
    });
  }

  #revoke(term: Term): void {
    if (this.#alive) this.#node.lease.revoke(term, () => this.#driver?.reconcilerStopped(term));
  }

  #watch(core: RaftCore): RaftCore {
    const node = this.#node;
    if (!this.#alive) return core;
    node.watch = new CoreWatch(node, core);
    this.core = core;
    return watchedCore(core, node.watch, node);
  }

  /** Calls the driver; false when its core refused at once. Later refusals concern nobody who calls this. */
  #ask(call: (driver: RaftDriver, core: RaftCore) => Promise<void>): boolean {
    const { watch, world } = this.#node;
    const driver = this.#driver;
    const { core } = this;
    if (driver === null || core === null || watch === null) return false;
    const before = watch.refusedCount;
    call(driver, core).catch((error: unknown) => {
      if (this.#alive && !isRaftError(error)) world.fail(error);
    });
    return watch.refusedCount === before;
  }
}
