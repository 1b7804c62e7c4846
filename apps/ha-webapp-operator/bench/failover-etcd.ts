/**
 * Part of the bench `failover`: three etcd processes with timeouts near ours, as the peer to compare with. Only where `etcd` is
 * installed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { freePorts } from '../harness/free-ports.ts';

export interface EtcdTimeouts {
  readonly heartbeatMs: number;
  readonly electionMs: number;
}

const members = [0, 1, 2];

/** Undefined where etcd is not installed. */
export function etcdVersion(): string | undefined {
  const { status, stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /etcd Version: (\S+)/.exec(stdout)?.[1] : undefined;
}

interface Status {
  readonly leader: string;
  readonly id: string;
}

export class EtcdCluster implements AsyncDisposable {
  readonly #directory: string;
  readonly #ports: readonly number[];
  readonly #timeouts: EtcdTimeouts;
  readonly #processes: ChildProcess[] = [];

  private constructor(directory: string, ports: readonly number[], timeouts: EtcdTimeouts) {
    this.#directory = directory;
    this.#ports = ports;
    this.#timeouts = timeouts;
  }

  /** Resolves when there is a leader. */
  static async start(timeouts: EtcdTimeouts): Promise<EtcdCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'k8sop-etcd-'));
    const cluster = new EtcdCluster(directory, await freePorts(2 * members.length), timeouts);
    for (const member of members) cluster.#run(member);
    await cluster.#leader(members);
    return cluster;
  }

  /** Kills the leader, waits for the next, and starts the killed one again. @returns ms from the signal to the next leader. */
  async crash(): Promise<number> {
    const { member, status } = await this.#leader(members);
    const victim = this.#processes[member];
    const exited = once(victim as ChildProcess, 'exit');
    const fromMs = performance.now();
    victim?.kill('SIGKILL');
    const survivors = members.filter((other) => other !== member);
    await this.#leader(survivors, status.id);
    const tookMs = performance.now() - fromMs;
    await exited;
    this.#run(member);
    await this.#all();
    return tookMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The member that says it leads, and is not `former`. */
  async #leader(among: readonly number[], former?: string): Promise<{ member: number; status: Status }> {
    for (;;) {
      for (const member of among) {
        const status = await this.#status(member);
        if (status !== undefined && status.leader === status.id && status.id !== former) return { member, status };
      }
      await sleepMs(1);
    }
  }

  /** Resolves when every member knows a leader. */
  async #all(): Promise<void> {
    for (const member of members) {
      while (((await this.#status(member))?.leader ?? '0') === '0') await sleepMs(5);
    }
  }

  async #status(member: number): Promise<Status | undefined> {
    try {
      const url = `http://127.0.0.1:${this.#ports[member]}/v3/maintenance/status`;
      const { body } = await request(url, { method: 'POST', body: '{}', headersTimeout: 1_000 });
      const { leader = '0', header } = (await body.json()) as { leader?: string; header?: { member_id?: string } };
      return { leader, id: header?.member_id ?? '' };
    } catch {
      return undefined; // not listening yet
    }
  }

  #run(member: number): void {
    const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
    const [client, peer] = [url(this.#ports[member]), url(this.#ports[members.length + member])];
    const initial = members.map((other) => `m${other}=${url(this.#ports[members.length + other])}`).join(',');
    const options = {
      name: `m${member}`,
      'data-dir': join(this.#directory, String(member)),
      'initial-cluster': initial,
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'heartbeat-interval': String(this.#timeouts.heartbeatMs),
      'election-timeout': String(this.#timeouts.electionMs),
      'log-level': 'error',
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.#processes[member] = spawn('etcd', args, { stdio: 'ignore', detached: true });
  }
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
