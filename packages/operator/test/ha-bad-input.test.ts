import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { RaftConfig, RaftNodeManager } from '@k8sop/operator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k8sop-ha-bad-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await chmod(directory, 0o700);
  await rm(directory, { recursive: true, force: true });
});

const config: RaftConfig = new RaftConfig('bad').nodeId(0).peers({ 0: '127.0.0.1:0' }).bootstrap('expect');

describe('a configuration that cannot work says what to change', () => {
  it.each([
    ['an even number of voters', () => config.maxVoters(4), /maxVoters 4 is not 1, 3, 5 or 7/],
    [
      'a heartbeat too slow for the timeout',
      () => config.heartbeat('40ms').settings(),
      /a quarter of the election timeout/,
    ],
    ['an election timeout below the heartbeat', () => config.electionTimeout('20ms').settings(), /raise the timeout/],
    ['an ordinal that is none', () => config.nodeId(-1), /use an integer of at least 0/],
    ['a cluster that has no name', () => new RaftConfig('No Name'), /is no name/],
    ['neither Service nor peers', () => new RaftConfig('c').nodeId(0).settings(), /call \.serviceName/],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'RAFT_INVALID_OPTION', message: expect.stringMatching(message) }),
    );
  });

  it('a host name without an ordinal', () => {
    vi.stubEnv('POD_NAME', 'laptop');
    const named = new RaftConfig('c').serviceName('c-raft');
    expect(() => named.settings()).toThrow(
      expect.objectContaining({ code: 'POD_NAME_INVALID', message: expect.stringContaining('laptop') }),
    );
  });

  it('a list of peers that is none', () => {
    vi.stubEnv('K8SOP_RAFT_PEERS', '0=somewhere');
    expect(() => config.settings()).toThrow('K8SOP_RAFT_PEERS: "0=somewhere" is no ordinal=host:port');
  });

  it('mTLS comes from a mounted Secret', () => {
    vi.stubEnv('K8SOP_RAFT_TLS_DIR', '/etc/tls');
    expect(config.settings().tls).toMatchObject({ mode: 'mtls', files: { caFile: '/etc/tls/ca.crt' } });
  });
});

describe('a data directory that is not ours', () => {
  it('of somebody else is refused, and left as it is', async () => {
    await writeFile(join(directory, 'holiday.jpg'), 'x');
    await using node = RaftNodeManager.withLevel(config, directory);
    await expect(node.start()).rejects.toThrow(directory);
    expect(await readdir(directory)).toEqual(['holiday.jpg']);
  });

  it('that cannot be written to is refused, and named', async () => {
    const file = join(directory, 'a-file');
    await writeFile(file, 'x');
    await using node = RaftNodeManager.withLevel(config, join(file, 'data'));
    await expect(node.start()).rejects.toMatchObject({
      code: expect.stringMatching(/^STORAGE_/),
      message: expect.stringContaining(join(file, 'data')),
    });
  });

  it('of a newer version is refused, and left as it is', async () => {
    const first = RaftNodeManager.withLevel(config, directory);
    await first.start();
    await first.shutdown();
    const words = 'k8sop-raft 999';
    await writeFile(join(directory, 'FORMAT'), `${words} ${crc32(words).toString(16).padStart(8, '0')}\n`);
    const before = (await readdir(directory)).sort();
    await using node = RaftNodeManager.withLevel(config, directory);
    await expect(node.start()).rejects.toMatchObject({
      code: 'STORAGE_FORMAT_NEWER',
      message: expect.stringContaining('999'),
    });
    expect((await readdir(directory)).sort()).toEqual(before);
  });

  it('in use by another process is refused', async () => {
    await using first = RaftNodeManager.withLevel(config, directory);
    await first.start();
    await using second = RaftNodeManager.withLevel(config, directory);
    await expect(second.start()).rejects.toMatchObject({ code: expect.stringMatching(/^STORAGE_/) });
  });
});
