/** Starts faults at random and ends them; keeps to what the design says a cluster survives. */
import { survivesLossOf } from './disk-losses.ts';
import type { NemesisName } from './run-profile.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulationWorld } from './simulation-world.ts';
import type { CrashPoint } from './storage-writer.ts';

const crashPoints: readonly CrashPoint[] = [
  { step: 'hardState', when: 'before' },
  { step: 'hardState', when: 'after' },
  { step: 'cluster', when: 'before' },
  { step: 'cluster', when: 'after' },
  { step: 'entries', when: 'before' },
  { step: 'entries', when: 'between' },
  { step: 'entries', when: 'between' },
  { step: 'entries', when: 'after' },
  { step: 'install', when: 'before' },
  { step: 'install', when: 'before' },
  { step: 'install', when: 'after' },
  { step: 'compact', when: 'before' },
  { step: 'compact', when: 'after' },
];

export class Nemesis {
  readonly #world: SimulationWorld;

  constructor(world: SimulationWorld) {
    this.#world = world;
  }

  start(): void {
    const { wheel, random, profile } = this.#world;
    if (profile.nemeses.length === 0) return;
    wheel.in(1 + random.below(2 * profile.nemesisEveryMs), () => {
      if (this.#world.calm) return;
      this.#begin(this.#world.pick(profile.nemeses));
      this.start();
    });
  }

  /** Ends all faults: links repaired, processes running and awake. */
  stop(): void {
    const { network, nodes } = this.#world;
    network?.heal();
    for (const node of nodes) {
      node.writer.armed = null;
      node.stallUntilMs = 0;
      node.resume();
      if (!node.up) node.start();
    }
  }

  #begin(name: NemesisName): void {
    this.#world.note(0, () => `nemesis ${name}`);
    switch (name) {
      case 'partition':
      case 'oneWayPartition':
        this.#partition(name === 'oneWayPartition');
        break;
      case 'connectionLoss':
        this.#loseConnections();
        break;
      case 'crash':
        this.#crash(this.#victim());
        break;
      case 'boundaryCrash':
        this.#armCrash();
        break;
      case 'pause':
      case 'clockFreeze':
        this.#pause(this.#victim(), name === 'clockFreeze');
        break;
      case 'transfer':
        this.#transfer();
        break;
      case 'wipe':
        this.#wipe();
        break;
      case 'timingChange':
        this.#changeTiming();
        break;
      case 'diskStall':
        this.#stall(this.#victim());
        break;
      case 'sigterm':
        this.#terminate(this.#victim());
        break;
    }
  }

  /** The leader more often than others. */
  #victim(): SimulatedNode {
    const { leaders, nodes } = this.#world;
    return leaders.length > 0 && this.#world.chance(0.5) ? this.#world.pick(leaders) : this.#world.pick(nodes);
  }

  #partition(oneWay: boolean): void {
    const world = this.#world;
    const { network, nodes, wheel, random } = world;
    if (network === null) return;
    const inside = new Set(nodes.filter(() => world.chance(0.5)).map((node) => node.id));
    for (const a of nodes) {
      for (const b of nodes) {
        if (inside.has(a.id) === inside.has(b.id) || (oneWay && !inside.has(a.id))) continue;
        network.block(a.id, b.id);
        if (world.chance(0.3)) network.breakConnection(a, b.id);
      }
    }
    world.cover(oneWay ? 'oneWayPartition' : 'partition');
    const leader = world.leaders.at(-1);
    if (leader?.core && !oneWay && inside.size > 0 && inside.size < nodes.length) {
      const own = leader.core.configuration.voters.filter(({ id }) => inside.has(id) === inside.has(leader.id));
      world.cover(own.length * 2 > leader.core.configuration.voters.length ? 'leaderInMajority' : 'leaderInMinority');
    }
    wheel.in(50 + random.below(1500), () => network.heal());
  }

  /** Streams break, the processes live on. */
  #loseConnections(): void {
    const world = this.#world;
    const leader = this.#victim();
    for (const node of world.nodes) {
      if (node === leader || !world.chance(0.7)) continue;
      world.network?.breakConnection(node, leader.id);
      if (world.chance(0.5)) world.network?.breakConnection(leader, node.id);
    }
    world.cover('connectionLoss');
  }

  #crash(node: SimulatedNode): void {
    node.crash('killed');
    this.#restartLater(node, this.#world.pick([0, 20, 150, 600, 2000]));
  }

  #restartLater(node: SimulatedNode, afterMs: number): void {
    const { wheel, random } = this.#world;
    const { epoch } = node;
    wheel.in(1 + random.below(afterMs + 1), () => {
      if (node.epoch === epoch) node.restart();
    });
  }

  #armCrash(): void {
    const world = this.#world;
    const point = world.pick(crashPoints);
    const { leaders } = world;
    const others = world.nodes.filter((node) => !leaders.includes(node)); // a leader installs nothing
    const victim = point.step === 'install' && others.length > 0 ? world.pick(others) : this.#victim();
    victim.writer.armed = point;
  }

  #pause(node: SimulatedNode, freeze: boolean): void {
    if (!node.awake) return;
    const world = this.#world;
    const { epoch } = node;
    node.pause(freeze);
    world.cover(freeze ? 'clockFreeze' : 'pause');
    world.wheel.in(10 + world.random.below(world.pick([60, 300, 3000])), () => {
      if (node.epoch === epoch) node.resume();
    });
  }

  #transfer(): void {
    const world = this.#world;
    const leader = world.leaders.at(-1);
    if (leader === undefined) return;
    const target = world.chance(0.5) ? 0 : world.pick(world.nodes).id;
    if (leader.process?.transfer(target) === true) world.cover('transfer');
  }

  /** A disk is lost for good, whatever is under way, as long as a cluster is left. */
  #wipe(): void {
    const world = this.#world;
    const node = this.#victim();
    if (!survivesLossOf(node, world)) return;
    node.crash('wiped');
    node.wipe();
    world.cover('wipe');
    this.#restartLater(node, 400);
  }

  #changeTiming(): void {
    const world = this.#world;
    const electionTimeoutMs = world.pick([150, 150, 200, 300, 1000]);
    const heartbeatMs = Math.min(200, Math.floor(electionTimeoutMs / 50) * 10);
    const leader = world.leaders.at(-1)?.process;
    if (leader?.changeTiming({ electionTimeoutMs, heartbeatMs }) === true) world.cover('timingChange');
  }

  #stall(node: SimulatedNode): void {
    node.stallUntilMs = this.#world.nowMs + 50 + this.#world.random.below(1200);
    this.#world.cover('diskStall');
  }

  /** Hands over if it leads, then stops for a while. */
  #terminate(node: SimulatedNode): void {
    const { core, epoch } = node;
    if (core === null || !node.awake || node.stopping) return;
    node.stopping = true;
    this.#world.cover('sigterm');
    if (core.role === 'leader') node.process?.transfer(0);
    const endMs = this.#world.nowMs + 3 * core.timing.electionTimeoutMs;
    const poll = (): void => {
      if (node.epoch !== epoch) return;
      if (node.core?.role === 'leader' && this.#world.nowMs < endMs) {
        this.#world.wheel.in(5, poll);
        return;
      }
      node.process?.stop(() => {
        node.crash('stopped');
        this.#restartLater(node, 500);
      });
    };
    this.#world.wheel.in(5, poll);
  }
}
