/** Handlers that throw or return what no author means to: each costs its own object some retries, and nothing else. */
import { Action, Operator, pinoLogger } from '@k8sop/operator';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp, WebApp } from './fixtures/web-app.ts';
import { Tally } from './tally.ts';
import { paths, type TestCluster } from './test-cluster.ts';
import { startWithWebApps } from './web-apps.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startWithWebApps();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const unreadable = (): Error =>
  Object.defineProperty(new Error('x'), 'message', {
    enumerable: true,
    get: () => {
      throw new Error('do not look');
    },
  });

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

// oxlint-disable-next-line typescript/prefer-promise-reject-errors -- on purpose
const fails = (thrown: unknown) => (): Promise<Action> => Promise.reject(thrown);

const throwing: Readonly<Record<string, () => Promise<Action>>> = {
  nothing: fails(undefined),
  text: fails('no disk'),
  frozen: fails(Object.freeze(new Error('frozen'))),
  unreadable: fails(unreadable()),
  revoked: fails(revoked()),
};

const behave = (name: string): Promise<Action> => throwing[name]?.() ?? Promise.resolve(Action.awaitChange());

const returning: Readonly<Record<string, unknown>> = {
  null: null,
  number: 5,
  nan: { type: 'requeue', afterMs: Number.NaN },
  negative: { type: 'requeue', afterMs: -1 },
  endless: { type: 'requeue', afterMs: Number.POSITIVE_INFINITY },
};

/** Runs an operator with the real logger until `during` is over; resolves with its lines. */
async function logOf(operator: Operator<typeof WebApp, never>, during: () => Promise<unknown>): Promise<string> {
  let text = '';
  const stop = new AbortController();
  const destination = { write: (line: string): void => void (text += line) };
  const running = operator
    .logger(pinoLogger(pino({}, destination)))
    .errorRequeue('250ms')
    .probes(false)
    .run({ kubeconfig: cluster.kubeconfig, signal: stop.signal });
  try {
    await during();
  } finally {
    stop.abort(new Error('the test is over'));
    await running;
  }
  return text;
}

/** Resolves once every name was tried twice. */
async function triedTwice(runs: Tally<string>, names: readonly string[]): Promise<void> {
  const twice = (): boolean => names.every((name) => runs.seen.filter((seen) => seen === name).length > 1);
  while (!twice()) await runs.atLeast(runs.seen.length + 1);
}

describe('what a handler throws', () => {
  it('may be anything: it is logged and tried again, and the others go on', async () => {
    const runs = new Tally<string>();
    const operator = new Operator(WebApp).reconcile(async ({ name }) => {
      runs.add(name);
      return behave(name);
    });
    const names = Object.keys(throwing);
    const log = await logOf(operator, async () => {
      await Promise.all(names.map((name) => cluster.create(paths.webapps, webApp(name))));
      await triedTwice(runs, names);
      await cluster.create(paths.webapps, webApp('good'));
      while (!runs.seen.includes('good')) await runs.atLeast(runs.seen.length + 1);
    });
    for (const name of names) expect(log).toMatch(new RegExp(`"key":"default/${name}".*"msg":"run failed"`));
    expect(log).toContain('the handler threw undefined, which is no Error');
    expect(log).toContain('"message":"frozen"');
  }, 30_000);
});

describe('what a handler returns', () => {
  it('must be an Action or nothing: anything else is an error that says so', async () => {
    const runs = new Tally<string>();
    const operator = new Operator(WebApp).reconcile(async ({ name }) => {
      runs.add(name);
      return returning[name] as Action;
    });
    const names = Object.keys(returning);
    const log = await logOf(operator, async () => {
      await Promise.all(names.map((name) => cluster.create(paths.webapps, webApp(name))));
      await triedTwice(runs, names);
    });
    expect(log).toContain('the handler returned null; return Action.requeue');
    expect(log).toContain('the handler returned a number; return Action.requeue');
    expect(log).toContain('the handler returned an Action with a delay of NaN ms; return Action.requeue');
  }, 30_000);

  it('lets no object go when onDelete returns no Action', async () => {
    const runs = new Tally<string>();
    const operator = new Operator(WebApp)
      .reconcile(async () => Action.awaitChange())
      .onDelete(async ({ name }) => {
        runs.add(name);
        return returning[name] as Action;
      });
    const names = Object.keys(returning);
    await logOf(operator, async () => {
      const held = (count: number) => (all: ReadonlyMap<string, { metadata: { finalizers?: readonly string[] } }>) =>
        [...all.values()].filter(({ metadata }) => metadata.finalizers !== undefined).length === count;
      await Promise.all(names.map((name) => cluster.create(paths.webapps, webApp(name))));
      await cluster.until(paths.webapps, held(names.length));
      await Promise.all(names.map((name) => cluster.delete(`${paths.webapps}/${name}`)));
      await triedTwice(runs, names);
    });
    expect(await cluster.list(paths.webapps)).toHaveLength(names.length);
  }, 30_000);
});
