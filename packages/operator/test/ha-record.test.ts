/** The leader's care for the cluster's record: what a person deletes or edits is put right, what is not its own is left alone. */
import { rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { configurationOf, type RaftDriver, startRaftDriver } from '@k8sop/raft-core';
import { ManualClock, MemoryNetwork, MemoryStateMachine, openMemoryLogStore } from '@k8sop/raft-core/testing';
import { HttpKubeClient, noMetrics, openClusterAuth, silentLogger, systemClock, systemRandom } from '@k8sop/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GenesisRecord, GenesisRecords, type RecordOutcome, type VotersChange } from '../src/ha/genesis-record.ts';
import { confirmVoters, MembershipLoop } from '../src/ha/membership-loop.ts';
import { NodeGroup } from './node-group.ts';
import { paths, TestCluster } from './test-cluster.ts';

const signal = new AbortController().signal;
const self = { id: 1, uuid: 'u1' };
const stranger = { id: 2, uuid: 'u2' };
const ours: GenesisRecord = { clusterId: 'c', generation: 2, founder: stranger, voters: [self], pendingVoters: null };
const intervalMs = 30_000;

let cluster: TestCluster;
let client: HttpKubeClient;
let names = 0;

beforeAll(async () => {
  cluster = await TestCluster.start();
  const auth = await openClusterAuth({ kubeconfig: cluster.kubeconfig });
  const ports = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics: noMetrics };
  client = new HttpKubeClient({ ...ports, auth, userAgent: 'record' });
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

/** A cluster of one voter on a clock that stands still, and its record in the API server. */
class Leader implements AsyncDisposable {
  readonly records: GenesisRecords;
  readonly path: string;
  readonly problems: string[] = [];
  readonly #clock = new ManualClock();
  readonly #asked: Promise<unknown>[] = [];
  readonly #name: string;
  #driver: RaftDriver | undefined;
  #loop: MembershipLoop | undefined;

  constructor() {
    names += 1;
    this.#name = `record-${names}`;
    this.records = new GenesisRecords(client, { namespace: 'default', clusterName: this.#name });
    this.path = `${paths.configmaps}/raft-${this.#name}`;
  }

  /** @param known whether this process has read the record before. */
  static async start(known = true): Promise<Leader> {
    const leader = new Leader();
    await leader.records.create(ours, signal);
    await leader.#lead(known ? leader.records : leader.#recordsOfAnother());
    return leader;
  }

  async #lead(records: GenesisRecords): Promise<void> {
    const driver = await startRaftDriver({
      id: self.id,
      store: openMemoryLogStore({ uuid: self.uuid }),
      transport: new MemoryNetwork().transport(self.id),
      stateMachine: new MemoryStateMachine(),
      clock: this.#clock,
      seed: 1,
      bootId: 'boot',
      bootstrap: { clusterId: 'c', generation: 2, configuration: configurationOf([self]) },
    });
    this.#driver = driver;
    this.#loop = new MembershipLoop({
      driver,
      maxVoters: 5,
      record: (change) => this.#ask(records, change),
      replicas: () => ({ admitted: undefined, kept: undefined }),
      problem: (message) => void this.problems.push(message),
      clock: this.#clock,
    });
    this.#loop.start();
  }

  /** Lets time pass, and waits for what was asked of the API server meanwhile. @returns how often it was. */
  async pass(ms: number): Promise<number> {
    const before = this.#asked.length;
    for (let passed = 0; passed < ms; passed += 10) {
      this.#clock.advance(10);
      for (let turn = 0; turn < 3; turn++) await setImmediate();
    }
    await Promise.allSettled(this.#asked);
    await setImmediate();
    return this.#asked.length - before;
  }

  async stored(): Promise<GenesisRecord | undefined> {
    return (await this.#recordsOfAnother().read(signal))?.record;
  }

  async replace(record: GenesisRecord): Promise<void> {
    await cluster.patch(this.path, { data: { 'record.json': JSON.stringify(record) } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#loop?.stop();
    await this.#driver?.[Symbol.asyncDispose]();
  }

  #ask(records: GenesisRecords, change: VotersChange): Promise<RecordOutcome> {
    const confirm = (): Promise<void> => confirmVoters(this.#driver as RaftDriver, change.voters);
    const asked = records.recordVoters(change, { signal: AbortSignal.timeout(30_000), confirm });
    this.#asked.push(asked);
    return asked;
  }

  #recordsOfAnother(): GenesisRecords {
    return new GenesisRecords(client, { namespace: 'default', clusterName: this.#name });
  }
}

async function recordsWith(clusterName: string, record: GenesisRecord | undefined): Promise<GenesisRecords> {
  const records = new GenesisRecords(client, { namespace: 'default', clusterName });
  await cluster.delete(`${paths.configmaps}/raft-${clusterName}`).catch(() => {}); // from the case before
  if (record !== undefined) await records.create(record, signal);
  return records;
}

/** Three voters; one leads on a clock that stands still, and another one does, too, with one voter less. */
class Deposed implements AsyncDisposable {
  leader = 0;
  readonly #clocks: readonly ManualClock[] = [new ManualClock(), new ManualClock(), new ManualClock()];
  readonly loopClock: ManualClock = new ManualClock();
  readonly #network = new MemoryNetwork();
  readonly #drivers: RaftDriver[] = [];

  static async start(): Promise<Deposed> {
    const deposed = new Deposed();
    const ids = [1, 2, 3];
    for (const id of ids) await deposed.#open(id);
    await deposed.#pass(ids, 1_000);
    deposed.leader = deposed.#leaderAmong(ids);
    const others = ids.filter((id) => id !== deposed.leader);
    for (const other of others) {
      deposed.#network.cutSilently(deposed.leader, other);
      deposed.#network.cutSilently(other, deposed.leader);
    }
    await deposed.#pass(others, 2_000);
    const change = deposed
      .driver(deposed.#leaderAmong(others))
      .changeConfiguration({ transition: 'auto', steps: [{ type: 'remove', id: deposed.leader }] });
    await deposed.#pass(others, 500);
    await change;
    return deposed;
  }

  #leaderAmong(ids: readonly number[]): number {
    return ids.find((id) => this.driver(id).status().role === 'leader') ?? 0;
  }

  async #pass(ids: readonly number[], ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      for (const id of ids) await this.advance(this.clock(id), 10);
    }
  }

  clock(id: number): ManualClock {
    return this.#clocks[id - 1] as ManualClock;
  }

  driver(id: number): RaftDriver {
    return this.#drivers[id - 1] as RaftDriver;
  }

  async advance(clock: ManualClock, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10);
      for (let turn = 0; turn < 3; turn++) await setImmediate();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const driver of this.#drivers) await driver[Symbol.asyncDispose]();
  }

  async #open(id: number): Promise<void> {
    const members = [1, 2, 3].map((member) => ({ id: member, uuid: `u${member}` }));
    const driver = await startRaftDriver({
      id,
      store: openMemoryLogStore({ uuid: `u${id}` }),
      transport: this.#network.transport(id),
      stateMachine: new MemoryStateMachine(),
      clock: this.clock(id),
      seed: id,
      bootId: `boot-${id}`,
      bootstrap: { clusterId: 'c', generation: 1, configuration: configurationOf(members) },
    });
    this.#drivers.push(driver);
  }
}

describe('the leader, every 30 s', () => {
  it('reads a record that is as it should be, and writes nothing', async () => {
    await using leader = await Leader.start();
    await leader.pass(5_000);
    const before = await cluster.get(leader.path);
    expect(await leader.pass(4 * intervalMs)).toBe(4);
    expect((await cluster.get(leader.path))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(leader.problems).toEqual([]);
  });

  it.each([
    { why: 'with the founder that it has read', known: true, founder: stranger },
    { why: 'with itself as founder if it has never read it', known: false, founder: self },
  ])('writes a deleted record again, $why', async ({ known, founder }) => {
    await using leader = await Leader.start(known);
    await cluster.delete(leader.path);
    await leader.pass(5_000);
    expect(await leader.stored()).toEqual({ ...ours, founder });
    await cluster.delete(leader.path);
    await leader.pass(intervalMs);
    expect(await leader.stored()).toEqual({ ...ours, founder });
    expect(leader.problems).toEqual(Array(2).fill(expect.stringContaining('record was missing')));
  });

  it.each([
    { why: 'a voter added by hand', edited: { ...ours, voters: [self, stranger] }, after: ours },
    { why: 'no voter left', edited: { ...ours, voters: [] }, after: ours },
    { why: 'a change that is not under way', edited: { ...ours, pendingVoters: [stranger] }, after: ours },
    {
      why: 'an agreement to give the generation up, which is kept',
      edited: { ...ours, voters: [stranger], abandon: 2 },
      after: { ...ours, abandon: 2 },
    },
  ])('puts right what a person edited: $why', async ({ edited, after }) => {
    await using leader = await Leader.start();
    await leader.pass(5_000);
    await leader.replace(edited);
    await leader.pass(intervalMs);
    expect(await leader.stored()).toEqual(after);
    expect(leader.problems).toEqual([expect.stringContaining('has been put right')]);
  });

  it('puts right a record of an earlier generation: an old copy was put back', async () => {
    await using leader = await Leader.start();
    await leader.pass(5_000);
    await leader.replace({ ...ours, generation: 1, founder: stranger, voters: [stranger] });
    await leader.pass(intervalMs);
    expect(await leader.stored()).toMatchObject({ generation: 2, voters: [self], founder: self });
  });

  it.each([
    { why: 'a later generation', foreign: { ...ours, generation: 3, voters: [stranger] } },
    { why: 'another cluster', foreign: { ...ours, clusterId: 'other', generation: 1 } },
  ])('leaves a record of $why alone, and says what to do, once a minute at most', async ({ foreign }) => {
    await using leader = await Leader.start();
    await leader.pass(5_000);
    await leader.replace(foreign);
    await leader.pass(intervalMs);
    expect(await leader.stored()).toEqual(foreign);
    expect(leader.problems).toEqual([expect.stringContaining('delete the ConfigMap: its leader writes it again')]);
    await leader.pass(4 * intervalMs);
    expect(await leader.stored()).toEqual(foreign);
    expect(leader.problems.length).toBeLessThanOrEqual(3);
  });

  it('only tries again next time while the API server is away', async () => {
    await using leader = await Leader.start();
    await leader.pass(5_000);
    await cluster.delete(leader.path);
    await cluster.api.restart(async () => {
      expect(await leader.pass(intervalMs)).toBe(1);
      expect(leader.problems.length).toBeLessThanOrEqual(1);
    });
    await leader.pass(intervalMs);
    expect(await leader.stored()).toEqual(ours);
    expect(leader.problems.at(-1)).toContain('record was missing');
  });

  it('two leaders that race to write it again end with one record', async () => {
    await using leader = await Leader.start();
    await cluster.delete(leader.path);
    const change: VotersChange = { ...ours, leader: self };
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => leader.records.recordVoters(change, { signal, confirm: async () => {} })),
    );
    expect(outcomes.sort()).toEqual(['created', 'kept', 'kept']);
  });
});

describe('a leader of the past', () => {
  it.each([
    { why: 'before it writes', stored: ours },
    { why: 'before it writes a missing one anew', stored: undefined },
  ])('asks a quorum after it has read the record and $why', async ({ stored }) => {
    const records = await recordsWith('confirmed', stored);
    const seen: unknown[] = [];
    const asked = records.recordVoters(
      { ...ours, leader: self, voters: [stranger] },
      {
        signal,
        confirm: async () => {
          seen.push((await records.read(signal))?.record);
          throw new Error('another one leads');
        },
      },
    );
    await expect(asked).rejects.toThrow('another one leads');
    expect(seen).toEqual([stored]);
    expect((await records.read(signal))?.record).toEqual(stored);
  });

  it('never overwrites what its successor wrote after the quorum had answered', async () => {
    const records = await recordsWith('overtaken', ours);
    const newer = { ...ours, voters: [self, stranger] };
    const successor = new GenesisRecords(client, { namespace: 'default', clusterName: 'overtaken' });
    const answers = [
      async (): Promise<void> =>
        void (await successor.recordVoters({ ...newer, leader: stranger }, { signal, confirm: async () => {} })),
      async (): Promise<void> => Promise.reject(new Error('another one leads')),
    ];
    const asked = records.recordVoters(
      { ...ours, leader: self, voters: [stranger] },
      { signal, confirm: async () => await answers.shift()?.() },
    );
    await expect(asked).rejects.toThrow('another one leads');
    expect((await records.read(signal))?.record).toEqual(newer);
  });

  it('that has not noticed its end settles on nothing', async () => {
    await using deposed = await Deposed.start();
    const driver = deposed.driver(deposed.leader);
    const late: unknown[] = [];
    const loop = new MembershipLoop({
      driver,
      maxVoters: 5,
      record: async ({ voters }) => {
        await confirmVoters(driver, voters);
        late.push(voters);
        return 'changed';
      },
      replicas: () => ({ admitted: undefined, kept: undefined }),
      problem: (message) => void late.push(message),
      clock: deposed.loopClock,
    });
    loop.start();
    expect(driver.status().role).toBe('leader');
    await deposed.advance(deposed.loopClock, 600); // it looks, and asks
    await deposed.advance(deposed.clock(deposed.leader), 1_000); // it notices
    loop.stop();
    expect(driver.status().role).not.toBe('leader');
    expect(late).toEqual([]);
  });
});

describe('a cluster whose record was deleted', () => {
  it('has it back within 30 s, and an empty pod joins that very cluster', async () => {
    await using group = await groupOfThree(4);
    const before = await group.record();
    await group.kube.delete(`${paths.configmaps}/raft-group`);
    const [first] = await group.recordsUntil(() => true);
    expect(first).toEqual(before);
    await group.problem('the cluster record was missing');
    await group.start(3);
    await group.membership([0, 1, 2], [3]);
    const { uuid } = group.node(3).status();
    expect(group.node(await group.leader()).cluster.members()[3]).toMatchObject({ uuid, role: 'learner' });
    expect(await group.record()).toEqual(before);
  }, 120_000);

  it.each(['level', 'memory'] as const)(
    'takes in an empty pod that starts before it has it back, instead of standing beside a second one: %s',
    async (storage) => {
      await using group = await groupOfThree(4, storage);
      await group.kube.delete(`${paths.configmaps}/raft-group`);
      await group.start(3, storage);
      await group.membership([0, 1, 2], [3]);
      expect([...group.nodes].filter(([, node]) => node.election.isLeader)).toHaveLength(1);
    },
    120_000,
  );

  it('has it back at once under a new leader, and a replaced disk joins that very cluster', async () => {
    await using group = await groupOfThree(3);
    const before = await group.record();
    const gone = await group.leader();
    const { uuid } = group.node(gone).status();
    await group.kube.delete(`${paths.configmaps}/raft-group`);
    await group.stop(gone);
    const [first] = await group.recordsUntil(() => true);
    expect(first).toMatchObject({ clusterId: before.clusterId, generation: 1, founder: before.founder });
    await rm(group.dataDir(gone), { recursive: true });
    await group.start(gone);
    await group.recordsUntil(threeVotersWithout(uuid));
    expect(await group.record()).toMatchObject({ clusterId: before.clusterId, generation: 1 });
    expect(group.node(gone).status().uuid).not.toBe(uuid);
  }, 120_000);
});

async function groupOfThree(size: number, storage: 'level' | 'memory' = 'level'): Promise<NodeGroup> {
  const group = await NodeGroup.open(size);
  await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal, storage)));
  await group.membership([0, 1, 2]);
  return group;
}

const threeVotersWithout =
  (gone: string) =>
  ({ voters, pendingVoters }: GenesisRecord): boolean =>
    voters.length === 3 && pendingVoters === null && voters.every(({ uuid }) => uuid !== gone);
