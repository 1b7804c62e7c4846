/**
 * Stories of a disk that runs full, told by a process that has a small file system of its own and may fill it to the last byte.
 * `node full-disk-node.ts STORY DIRECTORY` prints what happened as one line of JSON.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configurationOf, type Entry, type LogStore, type SnapshotRef } from '@k8sop/raft-core';
import { lastReserveBytes } from '../src/disk-space.ts';
import { type Content, entry, openStore, reopen, signal } from './data-directory.ts';

const [, , story = '', root = ''] = process.argv;
const directory = join(root, 'data');
const filler = join(root, 'filler');
const pieceBytes = 16 * 1024;
const mebibyte = 1024 * 1024;
const metaAt = (index: number): Parameters<LogStore['createSnapshot']>[0] => ({
  index,
  term: 1,
  configuration: configurationOf([{ id: 1, uuid: 'u1' }]),
  timing: null,
});

/** Takes all room but `keepBytes`, at once: nothing of the store runs meanwhile. */
function fillDisk(keepBytes = 0): void {
  const file = openSync(filler, 'w');
  try {
    for (const block = Buffer.alloc(pieceBytes); ; ) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    ftruncateSync(file, Math.max(0, fstatSync(file).size - keepBytes));
  } finally {
    closeSync(file);
  }
}

function freeDisk(): void {
  rmSync(filler, { force: true });
}

/** What a write came to: `done`, or the code of its refusal. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function append(store: LogStore, entries: readonly Entry[]): Promise<void> {
  return store.append({ truncateFrom: 0, entries, commit: 0 }, { signal });
}

function vote(store: LogStore, term: number): Promise<void> {
  return store.saveHardState({ term, vote: 1, promiseMs: 150 }, { signal });
}

function piece(index: number): Entry {
  return { ...entry(index, 1), data: Buffer.alloc(pieceBytes, `piece ${index} `) };
}

/** Appends pieces from `from` on until one is refused. */
async function appendUntilRefused(store: LogStore, from: number): Promise<{ acknowledged: number; refusal: string }> {
  for (let index = from; ; index++) {
    const outcome = await outcomeOf(append(store, [piece(index)]));
    if (outcome !== 'done') return { acknowledged: index - 1, refusal: outcome };
  }
}

/** Content without the text of the pieces, which is long. */
function brief(content: Content | { readonly refused: string }): unknown {
  if ('refused' in content) return content;
  const whole = content.entries.filter((text, i) => i === 0 || text.includes(`piece ${i + 1} `)).length;
  return { lastIndex: content.state.lastIndex, term: content.state.hardState.term, whole };
}

function own(store: LogStore, content: Buffer): Promise<SnapshotRef> {
  return (async () => {
    await using sink = await store.createSnapshot(metaAt(1), { signal });
    for (let at = 0; at < content.byteLength; at += 32 * 1024) {
      await sink.write(content.subarray(at, at + 32 * 1024), { signal });
    }
    return await sink.finish({ signal });
  })();
}

const stories: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Somebody else takes the last byte after the store looked: a write fails half-way. */
  async 'taken-meanwhile'() {
    const store = await openStore(directory);
    await vote(store, 1);
    await append(store, [entry(1, 1)]);
    fillDisk(10 * pieceBytes);
    const { acknowledged, refusal } = await appendUntilRefused(store, 2);
    freeDisk();
    const afterwards = await outcomeOf(append(store, [piece(acknowledged + 1)]));
    const vote2 = await outcomeOf(vote(store, 2));
    fillDisk();
    await store[Symbol.asyncDispose]();
    const whileFull = [await reopen(directory), await reopen(directory)];
    const files = readdirSync(directory).sort();
    freeDisk();
    const found = brief(await reopen(directory));
    return { acknowledged, refusal, afterwards, vote2, whileFull, files, found };
  },

  /** The process may write no longer file: no word of it from the file system. */
  async 'file-limit'() {
    const store = await openStore(directory);
    await vote(store, 1);
    await append(store, [entry(1, 1)]);
    const { acknowledged, refusal } = await appendUntilRefused(store, 2);
    const afterwards = await outcomeOf(append(store, [entry(acknowledged + 1, 1)]));
    await store[Symbol.asyncDispose]();
    return { acknowledged, refusal, afterwards };
  },

  /** The store sees it coming. */
  async 'own-growth'() {
    const store = await openStore(directory);
    await vote(store, 1);
    await append(store, [entry(1, 1)]);
    const { acknowledged, refusal } = await appendUntilRefused(store, 2);
    const still = {
      vote: await outcomeOf(vote(store, 2)),
      snapshot: await outcomeOf(own(store, Buffer.alloc(mebibyte, 'state'))),
      compact: await outcomeOf(store.compact(2, { signal })),
    };
    fillDisk(lastReserveBytes / 2);
    const never = {
      append: await outcomeOf(append(store, [piece(acknowledged + 1)])),
      vote: await outcomeOf(vote(store, 3)),
      snapshot: await outcomeOf(own(store, Buffer.alloc(mebibyte, 'state'))),
    };
    freeDisk();
    const { lastIndex, hardState } = await store.load({ signal });
    await store[Symbol.asyncDispose]();
    const again = await openStore(directory);
    const found = await again.load({ signal });
    await again[Symbol.asyncDispose]();
    return {
      acknowledged,
      refusal,
      still,
      never,
      lastIndex,
      term: hardState.term,
      found: { lastIndex: found.lastIndex, term: found.hardState.term, snapshot: found.snapshot?.index },
    };
  },

  /** Entries are removed while somebody else takes the last byte: what is appended behind half a record would be lost. */
  async 'removal-fails'() {
    const store = await openStore(directory);
    await vote(store, 1);
    const count = 20_000;
    await append(
      store,
      Array.from({ length: count }, (_, i) => entry(i + 1, 1)),
    );
    await using sink = await store.createSnapshot(metaAt(count - 1), { signal });
    await sink.write(Buffer.from('state'), { signal });
    await sink.finish({ signal });
    await store.compact(count, { signal });
    fillDisk(); // before the removal, begun with the answer, wrote anything
    let outcome = 'done';
    while (outcome !== 'STORAGE_FAILED') {
      outcome = await outcomeOf(vote(store, 2)); // looks first, and finds no room, until the removal has failed
      await sleep(5);
    }
    freeDisk();
    const afterwards = await outcomeOf(append(store, [entry(count + 1, 1)]));
    await store[Symbol.asyncDispose]();
    const again = await openStore(directory);
    const { firstIndex, lastIndex } = await again.load({ signal });
    const goesOn = await outcomeOf(append(again, [entry(count + 1, 1)]));
    await again[Symbol.asyncDispose]();
    return { afterwards, firstIndex, lastIndex, goesOn };
  },

  /** An own snapshot and one that is received, each cut short. */
  async snapshots() {
    const content = Buffer.alloc(2 * mebibyte, 'the state of the machine, ');
    const store = await openStore(directory);
    await vote(store, 1);
    await append(store, [entry(1, 1)]);
    const announced = await own(store, content);
    const names = (): string[] => readdirSync(join(directory, 'snapshots')).sort();
    const source = await store.openSnapshot(announced, { signal });
    const bytes = await source.read(0, 64 * 1024, { signal });
    await source[Symbol.asyncDispose]();

    const sink = await store.createSnapshot(metaAt(1), { signal });
    await sink.write(content.subarray(0, 640 * 1024), { signal });
    fillDisk();
    const ownRefused = [
      await outcomeOf(sink.write(content.subarray(640 * 1024), { signal })),
      await outcomeOf(sink.write(content.subarray(0, 10), { signal })),
    ];
    await sink[Symbol.asyncDispose]();
    const left = names().length;
    freeDisk();
    const goesOn = await outcomeOf(append(store, [entry(2, 1)]));

    const other = join(root, 'other');
    const follower = await openStore(other);
    await vote(follower, 1);
    const partial = await follower.receiveSnapshot(announced, { signal });
    await partial.write(content.subarray(0, 128 * 1024), { signal });
    fillDisk();
    const receivedRefused = await fillSink(partial, content);
    await partial[Symbol.asyncDispose]();
    freeDisk();
    const rest = await follower.receiveSnapshot(announced, { signal });
    const resumedAt = rest.sizeBytes;
    await rest.write(content.subarray(resumedAt), { signal });
    const finished = await outcomeOf(rest.finish({ signal }));
    const installed = await outcomeOf(follower.installSnapshot(announced, { signal }));
    await follower[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    const kept = brief(await reopen(directory));
    const received = await reopen(other);
    return {
      firstBytes: bytes.byteLength,
      ownRefused,
      left,
      goesOn,
      receivedRefused,
      resumed: resumedAt >= 128 * 1024 && resumedAt < content.byteLength,
      finished,
      installed,
      kept,
      receivedLast: 'state' in received ? received.state.lastIndex : received,
    };
  },

  /** The very first open. */
  async 'first-open'() {
    fillDisk();
    const whileFull = [await reopen(directory), await reopen(directory)];
    freeDisk();
    return { whileFull, found: brief(await reopen(directory)) };
  },
};

/** Writes the rest in small chunks until one is refused. */
async function fillSink(sink: Awaited<ReturnType<LogStore['receiveSnapshot']>>, content: Buffer): Promise<string> {
  while (sink.sizeBytes < content.byteLength) {
    const outcome = await outcomeOf(
      sink.write(content.subarray(sink.sizeBytes, sink.sizeBytes + 64 * 1024), { signal }),
    );
    if (outcome !== 'done') return outcome;
  }
  return 'done';
}

const tell = stories[story];
if (tell === undefined) throw new Error(`no story ${story}; there are ${Object.keys(stories).join(', ')}`);
process.stdout.write(`${JSON.stringify(await tell())}\n`);
