/** A node whose disk is full: it says so, acknowledges nothing, and goes on when there is room. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'k8sop-full-disk-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const mountable = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs k8sop "$0"', tmpdir()]).status === 0;
const where = mountable ? '' : ' (skipped: needs a mount namespace of its own, `unshare -rm`)';

describe.skipIf(!mountable)(`a node on a full disk${where}`, () => {
  it('says so, acknowledges nothing meanwhile, and has everything after a restart', { timeout: 120_000 }, () => {
    const program = join(import.meta.dirname, 'fixtures/full-disk-node.ts');
    const script = 'mount -t tmpfs -o size=80m k8sop "$0" && exec "$@"';
    const command = [script, directory, process.execPath, '--conditions=@k8sop/source', program, directory];
    const { status, stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', ...command], {
      encoding: 'utf8',
      timeout: 110_000,
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout)).toEqual({
      said: expect.stringMatching(
        /^no room for \d+ B in .*: \d+ B left above the reserve of \d+ B; free space or enlarge/,
      ),
      acknowledgedWhileFull: false,
      inOrder: true,
      lost: 0,
    });
  });
});
