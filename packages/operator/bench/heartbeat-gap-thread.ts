/**
 * Part of the bench `heartbeat-gap`: the consensus thread of one node, with LevelDB and gRPC as in production, and a state
 * machine whose image has any size and takes no memory. Notes when heartbeats and their answers arrive.
 */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type Configuration,
  type Message,
  type RaftDriver,
  startRaftDriver,
  type StateMachine,
  type Transport,
} from '@k8sop/raft-core';
import { GrpcTransport } from '@k8sop/raft-grpc';
import { openLevelLogStore } from '@k8sop/raft-level';
import { monotonicClock } from '../src/ha/monotonic-clock.ts';
import { withHandler } from '../src/ha/with-handler.ts';
import { staticDiscovery } from '../src/ha/static-discovery.ts';

export interface GapSetup {
  readonly ordinal: number;
  readonly dataDir: string;
  readonly peers: Readonly<Record<number, string>>;
  readonly snapshotBytes: number;
}

export type ToThread =
  | { readonly type: 'write'; readonly count: number }
  /** Forgets what was noted so far. */
  | { readonly type: 'begin' }
  | { readonly type: 'report' };

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'written' }
  | { readonly type: 'view'; readonly leader: boolean; readonly snapshotIndex: number; readonly restoredBytes: number }
  | { readonly type: 'gaps'; readonly heartbeatMs: readonly number[]; readonly answerMs: readonly number[] };

const setup = workerData as GapSetup;
const port = parentPort as NonNullable<typeof parentPort>;
const say = (message: FromThread): void => port.postMessage(message);
const chunk = new Uint8Array(64 * 1024).fill(7);
const members = Object.keys(setup.peers).map((ordinal) => ({ id: Number(ordinal) + 1, uuid: `node-${ordinal}` }));
const configuration: Configuration = {
  voters: members,
  outgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};
/** Arrivals by sender: heartbeats from the leader, answers from each follower. */
const arrivals = new Map<string, number[]>();
let restoredBytes = 0;

const driver = await start();
say({ type: 'ready' });
port.on('message', (message: ToThread) => void receive(message));
setInterval(() => {
  const { role, snapshotIndex } = driver.status();
  say({ type: 'view', leader: role === 'leader', snapshotIndex, restoredBytes });
}, 100);

async function receive(message: ToThread): Promise<void> {
  switch (message.type) {
    case 'write':
      for (let n = 0; n < message.count; n++) await driver.propose(new Uint8Array(256));
      return say({ type: 'written' });
    case 'begin':
      return arrivals.clear();
    case 'report':
      return say({ type: 'gaps', heartbeatMs: gapsOf('heartbeat '), answerMs: gapsOf('heartbeatResponse ') });
  }
}

async function start(): Promise<RaftDriver> {
  const { ordinal, dataDir, peers } = setup;
  const transport = new GrpcTransport({
    discovery: staticDiscovery(peers),
    host: '127.0.0.1',
    port: Number(peers[ordinal]?.split(':')[1]),
  });
  return await startRaftDriver({
    id: ordinal + 1,
    store: await openLevelLogStore({ directory: dataDir, newUuid: () => `node-${ordinal}` }),
    transport: listening(transport),
    stateMachine: imageOf(setup.snapshotBytes),
    clock: monotonicClock,
    seed: ordinal + 1,
    bootId: `node-${ordinal}`,
    bootstrap: { clusterId: 'bench', generation: 1, configuration },
    snapshotEntries: 100,
    trailingEntries: 0,
  });
}

/** The transport, and a note of what arrives. */
function listening(transport: Transport): Transport {
  return withHandler(transport, (handler) => ({
    receive: (message, sender) => {
      note(message);
      handler.receive(message, sender);
    },
  }));
}

function note({ type, from }: Message): void {
  if (type !== 'heartbeat' && type !== 'heartbeatResponse') return;
  const key = `${type} ${from}`;
  const times = arrivals.get(key) ?? [];
  arrivals.set(key, times);
  times.push(monotonicClock.nowMs());
}

function gapsOf(prefix: string): number[] {
  return [...arrivals]
    .filter(([key]) => key.startsWith(prefix))
    .flatMap(([, times]) => times.slice(1).map((time, i) => time - (times[i] as number)));
}

function imageOf(sizeBytes: number): StateMachine {
  return {
    apply: async (commands) => commands.map(() => new Uint8Array(0)),
    async *snapshot() {
      for (let at = 0; at < sizeBytes; at += chunk.byteLength) yield chunk;
    },
    restore: async (image) => {
      for await (const part of image) restoredBytes += part.byteLength;
    },
  };
}
