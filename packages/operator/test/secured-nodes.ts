/** Three consensus nodes with mutual TLS over loopback, each with a Secret of its own, and traffic through their leader. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { RaftConfig, RaftNodeManager, TlsConfig } from '@k8sop/operator';
import type { GrpcTransportOptions } from '@k8sop/raft-grpc';
import { staticDiscovery } from '../src/ha/static-discovery.ts';
import { freePorts } from './free-ports.ts';
import { type Authority, type SecretContent, writeSecret } from './certificates.ts';

export const signal: AbortSignal = new AbortController().signal;
const ordinals = [0, 1, 2];

/** The stable DNS name of a pod of these tests. */
export function dnsName(ordinal: number): string {
  return `nodes-${ordinal}.nodes-raft.prod.svc.cluster.local`;
}

export class SecuredNodes implements AsyncDisposable {
  readonly peers: Readonly<Record<number, string>>;
  readonly problems: readonly string[][] = [[], [], []];
  readonly #directory: string;
  readonly #nodes = new Map<number, RaftNodeManager>();

  private constructor(directory: string, peers: Readonly<Record<number, string>>) {
    this.#directory = directory;
    this.peers = peers;
  }

  /** Founds a cluster of three whose Secrets are signed by `authority`; resolves when all vote. */
  static async start(authority: Authority): Promise<SecuredNodes> {
    const nodes = new SecuredNodes(await mkdtemp(join(tmpdir(), 'k8sop-tls-')), await loopback());
    for (const ordinal of ordinals) {
      await nodes.secret(ordinal, { signer: authority, trusts: [authority], names: [dnsName(ordinal)] });
      await nodes.open(ordinal);
    }
    await Promise.all(ordinals.map((ordinal) => nodes.node(ordinal).bootstrapOrJoin()));
    await nodes.until(() => nodes.leader.cluster.members().filter(({ role }) => role === 'voter').length === 3);
    return nodes;
  }

  node(ordinal: number): RaftNodeManager {
    return this.#nodes.get(ordinal) as RaftNodeManager;
  }

  get leader(): RaftNodeManager {
    return [...this.#nodes.values()].find((node) => node.election.isLeader) as RaftNodeManager;
  }

  portOf(ordinal: number): number {
    return Number(this.peers[ordinal]?.split(':')[1]);
  }

  secretOf(ordinal: number): string {
    return join(this.#directory, `${ordinal}`);
  }

  async secret(ordinal: number, content: SecretContent): Promise<void> {
    await writeSecret(this.secretOf(ordinal), content);
  }

  /** A node with memory storage, its own TLS unless told otherwise; it does not take part yet. */
  async open(ordinal: number, tls: TlsConfig = this.#tls(ordinal)): Promise<RaftNodeManager> {
    const config = new RaftConfig('nodes')
      .nodeId(ordinal)
      .peers(this.peers)
      .serviceName('nodes-raft')
      .namespace('prod')
      .host('127.0.0.1')
      .bootstrap('expect')
      .electionTimeout('1s') // who leads must not depend on how busy the machine is
      .tls(tls);
    const node = RaftNodeManager.withMemory(config, {
      onProblem: (message) => void this.problems[ordinal]?.push(message),
    });
    this.#nodes.set(ordinal, node);
    await node.start();
    return node;
  }

  /** What a transport in the place of that node needs. */
  transportOf(ordinal: number): GrpcTransportOptions {
    return {
      discovery: staticDiscovery(this.peers),
      host: '127.0.0.1',
      port: this.portOf(ordinal),
      tls: this.#tls(ordinal),
      peerName: (id) => dnsName(id - 1),
    };
  }

  /** Until a node has told of it. */
  async told(ordinal: number, text: RegExp): Promise<void> {
    await this.until(() => this.problems[ordinal]?.some((problem) => text.test(problem)) ?? false);
  }

  /** Looks again and again, for 40 s at most. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const limit = AbortSignal.timeout(40_000);
    while (!(await attempt(condition))) {
      if (limit.aborted) throw new Error(`not so after 40 s; problems: ${JSON.stringify(this.problems)}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.shutdown()));
    await rm(this.#directory, { recursive: true, force: true });
  }

  #tls(ordinal: number): TlsConfig {
    const file = (name: string): string => join(this.secretOf(ordinal), name);
    return TlsConfig.mtls(
      { certFile: file('tls.crt'), keyFile: file('tls.key'), caFile: file('ca.crt') },
      { reloadMs: 50 },
    );
  }
}

async function attempt(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await condition();
  } catch {
    return false; // nobody leads at this moment
  }
}

/** Proposes one command after the other until it is stopped; counts those that were committed. */
export async function propose(nodes: SecuredNodes, stop: AbortSignal): Promise<number> {
  let count = 0;
  const { leader } = nodes;
  while (!stop.aborted) {
    await leader.propose(Buffer.from(`command ${count}`));
    count += 1;
  }
  return count;
}

export interface Caller {
  readonly certificate: string;
  readonly key: string;
}

/** Who signed what a node shows, when it believes the caller; undefined when it hangs up on the caller. */
export async function issuerSeenBy(port: number, { certificate, key }: Caller): Promise<string | undefined> {
  const session = connect(`https://127.0.0.1:${port}`, { cert: certificate, key, rejectUnauthorized: false });
  session.on('error', () => {}); // 'close' follows
  try {
    const answered = new Promise<boolean>((resolve) => {
      session.once('close', () => resolve(false));
      session.once('connect', () => session.ping((error) => resolve(error === null)));
    });
    if (!(await answered)) return undefined;
    return (session.socket as TLSSocket).getPeerX509Certificate()?.issuer;
  } finally {
    session.destroy();
  }
}

async function loopback(): Promise<Record<number, string>> {
  return Object.fromEntries((await freePorts(3)).map((port, ordinal) => [ordinal, `127.0.0.1:${port}`]));
}
