/**
 * Three operators with mutual TLS, each a process: authority and certificates are replaced, and the next version rolled out,
 * while the leader writes.
 */
import { join } from 'node:path';
import { request } from 'undici';
import { beforeAll, describe, expect, it } from 'vitest';
import { Authority, writeSecret, writeTrust } from './certificates.ts';
import { HaCluster } from './ha-cluster.ts';
import type { LogLine, OperatorProcess } from './operator-process.ts';
import { issuerSeenBy } from './secured-nodes.ts';
import { paths } from './test-cluster.ts';

const ordinals = [0, 1, 2];
const limitMs = 60_000;
const hourMs = 3_600_000;
let ours: Authority;
let theirs: Authority;

beforeAll(async () => {
  ours = await Authority.create('ours');
  theirs = await Authority.create('theirs');
});

class SecuredCluster implements AsyncDisposable {
  readonly cluster: HaCluster;

  private constructor(cluster: HaCluster) {
    this.cluster = cluster;
  }

  /** Three voters, all with certificates of `authority`. */
  static async start(authority: Authority): Promise<SecuredCluster> {
    const cluster = await HaCluster.start({ storage: 'level', program: './fixtures/ha-secured-main.ts' });
    const secured = new SecuredCluster(cluster);
    for (const ordinal of ordinals) await secured.secret(ordinal, authority, [authority], hourMs);
    for (const ordinal of ordinals) secured.run(ordinal);
    await cluster.voters(3, 1, limitMs);
    return secured;
  }

  run(ordinal: number, env: Readonly<Record<string, string>> = {}): void {
    this.cluster.runWith(ordinal, { SECRET_DIR: this.secretOf(ordinal), ...env });
  }

  secretOf(ordinal: number): string {
    return join(this.cluster.directory, `secret-${ordinal}`);
  }

  async secret(ordinal: number, signer: Authority, trusts: readonly Authority[], validForMs: number): Promise<void> {
    const names = [`ha-${ordinal}.ha-raft.default.svc.cluster.local`];
    await writeSecret(this.secretOf(ordinal), { signer, trusts, names, validForMs });
  }

  /** Who issued what each replica shows to such a caller; undefined for one that hangs up on it. */
  async issuers(caller: { certificate: string; key: string }): Promise<(string | undefined)[]> {
    return await Promise.all(ordinals.map((ordinal) => issuerSeenBy(this.portOf(ordinal), caller)));
  }

  portOf(ordinal: number): number {
    return Number(new RegExp(`${ordinal}=127\\.0\\.0\\.1:(\\d+)`).exec(this.cluster.peers)?.[1]);
  }

  /** The leader writes on: three more. */
  async writesGoOn(): Promise<void> {
    const before = this.cluster.writes.length;
    await this.cluster.kube.until(paths.configmaps, () => this.cluster.writes.length >= before + 3, limitMs);
  }

  async metric(ordinal: number, series: string): Promise<number> {
    const port = await this.cluster.replica(ordinal).probePort();
    const { body } = await request(`http://127.0.0.1:${port}/metrics`);
    const line = (await body.text()).split('\n').find((text) => text.startsWith(`${series} `));
    return Number(line?.split(' ')[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** What a replica told of its peers' trust and versions; the test's own calls come from clients. */
function complaints(replica: OperatorProcess): string[] {
  return replica.lines
    .filter(({ msg }) => msg === 'raft: needs attention')
    .map(({ problem }) => String(problem))
    .filter(
      (problem) => /certificate|trust|TLS|tls |refuse|protocol/.test(problem) && !problem.startsWith('the client at'),
    );
}

function knowsLeader({ msg, leader }: LogLine): boolean {
  return msg === 'raft: role' && leader !== -1;
}

const certEnds = 'k8sop_raft_certificate_expiry_timestamp_seconds{file="cert"}';
const problems = 'k8sop_raft_problems_total';

describe('three operators with mutual TLS', { timeout: 240_000 }, () => {
  it('have authority and certificates replaced while the leader writes, and keep it', async () => {
    await using secured = await SecuredCluster.start(ours);
    const { cluster } = secured;
    const leader = await cluster.leader(limitMs);
    await secured.writesGoOn();
    const [old, next] = [await ours.issue(['caller']), await theirs.issue(['caller'])];
    const since = cluster.writes.length;
    const token = cluster.writes.at(-1)?.token;
    const everywhere = async (change: (ordinal: number) => Promise<void>): Promise<void> => {
      await Promise.all(ordinals.map(change));
      await secured.writesGoOn();
    };
    const hoursLeft = async (): Promise<number[]> => {
      const ends = await Promise.all(ordinals.map((ordinal) => secured.metric(ordinal, certEnds)));
      return ends.map((seconds) => Math.round((seconds * 1000 - Date.now()) / hourMs));
    };

    const eachShows = async (issuer: string | undefined, caller: typeof old): Promise<void> =>
      await expect.poll(() => secured.issuers(caller), { timeout: limitMs }).toEqual([issuer, issuer, issuer]);

    await eachShows(undefined, next);
    expect(await hoursLeft()).toEqual([1, 1, 1]);
    await everywhere((ordinal) => writeTrust(secured.secretOf(ordinal), [ours, theirs]));
    await eachShows('CN=ours', next);
    await everywhere((ordinal) => secured.secret(ordinal, theirs, [ours, theirs], 9 * hourMs));
    await eachShows('CN=theirs', old);
    await everywhere((ordinal) => writeTrust(secured.secretOf(ordinal), [theirs]));
    await eachShows(undefined, old);
    await secured.writesGoOn();

    expect(await hoursLeft()).toEqual([9, 9, 9]);
    expect(new Set(cluster.writes.slice(since).map((write) => write.token))).toEqual(new Set([token]));
    expect(cluster.overlaps).toEqual([]);
    expect(await cluster.leader()).toBe(leader);
    expect(ordinals.map((ordinal) => complaints(cluster.replica(ordinal)))).toEqual([[], [], []]);
    for (const ordinal of ordinals) expect(await secured.metric(ordinal, problems)).toBeGreaterThan(0); // the calls refused
  });

  it('take up the next version one by one: the leader stays until its own turn, and hands over then', async () => {
    await using secured = await SecuredCluster.start(ours);
    const { cluster } = secured;
    const leader = await cluster.leader(limitMs);
    await secured.writesGoOn();
    const since = cluster.writes.length;
    const token = cluster.writes.at(-1)?.token;
    const upgrade = async (ordinal: number): Promise<void> => {
      expect((await cluster.replica(ordinal).stop()).code).toBe(0);
      secured.run(ordinal, {
        NODE_OPTIONS: `--import=${new URL('./fixtures/next-protocol.ts', import.meta.url).href}`,
      });
      await cluster.replica(ordinal).logged(knowsLeader, limitMs);
      await secured.writesGoOn();
    };
    for (const ordinal of ordinals.filter((one) => one !== leader)) await upgrade(ordinal);
    expect(new Set(cluster.writes.slice(since).map((write) => write.token))).toEqual(new Set([token]));
    await upgrade(leader);
    expect(cluster.writes.at(-1)?.token).not.toBe(token);
    expect(cluster.overlaps).toEqual([]);
    expect((await cluster.voters(3, 1, limitMs)).voters.length).toBe(3);
    expect(ordinals.map((ordinal) => complaints(cluster.replica(ordinal)))).toEqual([[], [], []]);
  });
});
