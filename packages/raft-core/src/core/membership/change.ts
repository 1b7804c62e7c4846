/**
 * Membership arithmetic: from a configuration and a requested change to the next configuration (Raft §6, and
 * Ongaro's thesis §4.3 for the joint form). Pure; who may change when is decided in `conf-change.ts`.
 */
import {
  configurationProblem,
  isJoint,
  sortedById,
  type ChangeStep,
  type Configuration,
  type ConfigurationChange,
  type Member,
} from '../../configuration.ts';
import type { NodeId } from '../../ids.ts';

/** The next configuration, or the rule that forbids the change. */
export type ChangeOutcome =
  | { readonly configuration: Configuration; readonly problem: undefined }
  | { readonly configuration: undefined; readonly problem: string };

/** Longest list of steps in one change. */
const maxSteps = 64;

/** Result of applying `change` to `base`. */
export function changeConfiguration(base: Configuration, change: ConfigurationChange): ChangeOutcome {
  if (change.transition === 'leave') return leaveJoint(base, change);
  if (isJoint(base)) return refuse('a joint phase is under way: leave it first');
  if (change.steps.length === 0) return refuse('the change has no steps');
  if (change.steps.length > maxSteps) return refuse(`the change has more than ${maxSteps} steps`);
  const draft = { voters: membersById(base.voters), learners: membersById(base.learners) };
  for (const step of change.steps) {
    const problem = takeStep(draft, step);
    if (problem !== undefined) return refuse(problem);
  }
  if (draft.voters.size === 0) return refuse('no voter would remain');
  const simple = change.transition === 'auto' && changedVoterCount(base.voters, draft.voters) <= 1;
  const next = simple ? simpleForm(draft) : jointForm(base, draft, change.transition !== 'explicit');
  const problem = configurationProblem(next);
  return problem === undefined ? { configuration: next, problem } : refuse(problem);
}

interface Draft {
  readonly voters: Map<NodeId, Member>;
  readonly learners: Map<NodeId, Member>;
}

function refuse(problem: string): ChangeOutcome {
  return { configuration: undefined, problem };
}

function leaveJoint(base: Configuration, change: ConfigurationChange): ChangeOutcome {
  if (change.steps.length > 0) return refuse('leaving a joint phase takes no steps');
  if (!isJoint(base)) return refuse('there is no joint phase to leave');
  const configuration = {
    voters: base.voters,
    outgoing: [],
    learners: sortedById([...base.learners, ...base.learnersNext]),
    learnersNext: [],
    autoLeave: false,
  };
  return { configuration, problem: undefined };
}

function takeStep(draft: Draft, step: ChangeStep): string | undefined {
  switch (step.type) {
    case 'addVoter':
      return addVoter(draft, step.member);
    case 'addLearner':
      return addLearner(draft, step.member);
    case 'remove':
      if (!draft.voters.delete(step.id) && !draft.learners.delete(step.id)) return `no member ${step.id} to remove`;
      return undefined;
  }
}

/** A voter whose uuid differs is another member: it must be replaced by a learner first. */
function addVoter(draft: Draft, member: Member): string | undefined {
  const present = draft.voters.get(member.id) ?? draft.learners.get(member.id);
  if (present !== undefined && present.uuid !== member.uuid) {
    return `member ${member.id} has uuid ${present.uuid}: replace it by a learner first`;
  }
  if (draft.voters.has(member.id)) return `member ${member.id} is a voter already`;
  draft.learners.delete(member.id);
  draft.voters.set(member.id, member);
  return undefined;
}

function addLearner(draft: Draft, member: Member): string | undefined {
  if (draft.learners.get(member.id)?.uuid === member.uuid) return `member ${member.id} is a learner already`;
  draft.voters.delete(member.id);
  draft.learners.set(member.id, member);
  return undefined;
}

/** Voters that differ between the two sets, by id; a voter with another uuid counts too. */
function changedVoterCount(before: readonly Member[], after: ReadonlyMap<NodeId, Member>): number {
  const kept = before.filter((member) => after.get(member.id)?.uuid === member.uuid).length;
  return before.length - kept + (after.size - kept);
}

function simpleForm(draft: Draft): Configuration {
  return {
    voters: sortedById([...draft.voters.values()]),
    outgoing: [],
    learners: sortedById([...draft.learners.values()]),
    learnersNext: [],
    autoLeave: false,
  };
}

/** A voter of the old half that turns learner waits in `learnersNext`, so that it is never voter and learner at once. */
function jointForm(base: Configuration, draft: Draft, autoLeave: boolean): Configuration {
  const old = membersById(base.voters);
  const learners = [...draft.learners.values()];
  return {
    voters: sortedById([...draft.voters.values()]),
    outgoing: base.voters,
    learners: sortedById(learners.filter((member) => !old.has(member.id))),
    learnersNext: sortedById(learners.filter((member) => old.has(member.id))),
    autoLeave,
  };
}

function membersById(members: readonly Member[]): Map<NodeId, Member> {
  return new Map(members.map((member) => [member.id, member]));
}
