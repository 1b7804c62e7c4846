/**
 * What may go wrong, each as one function: it does harm, may wait for the cluster to notice, and leaves every replica either
 * running or stopped. `Chaos` starts what is stopped and waits for the recovery.
 */
import { randomInt } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DnsMood } from '../harness/dns-server.ts';
import { parseStamp } from '../harness/fence-oracle.ts';
import type { Link } from '../harness/network.ts';
import type { Replica } from '../harness/replica.ts';
import type { Stage } from '../harness/stage.ts';

export type Nemesis = (stage: Stage) => Promise<void>;

export const nemeses: Readonly<Record<string, Nemesis>> = {
  'kill leader': async (stage) => kill(await stage.awaitLeader()),
  'kill follower': async (stage) => kill(await follower(stage)),
  'kill two': async (stage) => {
    const leader = await stage.awaitLeader();
    await Promise.all([kill(leader), kill(await follower(stage))]);
  },
  'kill all': async (stage) => void (await Promise.all(members(stage).map(kill))),
  'end leader': async (stage) => end(await stage.awaitLeader()),
  'end follower': async (stage) => end(await follower(stage)),
  /** Each with code 0; what was acknowledged is on their disks. */
  'end all': async (stage) => void (await Promise.all(members(stage).map(end))),
  'rolling restart': async (stage) => {
    for (const replica of members(stage)) {
      await end(replica);
      replica.start();
      await replica.ready(stage.signal);
    }
  },
  'freeze leader': async (stage) => freeze(await stage.awaitLeader(), randomInt(50, 2_000)),
  'freeze follower': async (stage) => freeze(await follower(stage), randomInt(50, 2_000)),
  'freeze all': async (stage) => {
    const ms = randomInt(200, 1_500);
    await Promise.all(members(stage).map((replica) => freeze(replica, ms)));
  },
  'wipe follower': async (stage) => wipe(stage, await follower(stage)),
  'wipe leader': async (stage) => wipe(stage, await stage.awaitLeader()),
  'corrupt follower': async (stage) => corrupt(stage, await follower(stage)),
  'corrupt leader': async (stage) => corrupt(stage, await stage.awaitLeader()),
  'clone follower': async (stage) => runClone(stage, await follower(stage)),
  'clone leader': async (stage) => runClone(stage, await stage.awaitLeader()),
  'API outage': async (stage) => stage.server.outage(randomInt(100, 2_000)),
  'API outage and leader loss': async (stage) => {
    const leader = await stage.awaitLeader();
    const back = stage.server.outage(1_500);
    await kill(leader);
    await back;
  },
  'skew clocks': async (stage) => {
    for (const replica of members(stage)) {
      await kill(replica);
      replica.start(skewedClock());
      await replica.ready(stage.signal);
    }
    await freeze(await stage.awaitLeader(), randomInt(50, 500));
    await kill(await stage.awaitLeader());
  },
};

/** Harm that needs namespaces: a network that can be cut, DNS and disks of one's own. */
export const partitions: Readonly<Record<string, Nemesis>> = {
  'DNS outage': async (stage) => dnsTrouble(stage, ['fails', 'is silent', 'knows nobody']),
  'DNS names others': async (stage) => dnsTrouble(stage, ['swaps']),
  'full disk of leader': async (stage) => fillDisk(stage, await stage.awaitLeader()),
  'full disk of follower': async (stage) => fillDisk(stage, await follower(stage)),
  'partition leader': async (stage) => cut(stage, await stage.awaitLeader(), ['peers']),
  'partition follower': async (stage) => cut(stage, await follower(stage), ['peers']),
  'cut leader from all': async (stage) => cut(stage, await stage.awaitLeader(), ['peers', 'api']),
  'cut leader from the API': async (stage) => cut(stage, await stage.awaitLeader(), ['api']),
  'cut leader in mid-write': async (stage) => cutInMidWrite(stage, await stage.awaitLeader()),
  'partition all': async (stage) => {
    const ms = randomInt(200, 2_000);
    for (const { ordinal } of members(stage)) stage.network.cut(ordinal, 'peers');
    await sleepMs(ms);
    stage.network.healAll();
  },
};

/**
 * 3 → 5 → 3, as an autoscaler would: the StatefulSet says how many, pods come and go after it. Removal waits until the lower
 * number was read twice, ten seconds apart.
 */
export const scaling: Readonly<Record<string, Nemesis>> = {
  'scale 3 to 5 to 3': async (stage) => {
    await stage.scale(5);
    await stage.startAll([3, 4]);
    await stage.awaitVoters(5);
    await kill(await stage.awaitLeader());
    for (const replica of stage.replicas) if (!replica.running) replica.start();
    await Promise.all(stage.replicas.map((replica) => replica.ready(stage.signal)));
    await stage.scale(3);
    for (const ordinal of [4, 3]) await end(stage.replica(ordinal));
    await stage.awaitVoters(3);
    for (const ordinal of [3, 4]) await stage.wipe(ordinal);
  },
};

/** Those that should run: replicas that a scale-up added come and go by themselves. */
export function members(stage: Stage): readonly Replica[] {
  return stage.replicas.filter(({ running }) => running);
}

async function follower(stage: Stage): Promise<Replica> {
  const leader = await stage.awaitLeader();
  const others = members(stage).filter((replica) => replica !== leader);
  const chosen = others[randomInt(others.length)];
  if (chosen === undefined) throw new Error('there is no follower');
  return chosen;
}

async function kill(replica: Replica): Promise<void> {
  replica.signal('SIGKILL');
  await replica.ended();
}

async function end(replica: Replica): Promise<void> {
  replica.signal('SIGTERM');
  const code = await replica.ended();
  if (code !== 0)
    throw new Error(`replica ${replica.ordinal} ended with code ${code}; its last lines:\n${replica.tail}`);
}

async function freeze(replica: Replica, ms: number): Promise<void> {
  replica.signal('SIGSTOP');
  await sleepMs(ms);
  replica.signal('SIGCONT');
}

/** Silence, long enough for a new leader most of the time; what was underway before arrives late or never. */
async function cut(stage: Stage, { ordinal }: Replica, links: readonly Link[]): Promise<void> {
  for (const link of links) stage.network.cut(ordinal, link);
  await sleepMs(randomInt(100, 2_500));
  for (const link of links) stage.network.heal(ordinal, link);
}

/**
 * What the leader sends to the API gets lost, so writes begun then wait in the kernel. It loses its lease with them, a successor
 * writes, and only then the network heals: none of them may arrive (H14).
 */
async function cutInMidWrite(stage: Stage, { ordinal, lines }: Replica): Promise<void> {
  const { server, network } = stage;
  const leads = lines.findLast(({ msg }) => msg === 'controller leads');
  const before = (leads?.['token'] as string | undefined) ?? server.oracle.token; // its own: by now another may lead
  network.mute(ordinal);
  await sleepMs(randomInt(40, 200));
  const succeeded = server.nextWrite(({ fence }) => parseStamp(fence).token > before);
  network.cut(ordinal, 'peers');
  await succeeded;
  network.unmute(ordinal);
  await sleepMs(randomInt(500, 1_500)); // the kernel tries again after 200, 600 and 1,400 ms
  network.heal(ordinal, 'peers');
}

/** One starts anew and the leader dies meanwhile: what the names said before is all that the others have. */
async function dnsTrouble(stage: Stage, moods: readonly DnsMood[]): Promise<void> {
  const { dns } = stage;
  const again = await follower(stage);
  dns.mood = moods[randomInt(moods.length)] ?? 'fails';
  await kill(again);
  again.start();
  await sleepMs(randomInt(500, 1_500));
  await kill(await stage.awaitLeader());
  await sleepMs(randomInt(500, 1_500));
  dns.mood = 'answers';
}

/** Whoever cannot store may neither acknowledge nor start; what the probes would restart is killed. */
async function fillDisk(stage: Stage, replica: Replica): Promise<void> {
  const disk = stage.disk(replica.ordinal);
  await disk.fill();
  try {
    await sleepMs(randomInt(300, 1_500));
    await kill(replica);
    replica.start();
    await Promise.race([replica.ended(), sleepMs(randomInt(1_000, 2_000))]);
  } finally {
    await disk.free();
  }
  await kill(replica);
}

/** As far off as a clock may be. */
function skewedClock(): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${new URL('../harness/skewed-clock.ts', import.meta.url).href}`,
    SKEWED_CLOCK_RATE: String(randomInt(955, 1_046) / 1_000),
    SKEWED_CLOCK_OFFSET_MS: String(randomInt(-3_600_000, 3_600_000)),
  };
}

async function wipe(stage: Stage, replica: Replica): Promise<void> {
  await kill(replica);
  await stage.wipe(replica.ordinal);
}

/** One flipped byte in a file of the data directory. */
async function corrupt(stage: Stage, replica: Replica): Promise<void> {
  await kill(replica);
  const files = await filesOf(stage.dataDirectory(replica.ordinal));
  const file = files[randomInt(files.length)];
  if (file === undefined) throw new Error(`replica ${replica.ordinal} has no data`);
  const bytes = await readFile(file);
  const at = randomInt(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
  await writeFile(file, bytes);
}

/**
 * A second process with the same identity, on a copy of the data. Peers that met the copy first refuse the original until it
 * starts again: of two processes with equal start counts none can prove that it alone votes for the member.
 */
async function runClone(stage: Stage, replica: Replica): Promise<void> {
  await kill(replica);
  const copy = join(stage.directory, `clone-${replica.ordinal}`);
  await stage.copyData(replica.ordinal, copy);
  replica.start();
  const clone = await stage.cloneOf(replica.ordinal, copy);
  clone.start();
  await sleepMs(randomInt(1_500, 3_000));
  await kill(clone);
  await kill(replica);
}

async function filesOf(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true });
  const files: string[] = [];
  for (const entry of entries) {
    const file = join(directory, entry);
    const { size } = await stat(file);
    if (size > 0 && (await stat(file)).isFile()) files.push(file);
  }
  return files;
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
