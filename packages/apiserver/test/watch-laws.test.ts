/** What a watcher may rely on, checked on random histories: it rebuilds the server's state from events alone. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { configMap, type WatchEvent } from './api-client.ts';
import { serveTests } from './serve-tests.ts';

const { client } = await serveTests();
const path = '/api/v1/namespaces/default/configmaps';
const selector = 'labelSelector=on%3Dyes';
const marker = configMap('zz-marker', {}, { labels: { on: 'yes' } });

type Step = readonly [name: string, action: 'put' | 'delete', on: 'yes' | 'no'];
const steps = fc.array(
  fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('put', 'put', 'delete'), fc.constantFrom('yes', 'no')),
  { minLength: 1, maxLength: 15 },
) as fc.Arbitrary<Step[]>;

let edits = 0;

async function play([name, action, on]: Step): Promise<void> {
  const labels = { on };
  const acts = {
    delete: () => client.delete(`${path}/${name}`),
    put: async () => {
      const changed = await client.merge(`${path}/${name}`, { metadata: { labels }, data: { n: `${edits++}` } });
      return changed.status === 404 ? client.create(path, configMap(name, { n: `${edits++}` }, { labels })) : changed;
    },
  };
  await acts[action]();
}

/** The objects a watcher believes in after these events, and whether each event fitted what it knew. */
function rebuild(known: Map<string, string>, events: readonly WatchEvent[]): void {
  let last = 0;
  for (const { type, object } of events) {
    const { name, resourceVersion } = object.metadata;
    expect(Number(resourceVersion)).toBeGreaterThan(last);
    last = Number(resourceVersion);
    expect(known.has(name)).toBe(type !== 'ADDED');
    if (type === 'DELETED') known.delete(name);
    else known.set(name, resourceVersion);
  }
}

async function listed(): Promise<{ state: Map<string, string>; revision: string }> {
  const { body } = await client.get(`${path}?${selector}`);
  const entries = body.items.map((item: WatchEvent['object']) => [item.metadata.name, item.metadata.resourceVersion]);
  return { state: new Map(entries), revision: body.metadata.resourceVersion };
}

it('rebuilds the listed state from events, also across a reconnect, without loss, repeat or disorder', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, async (before, after) => {
      const start = await listed();
      const known = new Map(start.state);
      const watch = (revision: string) => client.watch(`${path}?watch=1&${selector}&resourceVersion=${revision}`);
      const first = await watch(start.revision);
      for (const step of before) await play(step);
      await client.create(path, marker);
      const events = await takeUntilMarker(first);
      first.close();
      rebuild(known, events);
      await client.delete(`${path}/zz-marker`);
      for (const step of after) await play(step);
      const second = await watch(events.at(-1)?.object.metadata.resourceVersion);
      await client.create(path, marker);
      rebuild(known, [...(await second.take(1)), ...(await takeUntilMarker(second))]);
      second.close();
      expect(known).toEqual((await listed()).state);
      await client.delete(`${path}/zz-marker`);
    }),
    { numRuns: 25 },
  );
});

async function takeUntilMarker(stream: { take(count: number): Promise<WatchEvent[]> }): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  do events.push(...(await stream.take(1)));
  while (events.at(-1)?.object.metadata.name !== 'zz-marker' || events.at(-1)?.type !== 'ADDED');
  return events;
}
