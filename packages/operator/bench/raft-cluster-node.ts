/**
 * Part of the bench `raft-cluster`: one node as a process of its own, with LevelDB and gRPC, told what to do over IPC.
 * The load runs inside the leader's process, as a reconcile's `ctx.replicated` would.
 */
import { type NodeId, nodeIdOf } from '@k8sop/raft-core';
import { TlsConfig } from '@k8sop/raft-grpc';
import { encodeCommand } from '../src/ha/kv-command.ts';
import { KvStateMachine } from '../src/ha/kv-state-machine.ts';
import { RaftNode } from '../src/ha/raft-node.ts';

export interface NodeSetup {
  readonly ordinal: number;
  readonly dataDir: string;
  readonly peers: Readonly<Record<number, string>>;
}

export type ToNode =
  | { readonly type: 'setup'; readonly setup: NodeSetup }
  | { readonly type: 'load'; readonly inFlight: number; readonly ms: number; readonly valueBytes: number }
  | { readonly type: 'stop' };

export type FromNode =
  | { readonly type: 'ready' }
  | { readonly type: 'view'; readonly leader: boolean; readonly voters: number }
  | { readonly type: 'loaded'; readonly writesPerS: number };

let node: RaftNode | undefined;
const say = (message: FromNode): void => void process.send?.(message);

process.on('message', (message: ToNode) => void receive(message));
setInterval(() => {
  const status = node?.status();
  if (status) say({ type: 'view', leader: status.role === 'leader', voters: status.configuration.voters.length });
}, 100);

async function receive(message: ToNode): Promise<void> {
  switch (message.type) {
    case 'setup':
      await start(message.setup);
      return say({ type: 'ready' });
    case 'load':
      return say({ type: 'loaded', writesPerS: await load(message) });
    case 'stop':
      await node?.[Symbol.asyncDispose]();
      process.exit(0);
  }
}

async function start({ ordinal, dataDir, peers }: NodeSetup): Promise<void> {
  const id: NodeId = nodeIdOf(ordinal);
  const port = Number(peers[ordinal]?.split(':')[1]);
  const settings = {
    clusterName: 'bench',
    id,
    set: 'bench',
    service: 'bench',
    namespace: 'bench',
    clusterDomain: 'cluster.local',
    host: '127.0.0.1',
    port,
    dataDir,
    onCorruptStorage: 'stop' as const,
    tls: TlsConfig.disabled(),
    electionTimeoutMs: 1_000,
    heartbeatMs: 100,
    takeoverGraceMs: 0,
    maxVoters: 5,
    peers,
  };
  node = await RaftNode.open(settings as Parameters<typeof RaftNode.open>[0], {
    stateMachine: new KvStateMachine(),
    leadership: { lease: () => {}, revoke: (term) => node?.driver.reconcilerStopped(term) },
    problem: (problem) => console.error(problem),
    record: async () => {},
    failed: (error) => console.error(error),
  });
  const { identity } = node.storage;
  const founder = { id, uuid: identity.uuid };
  const configuration = { voters: [founder], outgoing: [], learners: [], learnersNext: [], autoLeave: false };
  await node.start(ordinal === 0 ? { clusterId: 'bench', generation: 1, configuration } : undefined);
  if (ordinal !== 0) await node.join([nodeIdOf(0)], new AbortController().signal);
}

/** Keeps `inFlight` writes under way; a write counts when it is on a majority's disks and applied. */
async function load({ inFlight, ms, valueBytes }: Extract<ToNode, { type: 'load' }>): Promise<number> {
  const driver = (node as RaftNode).driver;
  const value = new Uint8Array(valueBytes).fill(7);
  const endMs = performance.now() + ms;
  let writes = 0;
  const startMs = performance.now();
  const client = async (name: number): Promise<void> => {
    for (let n = 0; performance.now() < endMs; n++) {
      await driver.propose(encodeCommand({ op: 'put', key: `k${name}-${n % 1_000}`, value }));
      writes += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, name) => client(name)));
  return writes / ((performance.now() - startMs) / 1_000);
}
