/** A disk that was wiped or damaged is a new member: it never votes as the one it was (raft.md §7). */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GenesisRecord } from '../src/ha/genesis-record.ts';
import { NodeGroup } from './node-group.ts';

/** Three voters, and ordinal 0 stopped. */
async function withoutTheFirst(): Promise<{ group: NodeGroup; uuid: string }> {
  const group = await NodeGroup.open(3);
  await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal)));
  await group.membership([0, 1, 2]);
  const uuid = group.node(0).status().uuid;
  await group.stop(0);
  await group.leader();
  return { group, uuid };
}

const threeVotersWithout =
  (gone: string) =>
  ({ voters, pendingVoters }: GenesisRecord): boolean =>
    voters.length === 3 && pendingVoters === null && voters.every(({ uuid }) => uuid !== gone);

async function damage(directory: string): Promise<void> {
  for (const slot of ['slot-a', 'slot-b']) {
    const file = join(directory, 'meta', slot);
    const bytes = await readFile(file);
    bytes.fill(0, 0, 16);
    await writeFile(file, bytes);
  }
}

describe('a wiped voter', () => {
  it('alone neither votes nor founds; back among the others it is replaced by a learner, then promoted', async () => {
    const { group, uuid } = await withoutTheFirst();
    await using _group = group;
    await rm(group.dataDir(0), { recursive: true });
    const alone = group.make(
      0,
      'level',
      group.config(0, { 0: '127.0.0.1:1', 1: '127.0.0.1:1', 2: '127.0.0.1:1' }).port(0),
    );
    await alone.start();
    const joining = alone.bootstrapOrJoin({ client: group.client, signal: AbortSignal.timeout(3_000) });
    await expect(joining).rejects.toThrow('timeout');
    expect(alone.status()).toMatchObject({ term: 0, vote: 0, role: 'follower', lastIndex: 0 });
    expect(alone.status().uuid).not.toBe(uuid);
    await alone.shutdown();
    const [records] = await Promise.all([group.recordsUntil(threeVotersWithout(uuid)), group.start(0)]);
    const fresh = group.node(0).status().uuid;
    expect(fresh).not.toBe(uuid);
    const votersOf = records.map(({ voters }) => voters.map((voter) => voter.uuid));
    const uuids = new Map(
      group
        .node(1)
        .cluster.members()
        .map((member) => [member.ordinal, member.uuid]),
    );
    const [one = '', two = ''] = [uuids.get(1), uuids.get(2)];
    const steps = votersOf.filter((voters, i) => JSON.stringify(voters) !== JSON.stringify(votersOf[i - 1]));
    expect(steps).toEqual([
      [uuid, one, two], // as it was
      [one, two], // one change replaces the voter by a learner …
      [fresh, one, two], // … a second promotes it
    ]);
    expect(new Set(records.map(({ generation }) => generation))).toEqual(new Set([1]));
  }, 120_000);
});

describe('a damaged data directory', () => {
  it('is set aside, not deleted, and the node rejoins under a new uuid', async () => {
    const { group, uuid } = await withoutTheFirst();
    await using _group = group;
    await damage(group.dataDir(0));
    const before = await readdir(group.dataDir(0));
    await group.start(0);
    await group.membership([0, 1, 2]);
    expect(group.node(0).status().uuid).not.toBe(uuid);
    expect((await readdir(join(group.dataDir(0), 'corrupt-1'))).sort()).toEqual(before.sort());
    expect((await group.record()).generation).toBe(1);
  }, 120_000);

  it("with onCorruptStorage('stop') ends the node, and moves nothing", async () => {
    const { group } = await withoutTheFirst();
    await using _group = group;
    await damage(group.dataDir(0));
    const before = await readdir(group.dataDir(0));
    const stopping = group.make(0, 'level', group.config(0).onCorruptStorage('stop'));
    await expect(stopping.start()).rejects.toMatchObject({
      code: 'STORAGE_CORRUPT',
      message: expect.stringContaining(group.dataDir(0)),
    });
    expect((await readdir(group.dataDir(0))).sort()).toEqual(before.sort()); // nothing set aside, nothing new
    await stopping.shutdown();
  }, 120_000);
});
