/** Changes the membership at random, as an administrator would: through whoever leads, with the safety checks on. */
import {
  isJoint,
  type ChangeStep,
  type Configuration,
  type ConfigurationChange,
  type Member,
} from '../../configuration.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulationWorld } from './simulation-world.ts';

export class Administrator {
  readonly #world: SimulationWorld;

  constructor(world: SimulationWorld) {
    this.#world = world;
  }

  start(): void {
    const { wheel, random, profile } = this.#world;
    this.#admit();
    if (profile.membershipEveryMs === 0) wheel.in(200, () => this.#tend());
    else wheel.in(1 + random.below(2 * profile.membershipEveryMs), () => this.#act());
  }

  /** Replaces wiped members and ends joint phases; the only work once faults are over. */
  repair(): void {
    this.#admit();
    const leader = this.#world.leaders.at(-1);
    const core = leader?.core;
    if (leader === undefined || !core) return;
    const { configuration } = core;
    if (isJoint(configuration)) {
      if (!configuration.autoLeave) this.#change(leader, { transition: 'leave', steps: [] });
      return;
    }
    const wiped = configuration.voters.concat(configuration.learners).find((member) => this.#isWiped(member));
    const node = wiped && this.#world.node(wiped.id);
    if (!wiped || !node?.up) return;
    const step: ChangeStep = { type: 'addLearner', member: { id: node.id, uuid: node.uuid } };
    if (this.#change(leader, { transition: 'auto', steps: [step] })) this.#world.cover('replace');
  }

  #tend(): void {
    this.repair();
    this.start();
  }

  #act(): void {
    const leader = this.#world.leaders.length > 0 ? this.#world.pick(this.#world.leaders) : undefined;
    if (leader?.core && !this.#world.calm) this.#actAt(leader, leader.core);
    else this.repair();
    this.start();
  }

  #actAt(leader: SimulatedNode, core: RaftCore): void {
    const { configuration } = core;
    const world = this.#world;
    if (isJoint(configuration) || world.chance(0.2)) {
      this.repair();
      return;
    }
    const outside = world.nodes.filter((node) => node.up && !node.isMemberOf(configuration));
    // Who takes voters away while another's disk is lost may lose the majority; growing is always safe.
    const wounded = configuration.voters.some((member) => this.#isWiped(member));
    const choice = wounded ? 1 + 2 * world.random.below(2) : world.random.below(5);
    if (choice === 0 && configuration.voters.length > 1) this.#remove(leader, core);
    else if (choice === 1 && outside.length > 0) this.#add(leader, core, world.pick(outside));
    else if (choice === 2) this.#jointly(leader, core);
    else this.#promote(leader, core);
  }

  /** A learner's id may hold a removed or wiped storage: adding it replaces nobody. */
  #add(leader: SimulatedNode, { configuration }: RaftCore, node: SimulatedNode): void {
    const known = [...configuration.voters, ...configuration.learners].some((member) => member.id === node.id);
    if (known) return;
    const step: ChangeStep = { type: 'addLearner', member: { id: node.id, uuid: node.uuid } };
    if (this.#change(leader, { transition: 'auto', steps: [step] })) this.#world.cover('addLearner');
  }

  #promote(leader: SimulatedNode, { configuration }: RaftCore): void {
    const learners = this.#soundLearners(configuration);
    if (learners.length === 0) return;
    const step: ChangeStep = { type: 'addVoter', member: this.#world.pick(learners) };
    if (this.#change(leader, { transition: 'auto', steps: [step] })) this.#world.cover('promote');
  }

  #remove(leader: SimulatedNode, { configuration }: RaftCore): void {
    const { id } = this.#world.pick([...configuration.voters, ...configuration.learners]);
    const checks = id === leader.id ? 'skipped' : 'enforced'; // a leader may be removed only so
    const change: ConfigurationChange = { transition: 'auto', steps: [{ type: 'remove', id }] };
    if (leader.process?.change(change, checks) === true) this.#world.cover('remove');
  }

  /** Several members at once: some out, some in, by a joint phase that ends by itself or not. */
  #jointly(leader: SimulatedNode, { configuration }: RaftCore): void {
    const world = this.#world;
    const steps: ChangeStep[] = [];
    for (const member of this.#soundLearners(configuration)) {
      if (world.chance(0.5)) steps.push({ type: 'addVoter', member });
    }
    for (const member of configuration.voters) {
      if (member.id === leader.id || !world.chance(0.3)) continue;
      steps.push(world.chance(0.5) ? { type: 'addLearner', member } : { type: 'remove', id: member.id });
    }
    if (steps.length === 0) return;
    const transition = world.pick(['explicit', 'implicit', 'auto'] as const);
    if (this.#change(leader, { transition, steps }) && transition === 'explicit') world.cover('explicitJoint');
  }

  #change(leader: SimulatedNode, change: ConfigurationChange): boolean {
    return leader.process?.change(change, 'enforced') === true;
  }

  /** A node that a leader counts among its members was admitted: it takes part from now on. */
  #admit(): void {
    for (const leader of this.#world.leaders) {
      for (const node of this.#world.nodes) {
        const counted = leader.core !== null && node.isMemberOf(leader.core.configuration);
        if (counted && !node.disk.joined) node.process?.admit(leader.id);
      }
    }
  }

  /** A learner whose disk was just lost may still look alive to its leader: as a voter it would count for nothing. */
  #soundLearners({ learners }: Configuration): readonly Member[] {
    return learners.filter((member) => !this.#isWiped(member));
  }

  #isWiped({ id, uuid }: Member): boolean {
    return this.#world.node(id)?.uuid !== uuid;
  }
}
