/** Directories that cannot be written: what a node says of them, and what `k8sop-raft` tells of one all the same. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RaftConfig, RaftNodeManager } from '@k8sop/operator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from './free-ports.ts';
import { RaftCommand } from './raft-command.ts';

const directory = mkdtempSync(join(tmpdir(), 'k8sop-read-only-'));
const empty = join(directory, 'empty');
const used = join(directory, 'used');
const program = join(import.meta.dirname, 'fixtures/opening-node.ts');

/** Shows `$0` at its own place as a file system that takes no writes, in a namespace that ends with the command. */
const readOnly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
/** And nothing else where temporary files could go, as in a container with `readOnlyRootFilesystem`. */
const sealed = `export TMPDIR="$0" && mount -t tmpfs -o ro k8sop /dev/shm && ${readOnly}`;

function inNamespace(script: string, place: string, command: readonly string[]): ReturnType<typeof run> {
  return run('unshare', ['-rm', 'sh', '-c', script, place, ...command]);
}

function run(file: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(file, args, { encoding: 'utf8', timeout: 60_000 });
}

chmodSync(directory, 0o755);
mkdirSync(empty, { mode: 0o700 });
const mountable = inNamespace(readOnly, empty, ['true']).status === 0;
const asNobody = ['--reuid', '65534', '--clear-groups'];
const reaches = 'test -r "$1" && test -r "$2" && "$0" --version';
const demotable = run('setpriv', [...asNobody, 'sh', '-c', reaches, process.execPath, program, directory]).status === 0;
const where = mountable ? '' : ' (skipped: needs a mount namespace of its own, `unshare -rm`)';
const who = demotable ? '' : ' (skipped: needs to become a user who can read this checkout, `setpriv --reuid`)';
const node = [process.execPath, '--conditions=@k8sop/source', program];

let command: RaftCommand;

beforeAll(async () => {
  command = await RaftCommand.build();
  const [port = 0] = await freePorts(1);
  const config = new RaftConfig('sealed')
    .nodeId(0)
    .peers({ 0: `127.0.0.1:${port}` })
    .host('127.0.0.1')
    .bootstrap('expect');
  await using one = RaftNodeManager.withLevel(config, used);
  await one.start();
  await one.bootstrapOrJoin();
  await one.election.waitForLeadership({ signal: AbortSignal.timeout(20_000) });
}, 120_000);
afterAll(async () => {
  await command[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(!mountable)(`on a file system that takes no writes${where}`, () => {
  it.each([
    { what: 'an empty directory', place: empty },
    { what: 'the own directory', place: used },
  ])(
    '$what: the node does not begin, and says where to look',
    ({ place }) => {
      const before = new Set(readdirSync(place, { recursive: true, encoding: 'utf8' }));
      const { status, stderr } = inNamespace(readOnly, place, [...node, place]);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(
          new RegExp(
            `^STORAGE_FAILED data directory ${place} is not writable \\(EROFS.*; check owner, mode and mount\n$`,
          ),
        ),
      });
      expect(new Set(readdirSync(place, { recursive: true, encoding: 'utf8' }))).toEqual(before);
    },
    90_000,
  );

  it.each(['status', 'inspect'])(
    'k8sop-raft %s reads a directory all the same',
    (what) => {
      const { status, stdout, stderr } = inNamespace(readOnly, used, [...command.line, what, used]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/cluster +[0-9a-f-]{36}/);
    },
    90_000,
  );

  it('k8sop-raft says what to set where nothing at all can be written', () => {
    const { status, stdout } = inNamespace(sealed, used, [...command.line, 'inspect', used]);
    expect(status).toBe(1);
    expect(stdout).toContain('set TMPDIR to a directory that can be written');
    expect(stdout).toMatch(/cluster +[0-9a-f-]{36}/); // what needs no copy is told
  }, 90_000);
});

describe.skipIf(!demotable)(`by a user who may not${who}`, () => {
  it.each([
    { what: 'write it', place: empty },
    { what: 'create it', place: join(directory, 'missing') },
  ])(
    '$what: the node does not begin, and says where to look',
    ({ place }) => {
      const { status, stderr } = run('setpriv', [...asNobody, ...node, place]);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(
          new RegExp(
            `^STORAGE_FAILED data directory ${place} is not writable \\(EACCES.*; check owner, mode and mount\n$`,
          ),
        ),
      });
      expect(new Set(readdirSync(directory))).toEqual(new Set(['empty', 'used']));
    },
    90_000,
  );
});
