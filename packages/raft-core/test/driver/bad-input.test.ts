/** Bad input and misuse around a running node: refused by name, or the node stops and says why; never a wrong state. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../src/entry.ts';
import { RaftError } from '../../src/errors.ts';
import { InvariantViolation } from '../../src/invariant.ts';
import type { LogStore } from '../../src/ports/log-store.ts';
import type { TraceEvent } from '../../src/inspect/trace-event.ts';
import { MemoryNetwork, openMemoryLogStore, type MemoryLogStore } from '../../src/testing/index.ts';
import { append, entries, entry, heartbeat } from '../paper/peer-messages.ts';
import { DriverWorld, failureOf } from './driver-world.ts';

let world = new DriverWorld();

afterEach(async () => {
  await world.stop();
  world = new DriverWorld();
});

/** A store on which some methods misbehave. */
function misbehaving(disk: MemoryLogStore, wrong: Partial<LogStore>): LogStore {
  return {
    load: (options) => disk.load(options),
    saveCluster: (cluster, options) => disk.saveCluster(cluster, options),
    saveHardState: (hardState, options) => disk.saveHardState(hardState, options),
    append: (batch, options) => disk.append(batch, options),
    read: (range, options) => disk.read(range, options),
    createSnapshot: (meta, options) => disk.createSnapshot(meta, options),
    receiveSnapshot: (ref, options) => disk.receiveSnapshot(ref, options),
    installSnapshot: (ref, options) => disk.installSnapshot(ref, options),
    compact: (index, options) => disk.compact(index, options),
    openSnapshot: (ref, options) => disk.openSnapshot(ref, options),
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
    ...wrong,
  };
}

const broken = (): Promise<never> => Promise.reject(new RaftError('STORAGE_FAILED', 'the disk is broken'));

describe('identity', () => {
  it.each([0, -1, 1.5, 2 ** 53, Number.NaN])('id %d is refused before anything starts', async (id) => {
    const failure = await failureOf(world.start(id, { voters: [1] }));
    world.nodes.clear();
    expect(failure).toMatchObject({ code: 'RAFT_INVALID_OPTION', message: expect.stringContaining('id') });
  });

  it.each([
    ['a message of another cluster', { clusterId: 'other' }],
    ['a message of another generation', { generation: 2 }],
    ['a message of a node without cluster', { clusterId: '', generation: 0 }],
  ])('%s is refused, traced, and changes nothing', async (_name, identity) => {
    const refusals: TraceEvent[] = [];
    const tracer = { trace: (event: TraceEvent) => refusals.push(event) };
    const node = await world.start(2, { voters: [1, 2, 3], tracer });
    const before = node.driver.status();
    node.receive(heartbeat({ term: 9 }), identity);
    await world.turn();
    expect(node.driver.status()).toEqual(before);
    expect(refusals).toContainEqual(expect.objectContaining({ type: 'refused', from: 1 }));
  });

  it('a malformed message is refused and the node goes on', async () => {
    const node = await world.start(2, { voters: [1, 2, 3] });
    const before = node.driver.status();
    node.receive(heartbeat({ term: 1.5 }));
    node.receive(append({ entries: [{ ...entry(3, 2) }] }));
    node.receive({ type: 'surprise', from: 1, to: 2, term: 2 } as never);
    await world.turn();
    expect(node.driver.status()).toEqual(before);
    expect(node.driver.failure).toBeUndefined();
  });

  it('votes and acknowledgements of a removed member count no more', async () => {
    const leader = await world.three();
    const { id } = leader.driver.status();
    const [gone = 0, stays = 0] = [1, 2, 3].filter((other) => other !== id);
    const removal = leader.driver.changeConfiguration({ transition: 'auto', steps: [{ type: 'remove', id: gone }] });
    await world.run(10);
    await removal;
    world.network.cut(id, stays);
    const { commit, term, lastIndex } = leader.driver.status();
    const outcome = failureOf(leader.driver.propose(Uint8Array.of(1)));
    await world.turn();
    const claim = { type: 'appendAccepted', from: gone, to: id, term, matchIndex: lastIndex + 1, round: 1 } as const;
    leader.receive(claim);
    await world.turn();
    expect(leader.driver.status().commit).toBe(commit);
    await world.run(80);
    expect(await outcome).toMatchObject({ code: 'RAFT_OUTCOME_UNKNOWN' });
  });
});

describe('commands', () => {
  it('an oversized command is refused and the next one goes through', async () => {
    const leader = await world.three();
    const oversized = leader.driver.propose(new Uint8Array(1024 * 1024 + 1));
    await expect(oversized).rejects.toMatchObject({ code: 'RAFT_ENTRY_TOO_LARGE' });
    const proposal = leader.driver.propose(Uint8Array.of(1));
    await world.run(5);
    expect((await proposal).index).toBe(3);
  });

  it('a state machine that throws stops the node, which says why', async () => {
    const stateMachine = {
      apply: () => Promise.reject(new Error('no such account')),
      snapshot: () => (async function* () {})(),
      restore: () => Promise.resolve(),
    };
    const node = await world.start(1, { voters: [1], stateMachine });
    await world.run(60);
    const outcome = failureOf(node.driver.propose(Uint8Array.of(1)));
    await world.turn();
    expect(await outcome).toMatchObject({ code: 'RAFT_OUTCOME_UNKNOWN' });
    expect(node.driver.failure).toEqual(new Error('no such account'));
  });

  it('a state machine that answers too few commands is a broken invariant', async () => {
    const stateMachine = {
      apply: () => Promise.resolve([]),
      snapshot: () => (async function* () {})(),
      restore: () => Promise.resolve(),
    };
    const node = await world.start(1, { voters: [1], stateMachine });
    await world.run(60);
    const outcome = failureOf(node.driver.propose(Uint8Array.of(1)));
    await world.turn();
    expect(await outcome).toMatchObject({ code: 'RAFT_OUTCOME_UNKNOWN' });
    expect(node.driver.failure).toBeInstanceOf(InvariantViolation);
  });
});

describe('a store that misbehaves', () => {
  it.each<[string, keyof LogStore]>([
    ['the hard state', 'saveHardState'],
    ['entries', 'append'],
  ])('that throws on %s stops the node with its error', async (_name, method) => {
    const disk = openMemoryLogStore({ uuid: 'u1' });
    const node = await world.start(1, { voters: [1], store: disk });
    const store = misbehaving(disk, { [method]: broken });
    await node.driver[Symbol.asyncDispose]();
    const second = await world.start(1, { store });
    await world.run(60);
    expect(second.driver.failure).toMatchObject({ code: 'STORAGE_FAILED' });
    await expect(second.driver.propose(Uint8Array.of(1))).rejects.toMatchObject({ code: 'RAFT_STOPPED' });
  });

  it('with a gap in its log is refused at start', async () => {
    const disk = openMemoryLogStore({ uuid: 'u2' });
    const first = await world.start(2, { voters: [1, 2, 3], store: disk });
    first.receive(append({ entries: entries(2, 5, 2) }));
    await world.turn();
    await first.driver[Symbol.asyncDispose]();
    const read: LogStore['read'] = async (range, options) => {
      const found: readonly Entry[] = await disk.read(range, options);
      return found.filter(({ index }) => index !== 3);
    };
    await expect(world.start(2, { store: misbehaving(disk, { read }) })).rejects.toMatchObject({
      code: 'STORAGE_CORRUPT',
      message: expect.stringContaining('entry 4 where 3 belongs'),
    });
    world.nodes.clear();
  });

  it('that returns nothing for what it claims to hold is refused at start', async () => {
    const disk = openMemoryLogStore({ uuid: 'u2' });
    const first = await world.start(2, { voters: [1, 2, 3], store: disk });
    await first.driver[Symbol.asyncDispose]();
    const read = (): Promise<readonly Entry[]> => Promise.resolve([]);
    await expect(world.start(2, { store: misbehaving(disk, { read }) })).rejects.toMatchObject({
      code: 'STORAGE_CORRUPT',
    });
    world.nodes.clear();
  });

  it('that acknowledges what it does not hold trips the audit', async () => {
    const disk = openMemoryLogStore({ uuid: 'u2' });
    const node = await world.start(2, { voters: [1, 2, 3], store: disk });
    await node.driver[Symbol.asyncDispose]();
    const store = misbehaving(disk, { append: () => Promise.resolve() });
    const second = await world.start(2, { store, verifyWrites: true });
    second.receive(append({ entries: entries(2, 3, 2) }));
    await world.turn();
    expect(second.driver.failure).toBeInstanceOf(InvariantViolation);
    expect(String(second.driver.failure)).toContain('O4 storage holds what it acknowledged');
    expect(second.sent('appendAccepted')).toEqual([]);
  });

  it('that gives a follower’s entries with a gap stops the leader before it sends them', async () => {
    const { driver, handler } = await leaderThatReads(async (disk, range, options) => {
      const found = await disk.read(range, options);
      return found.map((stored) => ({ ...stored, index: stored.index + 1 }));
    });
    expect(handler).toBeDefined();
    expect(driver.failure).toMatchObject({ code: 'RAFT_INVALID_INPUT', message: expect.stringContaining('belongs') });
  });

  it('that cannot read what a follower needs stops the leader with its error', async () => {
    const { driver } = await leaderThatReads(() => broken());
    expect(driver.failure).toMatchObject({ code: 'STORAGE_FAILED' });
  });

  /** A leader whose follower needs entries that are on its disk alone. */
  async function leaderThatReads(
    read: (disk: MemoryLogStore, ...args: Parameters<LogStore['read']>) => Promise<readonly Entry[]>,
  ): Promise<{ driver: { readonly failure: unknown }; handler: unknown }> {
    const disk = openMemoryLogStore({ uuid: 'u1' });
    let misreads = false;
    const store = misbehaving(disk, {
      read: (range, options) => (misreads ? read(disk, range, options) : disk.read(range, options)),
    });
    await world.start(1, { voters: [1, 2, 3], store, trailingEntries: 0 });
    await world.start(2, { voters: [1, 2, 3], trailingEntries: 0, electionTimeoutMs: 1000 });
    const third = await world.start(3, { voters: [1, 2, 3], electionTimeoutMs: 1000 });
    await world.run(150);
    const leader = world.nodes.get(1) ?? third;
    await third.driver[Symbol.asyncDispose]();
    world.network.cut(1, 3);
    const proposals = Array.from({ length: 5 }, (_, i) => leader.driver.propose(Uint8Array.of(i)));
    await world.run(10);
    await Promise.all(proposals);
    misreads = true;
    world.network.heal();
    const { term } = leader.driver.status();
    leader.receive({ type: 'heartbeatResponse', from: 3, to: 1, term, round: 1, lateMs: 0 });
    await world.run(10);
    return leader;
  }
});

describe('a transport that misbehaves', () => {
  it('and throws stops the node: what was to be sent may be half sent', async () => {
    const transport = new MemoryNetwork().transport(2);
    transport.send = () => {
      throw new Error('socket table is full');
    };
    const node = await world.start(2, { voters: [1, 2, 3], transport });
    await world.run(60);
    expect(node.driver.failure).toEqual(new Error('socket table is full'));
  });
});
