import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { configurationOf } from '../configuration.ts';
import {
  ManualClock,
  MemoryNetwork,
  MemoryStateMachine,
  openMemoryLogStore,
  type MemoryLogStore,
} from '../testing/index.ts';
import type { RaftDriver } from './raft-driver.ts';
import { startRaftDriver } from './start-raft-driver.ts';
import type { RaftDriverOptions } from './driver-options.ts';

const voters = [1, 2, 3].map((id) => ({ id, uuid: `u${id}` }));
const bootstrap = { clusterId: 'c', generation: 1, configuration: configurationOf(voters) };

interface World {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly drivers: Map<number, RaftDriver>;
  readonly machines: Map<number, MemoryStateMachine>;
  readonly stores: Map<number, MemoryLogStore>;
}

const worlds: World[] = [];

function createWorld(): World {
  const world = {
    clock: new ManualClock(),
    network: new MemoryNetwork(),
    drivers: new Map(),
    machines: new Map(),
    stores: new Map(),
  };
  worlds.push(world);
  return world;
}

async function start(world: World, id: number, options: Partial<RaftDriverOptions> = {}): Promise<RaftDriver> {
  const store = world.stores.get(id) ?? openMemoryLogStore({ uuid: `u${id}` });
  const stateMachine = new MemoryStateMachine();
  const { clock, network } = world;
  const ports = { store, transport: network.transport(id), stateMachine, clock };
  const driver = await startRaftDriver({
    id,
    ...ports,
    seed: 3,
    bootId: `boot-${id}`,
    bootstrap,
    checkState: true,
    ...options,
  });
  world.stores.set(id, store);
  world.machines.set(id, stateMachine);
  world.drivers.set(id, driver);
  return driver;
}

async function run(world: World, ticks: number): Promise<void> {
  for (let i = 0; i < ticks; i++) {
    world.clock.advance(10);
    for (let turn = 0; turn < 4; turn++) await setImmediate();
  }
}

function leaderOf(world: World): RaftDriver {
  const leader = [...world.drivers.values()].find((driver) => driver.status().role === 'leader');
  expect(leader).toBeDefined();
  return leader as RaftDriver;
}

async function threeNodes(options: Partial<RaftDriverOptions> = {}): Promise<World> {
  const world = createWorld();
  for (const { id } of voters) await start(world, id, options);
  await run(world, 60);
  return world;
}

/** What the promise rejects with; awaited later, so that the rejection is never unhandled. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}

afterEach(async () => {
  for (const { drivers } of worlds.splice(0)) {
    for (const driver of drivers.values()) await driver[Symbol.asyncDispose]();
  }
});

describe('RaftDriver', () => {
  it('commits a proposal on all nodes and answers with the state machine’s result', async () => {
    const world = await threeNodes();
    const proposal = leaderOf(world).propose(Uint8Array.of(7));
    await run(world, 5);
    expect((await proposal).result).toEqual(Uint8Array.of(1));
    expect([...world.machines.values()].map(({ commands }) => commands)).toEqual(voters.map(() => [Uint8Array.of(7)]));
  });

  it('refuses proposals on followers with the leader’s id', async () => {
    const world = await threeNodes();
    const { leaderId } = leaderOf(world).status();
    const follower = world.drivers.get((leaderId % 3) + 1) as RaftDriver;
    await expect(follower.propose(Uint8Array.of(1))).rejects.toMatchObject({ code: 'RAFT_NOT_LEADER', leaderId });
    await expect(follower.readIndex()).rejects.toMatchObject({ code: 'RAFT_NOT_LEADER', leaderId });
  });

  it('applies a session command once however often it is proposed (command lost or applied twice)', async () => {
    const world = await threeNodes();
    const leader = leaderOf(world);
    const session = { clientId: 'client', sequence: 1 };
    const both = [leader.propose(Uint8Array.of(9), { session }), leader.propose(Uint8Array.of(9), { session })];
    await run(world, 5);
    const [first, second] = await Promise.all(both);
    expect(second?.result).toEqual(first?.result);
    expect(world.machines.get(1)?.commands).toHaveLength(1);
  });

  it('keeps sessions across a snapshot and a restart (command lost or applied twice)', async () => {
    const world = createWorld();
    const alone = {
      bootstrap: { ...bootstrap, configuration: configurationOf(voters.slice(0, 1)) },
      snapshotEntries: 10,
    };
    const session = { clientId: 'client', sequence: 1 };
    const first = await start(world, 1, { ...alone, trailingEntries: 0 });
    await run(world, 60);
    const once = first.propose(Uint8Array.of(9), { session });
    const others = Array.from({ length: 30 }, (_, i) => first.propose(Uint8Array.of(i)));
    await run(world, 10);
    await Promise.all(others);
    expect(first.status().snapshotIndex).toBeGreaterThan(10);
    await first[Symbol.asyncDispose]();
    world.stores.set(1, (world.stores.get(1) as MemoryLogStore).reopen());
    const second = await start(world, 1, { ...alone, bootId: 'again' });
    await run(world, 60);
    const again = second.propose(Uint8Array.of(9), { session });
    await run(world, 5);
    expect((await again).result).toEqual((await once).result);
    expect(world.machines.get(1)?.commands).toHaveLength(31);
  });

  it('refuses a session command whose answer is gone', async () => {
    const world = await threeNodes();
    const proposal = leaderOf(world).propose(Uint8Array.of(9), { session: { clientId: 'late', sequence: 5 } });
    const outcome = failureOf(proposal);
    await run(world, 5);
    expect(await outcome).toMatchObject({ code: 'RAFT_SESSION_EXPIRED' });
  });

  it('reports an undecided proposal as unknown after losing leadership', async () => {
    const world = await threeNodes();
    const leader = leaderOf(world);
    const { id } = leader.status();
    for (const other of [1, 2, 3].filter((peer) => peer !== id)) world.network.cut(id, other);
    const outcome = failureOf(leader.propose(Uint8Array.of(1)));
    await run(world, 80);
    expect(await outcome).toMatchObject({ code: 'RAFT_OUTCOME_UNKNOWN' });
    expect(leader.status().role).not.toBe('leader');
  });

  it('reports a proposal as dropped when another term’s entry takes its place', async () => {
    const world = await threeNodes({ outcomeWaitMs: 60_000 });
    const leader = leaderOf(world);
    const { id } = leader.status();
    for (const other of [1, 2, 3].filter((peer) => peer !== id)) world.network.cut(id, other);
    const outcome = failureOf(leader.propose(Uint8Array.of(1)));
    await run(world, 80);
    world.network.heal();
    await run(world, 20);
    expect(await outcome).toMatchObject({ code: 'RAFT_PROPOSAL_DROPPED' });
  });

  it('serves a linearizable read index that is applied', async () => {
    const world = await threeNodes();
    const leader = leaderOf(world);
    const proposal = leader.propose(Uint8Array.of(1));
    await run(world, 3);
    const { index } = await proposal;
    const read = leader.readIndex();
    await run(world, 3);
    expect(await read).toBeGreaterThanOrEqual(index);
    expect(leader.status().applied).toBeGreaterThanOrEqual(await read);
  });

  it('publishes leases, revokes before handing over, and waits for reconcilerStopped (H1)', async () => {
    const calls: string[] = [];
    const leadership = {
      lease: ({ term }: { term: number }) => calls.push(`lease ${term}`),
      revoke: (term: number) => calls.push(`revoke ${term}`),
    };
    const world = await threeNodes({ leadership });
    const leader = leaderOf(world);
    const { term, id } = leader.status();
    leader.transferLeadership();
    await setImmediate();
    expect(calls.at(-1)).toBe(`revoke ${term}`);
    expect(leader.status().role).toBe('leader');
    leader.reconcilerStopped(term);
    await run(world, 3);
    expect(leaderOf(world).status().id).not.toBe(id);
    expect(calls).toContain(`lease ${term + 1}`);
  });

  it('takes snapshots, compacts, and brings back state, sessions and membership after a restart (P4, P6)', async () => {
    const world = await threeNodes({ snapshotEntries: 20, trailingEntries: 5 });
    const leader = leaderOf(world);
    const session = { clientId: 'client', sequence: 1 };
    const proposals = [leader.propose(Uint8Array.of(99), { session })];
    for (let i = 0; i < 50; i++) proposals.push(leader.propose(Uint8Array.of(i)));
    await run(world, 20);
    await Promise.all(proposals);
    expect(leader.status().snapshotIndex).toBeGreaterThan(0);
    expect(leader.status().storeFirst).toBeGreaterThan(1);
    const before = world.machines.get(2)?.commands;
    await (world.drivers.get(2) as RaftDriver)[Symbol.asyncDispose]();
    world.stores.set(2, (world.stores.get(2) as MemoryLogStore).reopen());
    const restarted = await start(world, 2, { bootId: 'again' });
    await run(world, 60);
    expect(world.machines.get(2)?.commands).toEqual(before);
    expect(restarted.status().configuration.voters).toEqual(voters);
  });

  it('admits an empty node as learner and catches it up by snapshot, membership included (P4)', async () => {
    const world = await threeNodes({ snapshotEntries: 20, trailingEntries: 0 });
    const leader = leaderOf(world);
    const proposals = Array.from({ length: 50 }, (_, i) => leader.propose(Uint8Array.of(i)));
    await run(world, 20);
    await Promise.all(proposals);
    const store = openMemoryLogStore({ uuid: 'u4' });
    const stateMachine = new MemoryStateMachine();
    const { clock, network } = world;
    const joiner = await startRaftDriver({
      id: 4,
      store,
      transport: network.transport(4),
      stateMachine,
      clock,
      seed: 1,
      bootId: 'b4',
    });
    world.drivers.set(4, joiner);
    const answer = joiner.join(leader.status().id);
    await run(world, 30);
    expect(await answer).toEqual({ type: 'joined', clusterId: 'c', generation: 1 });
    expect(stateMachine.commands).toEqual(world.machines.get(1)?.commands);
    expect(joiner.status().configuration).toEqual({
      ...configurationOf(voters),
      learners: [{ id: 4, uuid: 'u4' }],
    });
  });

  it('retries a full disk and goes on', async () => {
    const told: string[] = [];
    const world = await threeNodes({ onStorageFull: ({ message }) => void told.push(message) });
    const leader = leaderOf(world);
    const store = world.stores.get(leader.status().id) as MemoryLogStore;
    const { RaftError } = await import('../errors.ts');
    const append = store.append.bind(store);
    store.append = async () => {
      store.append = append;
      throw new RaftError('STORAGE_FULL', 'disk full');
    };
    const proposal = leader.propose(Uint8Array.of(1));
    await run(world, 10);
    expect((await proposal).result).toEqual(Uint8Array.of(1));
    expect(told).toEqual(['disk full']);
    expect(leader.status().durableIndex).toBe(leader.status().lastIndex);
  });

  it('retries a compaction on a full disk: what gives room back does not stop the node', async () => {
    const world = await threeNodes({ snapshotEntries: 20, trailingEntries: 0 });
    const leader = leaderOf(world);
    const store = world.stores.get(leader.status().id) as MemoryLogStore;
    const { RaftError } = await import('../errors.ts');
    const compact = store.compact.bind(store);
    store.compact = async () => {
      store.compact = compact;
      throw new RaftError('STORAGE_FULL', 'disk full');
    };
    const proposals = Array.from({ length: 25 }, (_, i) => failureOf(leader.propose(Uint8Array.of(i))));
    await run(world, 30);
    await Promise.all(proposals);
    expect(leader.failure).toBeUndefined();
    expect(leader.status().snapshotIndex).toBeGreaterThanOrEqual(20);
  });

  it('stops when the store fails, and says why', async () => {
    const world = await threeNodes();
    const leader = leaderOf(world);
    const store = world.stores.get(leader.status().id) as MemoryLogStore;
    store.append = () => Promise.reject(new Error('broken disk'));
    const outcome = failureOf(leader.propose(Uint8Array.of(1)));
    await setImmediate();
    expect(await outcome).toMatchObject({ code: 'RAFT_OUTCOME_UNKNOWN' });
    await leader.closed;
    expect(leader.failure).toEqual(new Error('broken disk'));
    await expect(leader.propose(Uint8Array.of(1))).rejects.toMatchObject({ code: 'RAFT_STOPPED' });
  });

  it('leaves no timer behind after dispose, twice', async () => {
    const world = await threeNodes();
    for (const driver of world.drivers.values()) await driver[Symbol.asyncDispose]();
    for (const driver of world.drivers.values()) await driver[Symbol.asyncDispose]();
    expect(world.clock.pendingCount).toBe(0);
  });
});

describe('late ticks (stall starts election)', () => {
  it('reads heartbeats that queued up during a 400 ms stall before it counts a tick', async () => {
    const world = await threeNodes();
    const { term } = leaderOf(world).status();
    world.clock.freeze(400);
    await run(world, 10);
    expect(leaderOf(world).status().term).toBe(term);
  });
});
