/** `k8sop-raft status` and `recover`, built, against real replicas. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HaCluster } from './ha-cluster.ts';
import { RaftCommand } from './raft-command.ts';
import { paths } from './test-cluster.ts';

let command: RaftCommand;

beforeAll(async () => {
  command = await RaftCommand.build();
}, 120_000);
afterAll(() => command[Symbol.asyncDispose]());

async function probeUrl(cluster: HaCluster, ordinal: number): Promise<string> {
  return `http://127.0.0.1:${await cluster.replica(ordinal).probePort()}`;
}

describe('k8sop-raft called wrongly', () => {
  it.each([
    [[], /a command is missing/],
    [['stat'], /there is no command stat/],
    [['inspect'], /inspect takes exactly one directory/],
    [['recover'], /recover takes exactly one cluster name/],
    [['recover', 'a', 'b'], /recover takes exactly one cluster name/],
    [['status', '--wait', '5s'], /--wait belongs to recover/],
    [['recover', 'a', '--withdraw', '--accept-data-loss'], /contradict each other/],
    [['recover', 'a', '--wait', 'soon'], /--wait/],
    [['status', '--jsn'], /--jsn/],
  ])('%j ends with 2 and shows the usage', async (args, why) => {
    const { code, err } = await command.run(args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(why) });
    expect(err).toContain('usage: k8sop-raft COMMAND');
  });

  it('explains itself when asked', async () => {
    expect(await command.run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('status [TARGET…]') });
  });

  it('says what a target should have been, and what does not answer', async () => {
    expect(await command.run(['status', '/nowhere'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('/nowhere is neither the URL of a probe port'),
    });
    const silent = await command.run(['status'], { K8SOP_PROBE_PORT: '1' });
    expect(silent).toMatchObject({ code: 1, err: expect.stringContaining('is the operator running') });
  });

  it('says that there is no such cluster', async () => {
    await using cluster = await HaCluster.start({ storage: 'memory' });
    const missing = await command.run(['recover', 'nothing', '--kubeconfig', cluster.kube.kubeconfig]);
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no ConfigMap default/raft-nothing: check the cluster'),
    });
  });
});

describe('k8sop-raft on a cluster on disk', () => {
  it('shows who leads, members and health; of a directory, too', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    cluster.run(0, 1, 2);
    const { clusterId } = await cluster.voters(3);
    const leader = await cluster.leader();
    const follower = (leader + 1) % 3;
    const urls = [await probeUrl(cluster, leader), await probeUrl(cluster, follower)];
    const { code, out } = await command.run(['status', ...urls, '--json']);
    const [ofLeader, ofFollower] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const member = { role: 'voter', uuid: expect.any(String), match: expect.any(Number) };
    expect(code).toBe(0);
    expect(ofLeader).toMatchObject({
      clusterId,
      generation: 1,
      role: 'leader',
      leader,
      leaseMs: expect.any(Number),
      health: { ok: true },
      storage: cluster.dataDir(leader),
      members: [0, 1, 2].map((ordinal) => ({ ...member, ordinal, seenMsAgo: expect.any(Number) })),
    });
    expect(ofFollower).toMatchObject({ role: 'follower', leader, leaseMs: null, term: ofLeader?.['term'] });
    const text = (await command.run(['status', ...urls])).out;
    expect(text).toMatch(new RegExp(`leader +${leader} \\(this node\\)\n +lease +\\d+ ms left`));
    await cluster.kill(follower);
    const gone = await command.run(['status', ...urls]);
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('does not answer') });
    const stored = await command.run(['status', cluster.dataDir(follower), '--json']);
    expect(stored.code).toBe(0);
    expect(JSON.parse(stored.out)).toMatchObject({
      from: 'directory',
      clusterId,
      members: [0, 1, 2].map((ordinal) => ({ ordinal, role: 'voter' })),
    });
  }, 120_000);

  it('lets an empty replica found a cluster whose record and members are gone, once a person agrees', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    const recover = ['recover', 'ha', '--kubeconfig', cluster.kube.kubeconfig];
    expect(await command.run(recover)).toMatchObject({ code: 1, err: expect.stringContaining('--accept-data-loss') });
    const agreeing = command.run([...recover, '--accept-data-loss', '--json', '--wait', '60s']);
    await cluster.kube.until(paths.configmaps, (byName) => byName.has('raft-ha'));
    cluster.run(0); // two of three replicas are silent
    const agreed = await agreeing;
    expect(agreed.code).toBe(0);
    expect(JSON.parse(agreed.out)).toMatchObject({ type: 'recovered', generation: 1, founder: 0, voters: [0] });
    await cluster.written(1);
  }, 120_000);

  it('recovers a lost majority once a person agrees, and deletes nothing', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    cluster.run(0, 1, 2);
    const { clusterId } = await cluster.voters(3);
    await cluster.kill(0, 1);
    await cluster.wipe(0);
    await cluster.wipe(1);
    cluster.run(0, 1);
    await cluster.replica(0).logged(({ msg }) => msg.includes('the majority is lost'), 90_000);
    const waiting = await command.run(['status', await probeUrl(cluster, 0)]);
    expect(waiting).toMatchObject({ code: 1, out: expect.stringContaining('or run k8sop-raft recover ha') });
    const recover = ['recover', 'ha', '--kubeconfig', cluster.kube.kubeconfig];
    const asked = await command.run(recover);
    expect(asked).toMatchObject({ code: 1, out: expect.stringContaining('everything in ctx.replicated is lost') });
    expect(asked.err).toContain('nothing was changed; repeat with --accept-data-loss');
    expect((await cluster.record(() => true)).generation).toBe(1);
    const agreed = await command.run([...recover, '--accept-data-loss', '--json']);
    expect(agreed.code).toBe(0);
    expect(JSON.parse(agreed.out)).toMatchObject({ type: 'recovered', clusterId, generation: 2 });
    const record = await cluster.voters(3, 2);
    await cluster.written(2);
    expect(record).toMatchObject({ clusterId });
    expect(record.abandon).toBeUndefined();
    expect(await readdir(cluster.dataDir(2))).toContain('corrupt-1');
    expect(cluster.overlaps).toEqual([]);
  }, 120_000);

  it('gives up nothing while a majority lives, and takes the agreement back', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    cluster.run(0, 1, 2);
    await cluster.voters(3);
    const recover = ['recover', 'ha', '--kubeconfig', cluster.kube.kubeconfig];
    const refused = await command.run([...recover, '--accept-data-loss', '--wait', '1s']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('no node has found the majority lost') });
    expect(await cluster.record(() => true)).toMatchObject({ generation: 1, abandon: 1 });
    expect(await command.run([...recover, '--withdraw'])).toMatchObject({ code: 0 });
    expect((await cluster.record(() => true)).abandon).toBeUndefined();
  }, 120_000);
});
