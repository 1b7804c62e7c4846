/**
 * A network that can be cut: each replica in a network namespace of its own, with one link to its peers and one to the API
 * server. Whoever experiments runs in the hub, a namespace with both bridges, so nothing outside of it is touched.
 *
 *     peers 10.99.0.0/24     replica i is .1i      link p<i> of the hub
 *     API   10.99.1.0/24     the hub is .1         link a<i> of the hub
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

export type Link = 'peers' | 'api';

const variable = 'K8SOP_HUB';
/** What `ip netns exec` puts over /etc. */
const resolvers = '/etc/netns';
/** A hardware address that no link has. */
const nobody = '02:00:00:00:00:01';
/** Replicas that have a namespace. */
export const networkSize = 5;

export class Network {
  readonly #hub: string;
  /** Where the replicas find the API server, and DNS. */
  readonly apiHost = '10.99.1.1';

  constructor(hub: string) {
    this.#hub = hub;
  }

  /** Put before a command that is to run as this replica. */
  prefix(ordinal: number): readonly string[] {
    return ['ip', 'netns', 'exec', `${this.#hub}-${ordinal}`];
  }

  peerHost(ordinal: number): string {
    return `10.99.0.${10 + ordinal}`;
  }

  probeHost(ordinal: number): string {
    return `10.99.1.${10 + ordinal}`;
  }

  /** Nothing passes any more, and nobody is told. @returns milliseconds of `process.hrtime` afterwards. */
  cut(ordinal: number, link: Link): number {
    return this.#set(ordinal, link, 'down');
  }

  heal(ordinal: number, link: Link): number {
    return this.#set(ordinal, link, 'up');
  }

  /** What this replica sends to the API server gets lost, what it is sent still arrives: changes come, answers never do. */
  mute(ordinal: number): void {
    this.#neighbour(ordinal, `replace ${this.apiHost} lladdr ${nobody} dev a nud permanent`);
  }

  unmute(ordinal: number): void {
    this.#neighbour(ordinal, `replace ${this.apiHost} lladdr ${nobody} dev a nud failed`);
  }

  healAll(): void {
    for (let ordinal = 0; ordinal < networkSize; ordinal++) {
      this.heal(ordinal, 'peers');
      this.heal(ordinal, 'api');
    }
  }

  #neighbour(ordinal: number, change: string): void {
    execFileSync('ip', ['-n', `${this.#hub}-${ordinal}`, 'neigh', ...change.split(' ')]);
  }

  #set(ordinal: number, link: Link, state: 'up' | 'down'): number {
    execFileSync('ip', ['link', 'set', 'dev', `${link === 'peers' ? 'p' : 'a'}${ordinal}`, state]);
    return Number(process.hrtime.bigint()) / 1e6;
  }
}

/**
 * The network, when this process runs in a hub already. Otherwise makes one, runs the program again inside it, and ends with its
 * exit code, leaving nothing behind. Undefined, after saying why, where namespaces are not allowed.
 */
export async function enterNetwork(say: (line: string) => void): Promise<Network | undefined> {
  const inside = process.env[variable];
  if (inside !== undefined) return new Network(inside);
  const hub = `k8sop-${process.pid}`;
  try {
    build(hub);
  } catch (error) {
    remove(hub);
    const [why = ''] = (error as Error).message.split('\n').slice(1);
    say(`partitions are skipped: network namespaces need root and iproute2 (${why})`);
    return undefined;
  }
  process.exit(await runInside(hub));
}

async function runInside(hub: string): Promise<number> {
  const [script = '', ...args] = process.argv.slice(1);
  const command = [process.execPath, ...process.execArgv, script, ...args];
  const child = spawn('ip', ['netns', 'exec', hub, ...command], {
    stdio: 'inherit',
    env: { ...process.env, [variable]: hub },
    detached: true,
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  remove(hub);
  return code ?? 1;
}

function build(hub: string): void {
  const ordinals = Array.from({ length: networkSize }, (_, ordinal) => ordinal);
  ip([], ['netns add ' + hub, ...ordinals.map((ordinal) => `netns add ${hub}-${ordinal}`)]);
  ip(
    ['-n', hub],
    [
      'link set dev lo up',
      ...['peers', 'api'].flatMap((bridge, index) => [
        `link add ${bridge} type bridge`,
        `addr add 10.99.${index}.1/24 dev ${bridge}`,
        `link set dev ${bridge} up`,
      ]),
      ...ordinals.flatMap((ordinal) => [
        `link add p${ordinal} type veth peer name p netns ${hub}-${ordinal}`,
        `link add a${ordinal} type veth peer name a netns ${hub}-${ordinal}`,
        `link set dev p${ordinal} master peers up`,
        `link set dev a${ordinal} master api up`,
      ]),
    ],
  );
  for (const ordinal of ordinals) {
    ip(
      ['-n', `${hub}-${ordinal}`],
      [
        'link set dev lo up',
        `addr add 10.99.0.${10 + ordinal}/24 dev p`,
        `addr add 10.99.1.${10 + ordinal}/24 dev a`,
        'link set dev p up',
        'link set dev a up',
      ],
    );
    mkdirSync(`${resolvers}/${hub}-${ordinal}`, { recursive: true });
    writeFileSync(
      `${resolvers}/${hub}-${ordinal}/resolv.conf`,
      'nameserver 10.99.1.1\nsearch default.svc.cluster.local\n',
    );
  }
}

/** Their links and mounts go with the namespaces. */
function remove(hub: string): void {
  for (let ordinal = 0; ordinal < networkSize; ordinal++)
    rmSync(`${resolvers}/${hub}-${ordinal}`, { recursive: true, force: true });
  for (const name of [hub, ...Array.from({ length: networkSize }, (_, ordinal) => `${hub}-${ordinal}`)]) {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    } catch {
      // was never made
    }
  }
}

function ip(where: readonly string[], lines: readonly string[]): void {
  execFileSync('ip', [...where, '-batch', '-'], { input: lines.join('\n'), stdio: ['pipe', 'ignore', 'pipe'] });
}
