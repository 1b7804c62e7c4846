/**
 * How fast is the pure core? Three nodes in memory, 64-byte entries, storage and network instantly done: entries
 * committed and applied on all nodes per second, by batch size. Then the log tail alone: appends per second and heap
 * per entry. A regression here means that a hot path allocates or scans more than it did.
 *
 * Run: `npm run bench -- raft-core [--json]`
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { configurationOf, createEffects, createRaftCore, encodeConfiguration, type RaftCore } from '@k8sop/raft-core';
import { LogTail } from '../src/core/log/log-tail.ts';

const batches = [1, 16, 64, 256];
const rounds = 5;
const voters = [1, 2, 3].map((id) => ({ id, uuid: `u${id}` }));

function createCluster(): RaftCore[] {
  const data = encodeConfiguration(configurationOf(voters));
  const entries = [{ index: 1, term: 1, type: 'configuration', data }] as const;
  const stored = { hardState: { term: 1, vote: 0, promiseMs: 0 }, snapshot: null, entries, firstIndex: 1, commit: 1 };
  return voters.map(({ id, uuid }) => createRaftCore({ id, uuid, stored, seed: 1, nowMs: 0 }));
}

/** Runs all effects until nothing is left; storage and network take no time. */
function settle(cores: readonly RaftCore[], nowMs: number): void {
  const effects = createEffects();
  let moved = true;
  while (moved) {
    moved = false;
    for (const core of cores) {
      while (core.drain(effects)) {
        moved = true;
        const { sendNow, sendAfterPersist, persistToken, applyTo, appendFrom, appendTo } = effects;
        if (appendFrom > 0) core.entries(appendFrom, appendTo);
        deliver(cores, sendNow, nowMs);
        if (persistToken !== null) core.step({ type: 'persisted', token: persistToken }, nowMs);
        deliver(cores, sendAfterPersist, nowMs);
        if (applyTo > 0) core.step({ type: 'applied', index: applyTo }, nowMs);
      }
    }
  }
}

function deliver(
  cores: readonly RaftCore[],
  messages: ReturnType<typeof createEffects>['sendNow'],
  nowMs: number,
): void {
  for (const message of messages) {
    const senderUuid = voters[message.from - 1]?.uuid ?? '';
    cores[message.to - 1]?.step({ type: 'message', message, senderUuid }, nowMs);
  }
}

function entriesPerSecond(batch: number): number {
  const cores = createCluster();
  settle(cores, 0);
  cores[0]?.step({ type: 'campaign' }, 200);
  settle(cores, 200);
  const [leader] = cores;
  const payload = new Uint8Array(64);
  const commands = Array.from({ length: batch }, () => payload);
  const total = 100_000;
  let nowMs = 200;
  const startNs = process.hrtime.bigint();
  for (let done = 0; done < total; done += batch) {
    nowMs += 0.1;
    leader?.step({ type: 'propose', commands }, nowMs);
    settle(cores, nowMs);
  }
  for (let tick = 0; tick < 3; tick++) leader?.step({ type: 'tick', lateMs: 0 }, nowMs);
  settle(cores, nowMs);
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
  const applied = Math.min(...cores.map((core) => core.commit));
  if (applied < total) throw new Error(`only ${applied} of ${total} entries were committed`);
  return Math.round(total / seconds);
}

function tailAppendsPerSecond(): number {
  const tail = new LogTail(0, 0);
  const data = new Uint8Array(64);
  const total = 2_000_000;
  const startNs = process.hrtime.bigint();
  for (let i = 0; i < total; i++) tail.append(1, 1, data);
  return Math.round(total / (Number(process.hrtime.bigint() - startNs) / 1e9));
}

/** Heap and array buffers of the tail itself; the entries share one payload. */
function bytesPerEntry(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const total = 2_000_000;
  const data = new Uint8Array(64);
  collect();
  const before = process.memoryUsage();
  const tail = new LogTail(0, 0);
  for (let i = 0; i < total; i++) tail.append(1, 1, data);
  collect();
  const after = process.memoryUsage();
  const used = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  return tail.lastIndex === total ? Math.round((used / total) * 10) / 10 : Number.NaN;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function measure(run: () => number): number {
  run();
  return median(Array.from({ length: rounds }, run));
}

const entries = Object.fromEntries(batches.map((batch) => [batch, measure(() => entriesPerSecond(batch))]));
const report = {
  bench: 'raft-core',
  node: process.version,
  nodes: 3,
  entryBytes: 64,
  rounds,
  entriesPerSecond: entries,
  tailAppendsPerSecond: measure(tailAppendsPerSecond),
  tailBytesPerEntry: bytesPerEntry(),
};
if (!process.argv.includes('--json')) {
  for (const [batch, rate] of Object.entries(entries)) console.log(`batch ${batch.padStart(3)}: ${rate} entries/s`);
  console.log(`log tail: ${report.tailAppendsPerSecond} appends/s, ${report.tailBytesPerEntry} B per entry`);
}
console.log(JSON.stringify(report));
