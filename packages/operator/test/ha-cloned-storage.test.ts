/** H13: two processes on copies of one data directory. One of them ends, saying which directory and what to do. */
import { cp } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { freePorts } from './free-ports.ts';
import { HaCluster } from './ha-cluster.ts';
import type { OperatorProcess } from './operator-process.ts';

/** A cluster of three, and a copy of what a stopped follower holds. */
async function withCopy(cluster: HaCluster): Promise<{ follower: number; env: Readonly<Record<string, string>> }> {
  cluster.run(0, 1, 2);
  await cluster.voters(3);
  const follower = ((await cluster.leader()) + 1) % 3;
  await cluster.kill(follower);
  const copy = `${cluster.dataDir(follower)}-copy`;
  await cp(cluster.dataDir(follower), copy, { recursive: true });
  const [port = 0] = await freePorts(1);
  return { follower, env: { K8SOP_RAFT_DATA_DIR: copy, K8SOP_RAFT_PORT: String(port) } };
}

/** A leader knows it: before, nobody could tell which of two processes came first. */
async function follows(replica: OperatorProcess): Promise<void> {
  await replica.logged(({ msg, role, leader }) => msg === 'raft: role' && role === 'follower' && leader !== -1, 90_000);
}

/** The exit code; a process that does not end shows what it last said. */
async function codeOf(replica: OperatorProcess): Promise<number | null> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new Error(`it does not end:\n${replica.tail()}`)), 40_000);
  try {
    return await Promise.race([replica.exitCode(), limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function failureOf({ lines }: OperatorProcess): unknown {
  return lines.find(({ msg }) => msg.startsWith('raft: node failed'));
}

describe('a cloned data directory (H13)', () => {
  it('started as often as the original: the copy, which comes second, ends and names its directory', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    const { follower, env } = await withCopy(cluster);
    cluster.run(follower);
    await follows(cluster.replica(follower));
    const third = (follower + 1) % 3;
    await cluster.kill(third); // might meet the copy before the original, and then let neither stay
    const copy = cluster.spawn(follower, env);
    expect(await codeOf(copy)).toBe(1);
    expect(failureOf(copy)).toMatchObject({
      code: 'RAFT_STORAGE_CLONED',
      error: expect.stringContaining(
        `data directory ${env['K8SOP_RAFT_DATA_DIR']}: another process runs on a copy of it`,
      ),
    });
    expect(copy.stderr).toContain('give this node an empty directory');
    cluster.run(third);
    expect((await cluster.voters(3)).voters).toHaveLength(3); // the original has not noticed
    expect(failureOf(cluster.replica(follower))).toBeUndefined();
    expect(cluster.overlaps).toEqual([]);
  }, 300_000);

  it('started more often than the original: the original ends, and takes its place back when it starts again', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    const { follower, env } = await withCopy(cluster);
    const early = cluster.spawn(follower, { ...env, K8SOP_RAFT_PEERS: `${follower}=127.0.0.1:1` }); // meets nobody
    await early.logged(({ msg }) => msg === 'raft: node runs');
    early.signal('SIGKILL');
    await early.exitCode();
    cluster.run(follower);
    await follows(cluster.replica(follower));
    const copy = cluster.spawn(follower, env);
    expect(await codeOf(cluster.replica(follower))).toBe(1);
    expect(failureOf(cluster.replica(follower))).toMatchObject({
      code: 'RAFT_STORAGE_CLONED',
      error: expect.stringContaining(`data directory ${cluster.dataDir(follower)}: another process`),
    });
    cluster.run(follower); // started as often now, and second: it ends again, and so does not block the next start
    expect(await codeOf(cluster.replica(follower))).toBe(1);
    cluster.run(follower);
    expect(await codeOf(copy)).toBe(1);
    expect(failureOf(copy)).toMatchObject({ code: 'RAFT_STORAGE_CLONED' });
    expect((await cluster.voters(3)).generation).toBe(1);
    expect(cluster.overlaps).toEqual([]);
  }, 300_000);
});
