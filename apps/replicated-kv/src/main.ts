import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BootstrapOptions,
  type Clock,
  configurationOf,
  isRaftError,
  type NodeId,
  type RaftDriver,
  startRaftDriver,
} from '@k8sop/raft-core';
import { openLevelLogStore } from '@k8sop/raft-level';
import { createHttpApi } from './http-api.ts';
import { KvStore } from './kv-store.ts';
import { type NodeOptions, readOptions } from './options.ts';
import { TcpTransport } from './tcp-transport.ts';

const clock: Clock = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  defer(callback) {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
};

const options = parse();
const { id, dataDir, addresses, founders } = options;
// A node's identity is its id here, so that founders know each other without asking; a wiped disk needs a new id.
const store = await openLevelLogStore({ directory: dataDir, newUuid: () => `node-${id}` });
const transport = new TcpTransport(id, addresses);
const kv = new KvStore();
const driver = await startRaftDriver({
  id,
  store,
  transport,
  stateMachine: kv,
  clock,
  seed: randomInt(2 ** 47),
  bootId: randomUUID(),
  ...(founders.length === 0 ? {} : { bootstrap: foundation(founders) }),
});
const http = createHttpApi({ driver, store: kv, addresses });
const { host, httpPort } = addresses.get(id) ?? { host: '127.0.0.1', httpPort: 0 };
http.listen(httpPort, host, () => console.log(`node ${id} answers at http://${host}:${httpPort}`));
if (founders.length === 0 && driver.identity.clusterId === '') await join(driver, options);

for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => void stop());
void driver.closed.then(() => {
  if (driver.failure === undefined) return;
  console.error(`node ${id} failed:`, driver.failure);
  process.exit(1);
});

async function stop(): Promise<void> {
  http.close();
  http.closeAllConnections();
  await driver[Symbol.asyncDispose]();
  await transport[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
}

function parse(): NodeOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** Every founder passes the same values; a storage that has seen a cluster ignores them. */
function foundation(ids: readonly NodeId[]): BootstrapOptions {
  const voters = ids.map((member) => ({ id: member, uuid: `node-${member}` }));
  return { clusterId: 'replicated-kv', generation: 1, configuration: configurationOf(voters) };
}

/** Asks everybody in turn, following the leader that they name. */
async function join(node: RaftDriver, { addresses: book, id: own }: NodeOptions): Promise<void> {
  const others = [...book.keys()].filter((other) => other !== own);
  for (let contact = others[0], attempt = 0; contact !== undefined; attempt++) {
    const answer = await node.join(contact).catch((error: unknown) => {
      if (isRaftError(error, 'RAFT_PEER_UNREACHABLE')) return undefined;
      throw error;
    });
    if (answer?.type === 'joined') return console.log(`node ${own} joined as a learner`);
    if (answer?.type === 'refused') console.error(`node ${contact} refused: ${answer.reason}`);
    const named = answer?.type === 'notLeader' ? answer.leaderId : 0;
    contact = named !== 0 && named !== own ? named : others[attempt % others.length];
    await sleep(100);
  }
}
