/** The long run of `npm run chaos` in short: each kind of harm that matters most, once, against real processes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ChaosReport } from '../chaos/chaos.ts';

const program = fileURLToPath(new URL('../chaos/main.ts', import.meta.url));

/** Exit code 1 rejects, with the report in the message. */
async function chaos(harm: readonly string[]): Promise<ChaosReport> {
  const args = [
    '--conditions=@k8sop/source',
    program,
    '--json',
    '--rounds',
    String(harm.length),
    '--harm',
    harm.join(','),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 230_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ChaosReport;
}

const unharmed = { ok: true, overlaps: 0, lostWrites: 0, clusters: 1 };

describe('three replicas under load', () => {
  it('never write twice nor lose a write when processes die, leave or freeze, one or all of them', async () => {
    const report = await chaos([
      'kill leader',
      'freeze leader',
      'end leader',
      'kill all',
      'end all',
      'rolling restart',
    ]);
    expect(report).toMatchObject({ ...unharmed, rounds: 6 });
  }, 240_000);

  it('never write twice nor lose a write when data directories are wiped, damaged or cloned, or clocks are wrong (P6, H13)', async () => {
    const report = await chaos([
      'wipe leader',
      'corrupt follower',
      'clone follower',
      'API outage and leader loss',
      'skew clocks',
    ]);
    expect(report).toMatchObject({ ...unharmed, rounds: 5 });
  }, 240_000);

  it('never write twice when the network is cut, where namespaces are allowed (P8, H14)', async () => {
    const report = await chaos(['partition leader', 'cut leader in mid-write', 'partition all']);
    expect(report).toMatchObject(unharmed);
  }, 240_000);

  it('never write twice nor lose a write when DNS or disks fail, where namespaces are allowed (P2)', async () => {
    const report = await chaos(['DNS outage', 'DNS names others', 'full disk of leader']);
    expect(report).toMatchObject(unharmed);
  }, 240_000);
});
