/**
 * What does a durable append cost beside the disk alone? One entry of 256 bytes at a time, in turns: the system's own `write`
 * and `fdatasync` at the end of a growing file, LevelDB's synced put, and the store's `append`. Then `saveHardState` back to
 * back, where each waits for the second copy of the one before. The ratios within one run are what compares between machines;
 * `append` over `level` is what this package adds. A regression here means that an append crosses the thread pool, or copies,
 * once more than it did.
 *
 * Run: `npm run bench -- raft-level [--directory DIR] [--json]`; the directory should lie on the disk that counts.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ClassicLevel } from 'classic-level';
import { openLevelLogStore } from '../src/open-level-log-store.ts';

const warmup = 50;
const samplesEach = 2_000;
const data = Buffer.alloc(256, 'v');
const { signal } = new AbortController();
const { values } = parseArgs({ options: { directory: { type: 'string' }, json: { type: 'boolean', default: false } } });
const root = mkdtempSync(join(values.directory ?? tmpdir(), 'k8sop-raft-level-'));

const file = openSync(join(root, 'bare'), 'w');
const level = new ClassicLevel<Uint8Array, Uint8Array>(join(root, 'level'), {
  keyEncoding: 'view',
  valueEncoding: 'view',
  compression: false,
});
const store = await openLevelLogStore({ directory: join(root, 'store') });
await store.saveHardState({ term: 1, vote: 1, promiseMs: 150 }, { signal });

let puts = 0;
let index = 0;
let term = 1;
const operations: Readonly<Record<string, () => Promise<void> | void>> = {
  bare() {
    writeSync(file, data);
    fdatasyncSync(file);
  },
  async level() {
    const key = Buffer.alloc(9);
    key.writeUInt32BE(++puts, 5);
    await level.put(key, data, { sync: true });
  },
  async append() {
    index += 1;
    const entries = [{ index, term: 1, type: 'command' as const, data }];
    await store.append({ truncateFrom: 0, entries, commit: index - 1 }, { signal });
  },
  async hardState() {
    term += 1;
    await store.saveHardState({ term, vote: 1, promiseMs: 150 }, { signal });
  },
};

const samples = new Map<string, number[]>(Object.keys(operations).map((name) => [name, []]));
for (const inTurns of [['bare', 'level', 'append'], ['hardState']]) {
  for (let i = 0; i < warmup + samplesEach; i++) {
    for (const name of inTurns) {
      const startMs = performance.now();
      await operations[name]?.();
      if (i >= warmup) samples.get(name)?.push(performance.now() - startMs);
    }
  }
}

await store[Symbol.asyncDispose]();
await level.close();
closeSync(file);
rmSync(root, { recursive: true, force: true });

function quantile(sorted: readonly number[], q: number): number {
  return Math.round((sorted[Math.floor(sorted.length * q)] ?? Number.NaN) * 1000) / 1000;
}

function p50Of(name: string): number {
  return quantile(
    (samples.get(name) ?? []).toSorted((a, b) => a - b),
    0.5,
  );
}

function ratio(a: number, b: number): number {
  return Math.round((a / b) * 100) / 100;
}

const measures = Object.fromEntries(
  [...samples].map(([name, times]) => {
    const sorted = times.sort((a, b) => a - b);
    const p50Ms = quantile(sorted, 0.5);
    return [name, { p50Ms, p99Ms: quantile(sorted, 0.99), overBare: ratio(p50Ms, p50Of('bare')) }];
  }),
);
if (!values.json) {
  for (const [name, { p50Ms, p99Ms, overBare }] of Object.entries(measures)) {
    console.log(`${name.padEnd(10)} p50 ${p50Ms} ms (${overBare} of the bare disk's), p99 ${p99Ms} ms`);
  }
}
const appendOverLevel = ratio(p50Of('append'), p50Of('level'));
console.log(
  JSON.stringify({
    bench: 'raft-level',
    node: process.version,
    samples: samplesEach,
    valueBytes: data.byteLength,
    appendOverLevel,
    ...measures,
  }),
);
