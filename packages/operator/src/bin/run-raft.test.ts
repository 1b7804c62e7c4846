import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelLogStore } from '@k8sop/raft-level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runRaft } from './run-raft.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k8sop-raft-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runRaft(args, { out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

describe('k8sop-raft inspect', () => {
  it('tells what a directory holds and leaves it as it was', async () => {
    const store = await openLevelLogStore({ directory });
    const { identity } = await store.load({ signal: new AbortController().signal });
    await store[Symbol.asyncDispose]();
    const before = await readdir(directory, { recursive: true });
    const { code, out } = await run('inspect', directory);
    expect([code, out]).toEqual([0, expect.stringContaining(`uuid        ${identity.uuid}`)]);
    expect(await readdir(directory, { recursive: true })).toEqual(before);
    const json = JSON.parse((await run('inspect', directory, '--json')).out) as { entryCount: number; format: string };
    expect(json).toMatchObject({ entryCount: 0, format: expect.any(String) });
  });

  it('ends with 1 and says what is damaged', async () => {
    await (await openLevelLogStore({ directory }))[Symbol.asyncDispose]();
    for (const slot of ['slot-a', 'slot-b']) await writeFile(join(directory, 'meta', slot), 'garbage');
    const { code, out } = await run('inspect', directory);
    expect([code, out]).toEqual([1, expect.stringContaining('damaged: both copies')]);
  });

  it('names a directory that is not there, and explains itself when called wrongly', async () => {
    expect(await run('inspect', join(directory, 'absent'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('absent'),
    });
    expect(await run('inspekt')).toMatchObject({ code: 2, err: expect.stringContaining('usage') });
    expect(await run('inspect', directory, '--jsn')).toMatchObject({ code: 2 });
  });
});
