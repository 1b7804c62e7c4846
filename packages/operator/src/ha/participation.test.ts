import type { BootstrapOptions, IdentifyAnswer } from '@k8sop/raft-core';
import { type KubeClient, type KubeObject, StatusError } from '@k8sop/runtime';
import { ManualClock } from '@k8sop/runtime/testing';
import { describe, expect, it } from 'vitest';
import { youngMs } from './founding-rule.ts';
import { GenesisRecords } from './genesis-record.ts';
import { Participation } from './participation.ts';
import type { OpenedStorage } from './raft-node.ts';
import { readReplicas } from './wanted-replicas.ts';

/** An API server of one ConfigMap, the record, and one StatefulSet. */
class TwoObjects {
  record: KubeObject | undefined;
  set: object | undefined;
  down = false;

  readonly client = {
    get: async ({ plural }: { readonly plural: string }) => {
      if (this.down) throw new Error('connection refused');
      return plural === 'configmaps' ? this.record : this.set;
    },
    create: async (_kind: unknown, object: KubeObject) => {
      if (this.record !== undefined) throw new StatusError('exists', { code: 409, reason: 'AlreadyExists' });
      this.record = { ...object, metadata: { ...object.metadata, resourceVersion: '1' } };
      return { object: this.record };
    },
    jsonPatch: async (_kind: unknown, _key: unknown, [, replace]: readonly { readonly value: string }[]) => {
      this.record = { ...this.record, data: { 'record.json': replace?.value } } as unknown as KubeObject;
      return { object: this.record };
    },
  } as unknown as KubeClient;
}

/** The first of three empty replicas, whose peers answer as told. */
class Newcomer implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly api = new TwoObjects();
  readonly records = new GenesisRecords(this.api.client, { namespace: 'default', clusterName: 'c' });
  readonly warnings: string[] = [];
  readonly asked: number[] = [];
  founded: BootstrapOptions | undefined;
  answers: ReadonlyMap<number, IdentifyAnswer> = new Map();
  doing = '';
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor({ ageMs }: { readonly ageMs: number }) {
    const creationTimestamp = new Date(this.clock.wallMs() - ageMs).toISOString();
    this.api.set = { metadata: { creationTimestamp }, spec: { replicas: 3 } };
  }

  start(dataDir: string | undefined): void {
    const identity = { uuid: 'u1', clusterId: '', generation: 0 } as OpenedStorage['identity'];
    const storage = { id: 1, identity, empty: true, setAside: undefined };
    const participation = new Participation({
      node: {
        start: async () => {},
        restart: async (bootstrap) => void (this.founded = bootstrap),
        discard: async () => storage,
        standing: async () => ({
          clusterId: this.founded?.clusterId ?? '',
          generation: this.founded?.generation ?? 0,
          member: this.founded !== undefined,
          leaderId: this.founded === undefined ? 0 : 1,
          leaderSeenMsAgo: 0,
        }),
        identify: async (id) => this.answers.get(id),
        ask: async (contact) => {
          this.asked.push(contact);
          return undefined;
        },
      },
      storage,
      records: this.records,
      replicas: (signal) =>
        readReplicas(this.api.client, { namespace: 'default', set: 'c' }, { clock: this.clock, signal }),
      settings: {
        id: 1,
        electionTimeoutMs: 150,
        maxVoters: 5,
        peers: undefined,
        dataDir,
        clusterName: 'c',
        namespace: 'default',
      },
      clock: this.clock,
      signal: this.#stop.signal,
      doing: (text) => {
        this.doing = text;
      },
      log: (level, message) => {
        if (level === 'warn') this.warnings.push(message);
      },
    });
    this.#running = participation.run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.clock.advanceAsync(0);
    await this.#running;
  }
}

const old = { ageMs: 2 * youngMs };
const young = { ageMs: 60_000 };

function answer(id: number, clusterId: string): IdentifyAnswer {
  const hello = { id, uuid: `u${id}`, clusterId, generation: 1, promiseMs: 150 } as IdentifyAnswer['hello'];
  return { hello, empty: clusterId === '', term: 0, leaderId: 0, leaderSeenMsAgo: -1, lastIndex: 0, commit: 0 };
}

describe('an empty replica that finds no record', () => {
  it.each([
    { of: 'a young set', set: young, dataDir: '/data' },
    { of: 'an old set, in memory', set: old, dataDir: undefined },
  ])(
    'of $of, whose peers are silent, founds after a leader would have written the record',
    async ({ set, dataDir }) => {
      await using newcomer = new Newcomer(set);
      newcomer.start(dataDir);
      await newcomer.clock.advanceAsync(39_000);
      expect(newcomer.founded).toBeUndefined();
      expect(newcomer.doing).toContain(
        'there is no record ConfigMap default/raft-c yet; of the replicas 0, 1, 2, silent: 1, 2',
      );
      await newcomer.clock.advanceAsync(5_000);
      expect(newcomer.founded).toMatchObject({ generation: 1, configuration: { voters: [{ id: 1, uuid: 'u1' }] } });
      expect((await newcomer.records.read(new AbortController().signal))?.record.founder).toEqual({
        id: 1,
        uuid: 'u1',
      });
    },
  );

  it('of an old set with disks, whose peers are silent, founds nothing until a person agrees', async () => {
    await using newcomer = new Newcomer(old);
    newcomer.start('/data');
    await newcomer.clock.advanceAsync(600_000);
    expect(newcomer.founded).toBeUndefined();
    expect(newcomer.warnings).toContain(
      'raft: no cluster record, and nobody to ask; start the silent replicas, or run the command',
    );
    await newcomer.records.vacate(new AbortController().signal);
    await newcomer.clock.advanceAsync(5_000);
    expect(newcomer.founded).toMatchObject({ generation: 1 });
  });

  it('founds as soon as a majority says that it is empty, too', async () => {
    await using newcomer = new Newcomer(old);
    newcomer.start('/data');
    await newcomer.clock.advanceAsync(20_000);
    newcomer.answers = new Map([[3, answer(3, '')]]);
    await newcomer.clock.advanceAsync(5_000);
    expect(newcomer.founded).toMatchObject({ generation: 1 });
  });

  it('asks a cluster that it hears of to let it in, for ever, and founds nothing', async () => {
    await using newcomer = new Newcomer(young);
    newcomer.answers = new Map([
      [2, answer(2, '')],
      [3, answer(3, 'living')],
    ]);
    newcomer.start(undefined);
    await newcomer.clock.advanceAsync(120_000);
    expect(newcomer.founded).toBeUndefined();
    expect(newcomer.asked.length).toBeGreaterThan(10);
    expect(new Set(newcomer.asked)).toEqual(new Set([3]));
  });

  it('counts no time in which the API server was away: nobody could write the record', async () => {
    await using newcomer = new Newcomer(young);
    newcomer.start('/data');
    await newcomer.clock.advanceAsync(30_000);
    newcomer.api.down = true;
    await newcomer.clock.advanceAsync(60_000);
    newcomer.api.down = false;
    await newcomer.clock.advanceAsync(39_000);
    expect(newcomer.founded).toBeUndefined();
    await newcomer.clock.advanceAsync(5_000);
    expect(newcomer.founded).toBeDefined();
  });
});
