/** Part of the bench `raft-cluster`: three etcd processes as the peer, driven over gRPC. Only where `etcd` is installed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';

export interface EtcdCluster extends AsyncDisposable {
  writesPerS(inFlight: number, ms: number, valueBytes: number): Promise<number>;
}

export function etcdVersion(): string | undefined {
  const run = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return run.status === 0 ? /etcd Version: (\S+)/.exec(run.stdout)?.[1] : undefined;
}

export async function startEtcd(directory: string, ports: readonly number[]): Promise<EtcdCluster> {
  const [c0 = 0, c1 = 0, c2 = 0, p0 = 0, p1 = 0, p2 = 0] = ports;
  const clients = [c0, c1, c2];
  const peers = [p0, p1, p2];
  const initial = peers.map((port, i) => `n${i}=http://127.0.0.1:${port}`).join(',');
  const processes = clients.map((port, i) =>
    spawn(
      'etcd',
      [
        '--name',
        `n${i}`,
        '--data-dir',
        join(directory, `etcd-${i}`),
        '--initial-cluster',
        initial,
        '--listen-client-urls',
        `http://127.0.0.1:${port}`,
        '--advertise-client-urls',
        `http://127.0.0.1:${port}`,
        '--listen-peer-urls',
        `http://127.0.0.1:${peers[i]}`,
        '--initial-advertise-peer-urls',
        `http://127.0.0.1:${peers[i]}`,
        '--log-level',
        'error',
      ],
      { stdio: 'ignore' },
    ),
  );
  const leader = await leaderPort(clients);
  const client = new Client(`127.0.0.1:${leader}`, credentials.createInsecure());
  return {
    writesPerS: (inFlight, ms, valueBytes) => load(client, inFlight, ms, valueBytes),
    async [Symbol.asyncDispose]() {
      client.close();
      await Promise.all(processes.map(end));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function leaderPort(ports: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    for (const port of ports) {
      const status = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, { method: 'POST', body: '{}' })
        .then((answer) => answer.json() as Promise<{ leader?: string; header?: { member_id?: string } }>)
        .catch(() => undefined); // not listening yet
      if (status?.leader !== undefined && status.leader === status.header?.member_id) return port;
    }
    await sleep(100);
  }
  throw new Error('etcd elected no leader within 10 s');
}

/** A PutRequest: field 1 the key, field 2 the value. */
function putRequest(key: string, value: Uint8Array): Buffer {
  const field = (tag: number, bytes: Uint8Array): Buffer => {
    const length =
      bytes.byteLength < 128
        ? [bytes.byteLength]
        : [(bytes.byteLength % 128) + 128, Math.floor(bytes.byteLength / 128)];
    return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
  };
  return Buffer.concat([field(0x0a, Buffer.from(key)), field(0x12, value)]);
}

async function load(client: Client, inFlight: number, ms: number, valueBytes: number): Promise<number> {
  const value = new Uint8Array(valueBytes).fill(7);
  const startMs = performance.now();
  const endMs = startMs + ms;
  let writes = 0;
  const put = (key: string): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/etcdserverpb.KV/Put',
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        putRequest(key, value),
        (error) => (error ? reject(error) : resolve()),
      );
    });
  const worker = async (name: number): Promise<void> => {
    for (let n = 0; performance.now() < endMs; n++) {
      await put(`k${name}-${n % 1_000}`);
      writes += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, name) => worker(name)));
  return writes / ((performance.now() - startMs) / 1_000);
}
