/** H6: a leader whose main thread stands still while another replica takes over. Real processes, real sockets. */
import { describe, expect, it } from 'vitest';
import { HaCluster } from './ha-cluster.ts';
import { Links } from './links.ts';
import type { OperatorProcess } from './operator-process.ts';
import { paths } from './test-cluster.ts';

describe('a leader whose main thread is blocked during the failover (H6)', () => {
  it('writes nothing when it wakes: the check at the moment of the write reads the lease, not an event', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    await using links = await Links.open(portsIn(cluster.peers));
    const replicas = [0, 1, 2].map((ordinal) => cluster.spawn(ordinal, links.env(ordinal)));
    await cluster.voters(3, 1, 60_000);
    await cluster.written(1, 60_000);
    await cluster.kube.patch(`${paths.webapps}/busy`, { spec: { image: 'block' } });
    const blocked = await Promise.any(replicas.map((_, ordinal) => standsStill(ordinal, replicas)));
    const token = tokenOf(replicas[blocked] as OperatorProcess);
    const writesBefore = cluster.writes.length;
    links.cut(blocked);
    await replicas[blocked]?.logged((line) => JSON.stringify(line).includes(`leadership ${token} ended`), 60_000);
    await cluster.kube.patch(`${paths.webapps}/busy`, { spec: { image: 'nginx' } });
    await cluster.kube.until(paths.configmaps, () => cluster.writes.some((write) => write.token > token), 60_000);
    expect(cluster.writes.slice(writesBefore).filter((write) => write.token === token)).toEqual([]);
    expect(cluster.overlaps).toEqual([]);
  }, 180_000);
});

async function standsStill(ordinal: number, replicas: readonly OperatorProcess[]): Promise<number> {
  await replicas[ordinal]?.logged(({ msg }) => msg === 'the main thread stands still', 60_000);
  return ordinal;
}

/** Under which it leads, or led last. */
function tokenOf({ lines }: OperatorProcess): string {
  return String(lines.findLast(({ msg }) => msg === 'controller leads')?.['token']);
}

function portsIn(peers: string): readonly number[] {
  return peers.split(',').map((peer) => Number(peer.split(':')[1]));
}
