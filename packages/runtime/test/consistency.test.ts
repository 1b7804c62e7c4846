/** Properties of the consistency layer over random interleavings of writes, answers and events. */
import { setImmediate as settle } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsistentWriter } from '../src/cache/consistent-writer.ts';
import type { Change, Informer } from '../src/cache/informer.ts';
import { OwnWrites } from '../src/cache/own-writes.ts';
import { SharedInformers } from '../src/cache/shared-informers.ts';
import { seededRandom } from '../src/random.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { NAMESPACE, OWN_MANAGER, SimulatedCluster, type Thing, thing, thingKind } from './simulated-cluster.ts';

/** More cases for a thorough run: `K8SOP_PROPERTY_RUNS=100000 vitest run packages/runtime/test/consistency.test.ts`. */
const runs = Number(process.env['K8SOP_PROPERTY_RUNS'] ?? 2_000);
const NAMES = ['a', 'b'] as const;

type Action =
  | 'apply'
  | 'delete'
  | 'foreign-write'
  | 'foreign-takes-own'
  | 'foreign-delete'
  | 'foreign-create'
  | 'commit'
  | 'answer'
  | 'lose'
  | 'deliver'
  | 'bookmark'
  | 'expire'
  | 'wait';

interface Step {
  readonly action: Action;
  readonly pick: number;
}

/** What reached the controller behind its own-event window. */
interface Dispatch {
  readonly type: Change<Thing>['type'];
  readonly uid: string;
  readonly version: number;
}

/** An own write whose answer arrived. */
interface Answered {
  readonly name: string;
  readonly uid: string;
  readonly version: number;
}

class Run {
  readonly cluster = new SimulatedCluster();
  readonly dispatched: Dispatch[] = [];
  readonly answered: Answered[] = [];
  readonly violations: string[] = [];
  readonly #clock = new ManualClock();
  readonly #ownWrites = new OwnWrites({ clock: this.#clock });
  readonly #informers = new SharedInformers({
    client: this.cluster,
    clock: this.#clock,
    random: seededRandom(1),
    ownManagers: new Set([OWN_MANAGER]),
  });
  readonly #writer = new ConsistentWriter({
    client: this.cluster,
    informers: this.#informers,
    ownWrites: this.#ownWrites,
  });
  readonly informer: Informer<Thing>;
  /** Incarnations the stream or a list ever showed. */
  readonly shownUids = new Set<string>();
  readonly #deletedByUs = new Set<string>();
  readonly #applying = new Set<string>();
  readonly #goneUids = new Set<string>();

  constructor() {
    this.informer = this.#informers.acquire({ kind: thingKind }).informer;
    this.informer.addHandler((change) => this.#observe(change));
    this.informer.addHandler(
      this.#ownWrites.filter('controller', thingKind, ({ type, object }) => {
        const { uid = '', resourceVersion } = object.metadata;
        this.dispatched.push({ type, uid, version: Number(resourceVersion) });
      }),
    );
  }

  /** The first list is in; what it delivered is no change. */
  async start(): Promise<void> {
    await this.#finishRequests();
    this.dispatched.length = 0;
  }

  async step(step: Step): Promise<void> {
    const name = NAMES[step.pick % 2] as string;
    const { cluster } = this;
    const actions: Record<Action, () => void> = {
      apply: () => void this.#apply(name, `v${step.pick % 3}`),
      delete: () => void this.#delete(name),
      'foreign-write': () => cluster.foreignWrite(name),
      'foreign-takes-own': () => cluster.foreignTakesOwn(name),
      'foreign-delete': () => cluster.foreignDelete(name),
      'foreign-create': () => cluster.foreignCreate(name),
      commit: () => cluster.commit(step.pick),
      answer: () => cluster.answer(step.pick),
      lose: () => cluster.lose(step.pick),
      deliver: () => cluster.deliver(),
      bookmark: () => cluster.bookmark(),
      expire: () => cluster.expire(),
      wait: () => this.#clock.advance(2_100),
    };
    actions[step.action]();
    await settle();
    this.#checkReads();
  }

  /** Everything arrives. */
  async drain(): Promise<void> {
    const { cluster } = this;
    const isIdle = (): boolean =>
      cluster.watching && cluster.pendingCount === 0 && cluster.deliveredVersion === cluster.version;
    for (let round = 0; round < 200 && !isIdle(); round++) {
      await this.#finishRequests();
      cluster.deliver();
      await this.#clock.advanceAsync(100);
    }
    await this.#clock.advanceAsync(3_000);
    await this.#finishRequests();
    this.#checkReads();
  }

  heardDeleted(uid: string): boolean {
    return this.dispatched.some((dispatch) => dispatch.uid === uid && dispatch.type === 'deleted');
  }

  async stop(): Promise<void> {
    await this.#informers[Symbol.asyncDispose]();
  }

  async #finishRequests(): Promise<void> {
    for (let turn = 0; turn < 8 && this.cluster.pendingCount > 0; turn++) {
      this.cluster.commit(0);
      this.cluster.answer(0);
      await settle();
    }
  }

  /** One write per object at a time, as within one run of a reconcile that awaits each call. */
  async #apply(name: string, own: string): Promise<void> {
    if (this.#applying.has(name)) {
      return;
    }
    this.#applying.add(name);
    try {
      const { object } = await this.#writer.apply({
        kind: thingKind,
        desired: thing(name, { data: { own } }),
        fieldManager: OWN_MANAGER,
        controller: 'controller',
        onConflict: 'take',
        signal: new AbortController().signal,
      });
      const { uid = '', resourceVersion } = object.metadata;
      this.answered.push({ name, uid, version: Number(resourceVersion) });
    } catch {
      // A lost answer or a conflict after a race: the controller would run again.
    } finally {
      this.#applying.delete(name);
    }
  }

  async #delete(name: string): Promise<void> {
    try {
      const key = { namespace: NAMESPACE, name };
      const signal = new AbortController().signal;
      const { uid } = await this.#writer.delete(thingKind, key, { controller: 'controller', signal });
      // An incarnation the cache never held cannot be hidden: nobody knows when its DELETED event comes.
      if (uid !== undefined && this.shownUids.has(uid)) {
        this.#deletedByUs.add(uid);
      }
    } catch {
      // As above.
    }
  }

  /** The informer told its handlers, so the stream or a list proved it. */
  #observe(change: Change<Thing>): void {
    this.shownUids.add(change.object.metadata.uid ?? '');
    if (change.type === 'deleted') {
      this.#goneUids.add(change.object.metadata.uid ?? '');
    }
  }

  #checkReads(): void {
    for (const name of NAMES) {
      const visible = this.informer.get({ namespace: NAMESPACE, name });
      const uid = visible?.metadata.uid ?? '';
      if (visible !== undefined && this.#goneUids.has(uid)) {
        this.violations.push(`${name}: ${uid} was resurrected`);
      }
      if (visible !== undefined && this.#deletedByUs.has(uid) && this.cluster.stored(name)?.metadata.uid !== uid) {
        this.violations.push(`${name}: ${uid} is visible after its own delete`);
      }
      const last = this.answered.filter((write) => write.name === name).at(-1);
      const newest = this.answered.filter((write) => write.name === name && write.uid === last?.uid);
      const version = Math.max(0, ...newest.map((write) => write.version));
      const overtaken = this.cluster.log.some(
        ({ type, object, version: at }) =>
          object.metadata.name === name && at > version && (type === 'DELETED' || object.metadata.uid !== last?.uid),
      );
      const seen = Number(visible?.metadata.resourceVersion ?? 0);
      if (last !== undefined && seen < version && !overtaken) {
        this.violations.push(`${name}: reads show ${seen} after our write ${version}`);
      }
    }
  }
}

function steps(weights: Partial<Record<Action, number>>): fc.Arbitrary<Step[]> {
  const weighted = Object.entries(weights).map(([action, weight]) => ({
    weight,
    arbitrary: fc.record({ action: fc.constant(action as Action), pick: fc.nat(5) }),
  }));
  return fc.array(fc.oneof(...weighted), { minLength: 1, maxLength: 40, size: 'max' });
}

const everything = {
  apply: 5,
  delete: 1,
  'foreign-write': 3,
  'foreign-takes-own': 1,
  'foreign-delete': 1,
  'foreign-create': 2,
  commit: 8,
  answer: 6,
  lose: 1,
  deliver: 8,
  bookmark: 1,
  expire: 1,
  wait: 1,
} satisfies Record<Action, number>;

async function execute(plan: readonly Step[]): Promise<Run> {
  const run = new Run();
  await run.start();
  for (const step of plan) {
    await run.step(step);
  }
  await run.drain();
  await run.stop();
  return run;
}

/** Foreign writes after which the controller heard nothing about that incarnation. */
function unheardForeign(run: Run): string[] {
  return run.cluster.log
    .filter(({ foreign }) => foreign)
    .filter(({ object, version }) => !heardOf(run, object.metadata.uid ?? '', version))
    .map(({ type, object, version }) => `${type} ${object.metadata.uid ?? ''}@${version}`);
}

/** Heard at that version or later; an incarnation no list or stream ever showed cannot be heard of. */
function heardOf(run: Run, uid: string, version: number): boolean {
  const heard = run.dispatched.some(
    (dispatch) => dispatch.uid === uid && (dispatch.version >= version || dispatch.type === 'deleted'),
  );
  return heard || !run.shownUids.has(uid);
}

/** Incarnations that are gone without the controller having heard so. */
function unheardDeletions(run: Run): string[] {
  const alive = new Set(NAMES.map((name) => run.cluster.stored(name)?.metadata.uid));
  return [...run.shownUids].filter((uid) => !alive.has(uid) && !run.heardDeleted(uid));
}

describe('consistency layer (random interleavings)', () => {
  it('reads never go behind an own write, and nothing deleted comes back', async () => {
    await fc.assert(
      fc.asyncProperty(steps(everything), async (plan) => {
        const run = await execute(plan);
        expect(run.violations).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it.each([
    { mix: 'everything', weights: everything },
    {
      mix: 'lost answers, whose repetition is a no-op with a foreign version',
      weights: { apply: 6, 'foreign-write': 3, commit: 8, answer: 3, lose: 3, deliver: 1 },
    },
  ])('every foreign write reaches the controller: $mix', async ({ weights }) => {
    await fc.assert(
      fc.asyncProperty(steps(weights), async (plan) => {
        const run = await execute(plan);
        expect(unheardForeign(run)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('a deletion is never dropped', async () => {
    await fc.assert(
      fc.asyncProperty(steps(everything), async (plan) => {
        const run = await execute(plan);
        expect(unheardDeletions(run)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('own writes alone cause no run', async () => {
    const own = steps({ apply: 5, commit: 8, answer: 6, deliver: 8, bookmark: 1 });
    await fc.assert(
      fc.asyncProperty(own, async (plan) => {
        const run = await execute(plan);
        expect(run.dispatched).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('the cache ends equal to the cluster', async () => {
    await fc.assert(
      fc.asyncProperty(steps(everything), async (plan) => {
        const run = await execute(plan);
        const cached = NAMES.map((name) => run.informer.get({ namespace: NAMESPACE, name })?.metadata.resourceVersion);
        expect(cached).toEqual(NAMES.map((name) => run.cluster.stored(name)?.metadata.resourceVersion));
      }),
      { numRuns: runs },
    );
  });
});
