/**
 * What an operator process survives, over real sockets: a restarted server, expired history, bad streams, throttling,
 * and its own misbehaving reconciles. During each, SIGTERM ends it in time, and the next start converges.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp } from './fixtures/web-app.ts';
import { OperatorProcess } from './operator-process.ts';
import { paths, type TestCluster, type Thing } from './test-cluster.ts';
import { startWithWebApps } from './web-apps.ts';

const DRAIN_LIMIT_MS = 5_000 + 5_000; // the guarantee, and a busy machine
const STOP_LIMIT_MS = 25_000 + 5_000;

let cluster: TestCluster;
let operator: OperatorProcess;

beforeEach(async () => {
  cluster = await startWithWebApps();
});

afterEach(async () => {
  await operator[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

function start(env: Readonly<Record<string, string>> = {}): OperatorProcess {
  operator = new OperatorProcess('./fixtures/operator-main.ts', { KUBECONFIG: cluster.kubeconfig, ...env });
  return operator;
}

const imageOf = (deployment: Thing | undefined): unknown =>
  (deployment?.['spec'] as { template: { spec: { containers: { image: string }[] } } } | undefined)?.template.spec
    .containers[0]?.image;

const has =
  (...names: string[]) =>
  (all: ReadonlyMap<string, Thing>): boolean =>
    names.every((name) => all.has(name));

const runs =
  (name: string, image: string) =>
  (all: ReadonlyMap<string, Thing>): boolean =>
    imageOf(all.get(name)) === image;

/** Both children of each name exist. */
async function converges(...names: string[]): Promise<void> {
  await cluster.until(paths.deployments, has(...names));
  await cluster.until(paths.services, has(...names));
}

interface Scenario {
  readonly what: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Causes the trouble; the result ends it. */
  readonly cause: () => Promise<() => Promise<void> | void>;
  readonly stopLimitMs?: number;
}

const nothing = (): void => {};
const createBad = async (): Promise<() => void> => {
  await cluster.create(paths.webapps, webApp('bad'));
  return nothing;
};

const scenarios: readonly Scenario[] = [
  {
    what: 'a server restart in mid-watch',
    cause: async () => {
      await cluster.restart();
      return nothing;
    },
  },
  {
    what: 'expired history (410)',
    cause: async () => {
      cluster.api.compact();
      cluster.api.closeWatches();
      await cluster.create(paths.webapps, webApp('meanwhile'));
      cluster.api.compact();
      return nothing;
    },
  },
  {
    what: 'slow streams',
    cause: async () => {
      const fault = cluster.api.inject({ verb: 'watch' }, { slow: { bytes: 40, everyMs: 1 } });
      cluster.api.closeWatches();
      return () => fault.remove();
    },
  },
  {
    what: 'truncated streams',
    cause: async () => {
      const fault = cluster.api.inject({ verb: 'watch' }, { truncate: 100, times: 3 });
      cluster.api.closeWatches();
      return () => fault.remove();
    },
  },
  {
    what: '429 with Retry-After',
    cause: async () => {
      const fault = cluster.api.inject({ verb: 'patch' }, { status: 429, retryAfter: 1, times: 3 });
      return () => fault.remove();
    },
  },
  { what: 'a reconcile that throws', env: { BEHAVE: 'throw' }, cause: createBad },
  { what: 'a reconcile that hangs', env: { BEHAVE: 'hang' }, cause: createBad },
  { what: 'a reconcile that never stops requeueing', env: { BEHAVE: 'spin' }, cause: createBad },
  {
    what: 'a reconcile that ignores its signal',
    env: { BEHAVE: 'ignore-signal' },
    cause: createBad,
    stopLimitMs: STOP_LIMIT_MS,
  },
];

describe.each(scenarios)('$what', ({ env = {}, cause, stopLimitMs = DRAIN_LIMIT_MS }) => {
  it('does not keep other objects from converging, nor the process from ending; the next start goes on', async () => {
    await start(env).leads();
    await cluster.create(paths.webapps, webApp('first'));
    await converges('first');
    const end = await cause();
    await cluster.create(paths.webapps, webApp('second'));
    await converges('first', 'second');
    const { code, afterMs } = await operator.stop();
    expect({ code, inTime: afterMs < stopLimitMs }).toEqual({ code: 0, inTime: true });
    await end();
    const present = [...(await cluster.until(paths.webapps, has('second'))).keys()];
    start();
    await converges(...present);
  }, 120_000);
});

describe('edits and incarnations', () => {
  it('settles on the later of two quick edits', async () => {
    await start().leads();
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.patch(`${paths.webapps}/a`, { spec: { image: 'nginx:2' } });
    await cluster.patch(`${paths.webapps}/a`, { spec: { image: 'nginx:3' } });
    const children = await cluster.until(paths.deployments, runs('a', 'nginx:3'));
    expect(children.size).toBe(1);
  }, 120_000);

  it('gives a re-created object under one name its own children', async () => {
    await start().leads();
    const first = await cluster.create(paths.webapps, webApp('a'));
    await converges('a');
    await cluster.delete(`${paths.webapps}/a`);
    await cluster.until(paths.webapps, (all) => !all.has('a'));
    const second = await cluster.create(paths.webapps, webApp('a', 'nginx:9'));
    const children = await cluster.until(
      paths.deployments,
      (all) => all.get('a')?.metadata.ownerReferences?.some(({ uid }) => uid === second.metadata.uid) === true,
    );
    expect(imageOf(children.get('a'))).toBe('nginx:9');
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
  }, 120_000);
});

describe('SIGTERM in the middle', () => {
  const ended: { readonly code: number | null; readonly inTime: boolean }[] = [];
  const stop = async (): Promise<void> => {
    const { code, afterMs } = await operator.stop();
    ended.push({ code, inTime: afterMs < DRAIN_LIMIT_MS });
  };
  beforeEach(() => void ended.splice(0));

  it('of an outage of the API server, with work left to do', async () => {
    await start().leads();
    await cluster.create(paths.webapps, webApp('a'));
    await converges('a');
    await cluster.create(paths.webapps, webApp('b'));
    await cluster.restart(stop);
    expect(ended).toEqual([{ code: 0, inTime: true }]);
    start();
    await converges('a', 'b');
  }, 120_000);

  it('of two quick edits', async () => {
    await start().leads();
    await cluster.create(paths.webapps, webApp('a'));
    await converges('a');
    await cluster.patch(`${paths.webapps}/a`, { spec: { image: 'nginx:2' } });
    await cluster.patch(`${paths.webapps}/a`, { spec: { image: 'nginx:3' } });
    await stop();
    expect(ended).toEqual([{ code: 0, inTime: true }]);
    start();
    expect((await cluster.until(paths.deployments, runs('a', 'nginx:3'))).size).toBe(1);
  }, 120_000);

  it('of a deletion, and of a re-creation under the same name', async () => {
    await start().leads();
    await cluster.create(paths.webapps, webApp('a'));
    await converges('a');
    await cluster.delete(`${paths.webapps}/a`);
    await stop();
    await start().leads();
    await cluster.until(paths.webapps, (all) => !all.has('a'));
    const { metadata } = await cluster.create(paths.webapps, webApp('a', 'nginx:9'));
    await stop();
    expect(ended).toEqual(Array.from({ length: 2 }, () => ({ code: 0, inTime: true })));
    start();
    const children = await cluster.until(paths.deployments, runs('a', 'nginx:9'));
    expect(children.get('a')?.metadata.ownerReferences).toMatchObject([{ uid: metadata.uid }]);
  }, 120_000);
});

describe('5,000 WebApps created at once', () => {
  const count = 5_000;
  const created = async (): Promise<void> => {
    for (let from = 0; from < count; from += 250) {
      await Promise.all(
        Array.from({ length: 250 }, (_, i) => cluster.create(paths.webapps, webApp(`app-${from + i}`))),
      );
    }
  };

  it('all get their children, although SIGTERM interrupts the first process', async () => {
    const first = start();
    await first.leads();
    await created();
    const { code, afterMs } = await first.stop();
    expect({ code, inTime: afterMs < DRAIN_LIMIT_MS }).toEqual({ code: 0, inTime: true });
    start();
    const children = await cluster.until(paths.deployments, (all) => all.size === count, 200_000);
    await cluster.until(paths.services, (all) => all.size >= count, 60_000);
    expect(children.size).toBe(count);
  }, 300_000);
});
