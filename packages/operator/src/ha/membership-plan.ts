/**
 * Which membership change a leader should make next, if any. Pure: it sees the configuration, what the leader knows of each
 * peer, and how many replicas are wanted; never a DNS answer.
 *
 * One change at a time. Members join as learners; the best learners become voters until the number of voters is the largest
 * odd one that replicas and `maxVoters` allow; members beyond the wanted replicas leave.
 */
import type { Configuration, ConfigurationChange, NodeId } from '@k8sop/raft-core';

export interface PeerView {
  readonly id: NodeId;
  /** Passed the core's promotion gate. */
  readonly caughtUp: boolean;
  /** Heard from recently. */
  readonly live: boolean;
}

export interface MembershipView {
  readonly configuration: Configuration;
  readonly selfId: NodeId;
  /** Everybody but the leader. */
  readonly peers: readonly PeerView[];
  /** Wanted replicas as read last: ordinals 0 to n − 1 may vote. Undefined while unknown: everybody may. */
  readonly admitted: number | undefined;
  /** Wanted replicas, confirmed: whoever is beyond leaves. Undefined while unknown: nobody does. */
  readonly kept: number | undefined;
  readonly maxVoters: number;
}

/** Largest odd number of voters for so many members. 0 and 1 members: that many. */
export function voterTarget(members: number, maxVoters: number): number {
  const most = Math.min(members, maxVoters);
  return most > 0 && most % 2 === 0 ? most - 1 : most;
}

/** The next change, with the reason to log; undefined when the membership is as it should be. */
export function planMembership(view: MembershipView): { change: ConfigurationChange; reason: string } | undefined {
  const { configuration } = view;
  if (configuration.outgoing.length > 0) return undefined; // a change is under way
  return removal(view) ?? promotion(view) ?? demotion(view);
}

/**
 * Whom a leader that is not wanted any more hands over to, before anything else: it would remove the others first, and the last
 * voter can neither be removed nor hand over. Undefined: it is wanted, or no wanted voter is live.
 */
export function heirOfUnwanted(view: MembershipView): NodeId | undefined {
  const { configuration, peers, kept } = view;
  if (!isUnwanted(view) || kept === undefined || configuration.outgoing.length > 0) return undefined;
  return configuration.voters.find(({ id }) => id <= kept && peers.some((peer) => peer.id === id && peer.live))?.id;
}

function isUnwanted({ selfId, kept }: MembershipView): boolean {
  return kept !== undefined && selfId > kept;
}

type Plan = ReturnType<typeof planMembership>;

function removal({ configuration, selfId, kept, peers }: MembershipView): Plan {
  const members = [...configuration.learners, ...configuration.voters];
  const unwanted = members
    .map(({ id }) => id)
    .filter((id) => id !== selfId && kept !== undefined && id > kept)
    .sort((a, b) => b - a);
  for (const id of unwanted) {
    const voters = configuration.voters.filter((member) => member.id !== id);
    const live = voters.filter(
      (member) => member.id === selfId || peers.some((peer) => peer.id === member.id && peer.live),
    );
    if (live.length * 2 <= voters.length) continue; // the rest would have no majority
    return step('auto', [{ type: 'remove', id }], `member ${id - 1} is not wanted any more`);
  }
  return undefined;
}

function promotion({ configuration, peers, maxVoters, admitted }: MembershipView): Plan {
  const members = configuration.voters.length + configuration.learners.length;
  const missing = voterTarget(members, maxVoters) - configuration.voters.length;
  const ready = configuration.learners.filter(
    ({ id }) =>
      (admitted === undefined || id <= admitted) && peers.some((peer) => peer.id === id && peer.caughtUp && peer.live),
  );
  // From an odd number of voters to the next: both at once, so that an even number never has to agree.
  const count = missing >= 2 && configuration.voters.length % 2 === 1 ? 2 : 1;
  if (missing < 1 || ready.length < count) return undefined;
  const chosen = ready.slice(0, count);
  const names = chosen.map(({ id }) => id - 1).join(' and ');
  return step(
    'auto',
    chosen.map((member) => ({ type: 'addVoter' as const, member })),
    `${names} caught up: votes from now on`,
  );
}

function demotion(view: MembershipView): Plan {
  const { configuration, selfId, maxVoters } = view;
  if (isUnwanted(view)) return undefined; // it has to leave, not the others
  const members = configuration.voters.length + configuration.learners.length;
  const surplus = configuration.voters.length - voterTarget(members, maxVoters);
  const last = configuration.voters.filter(({ id }) => id !== selfId).at(-1);
  if (surplus < 1 || last === undefined) return undefined;
  return step('auto', [{ type: 'addLearner', member: last }], `an odd number of voters: ${last.id - 1} only learns`);
}

function step(
  transition: ConfigurationChange['transition'],
  steps: ConfigurationChange['steps'],
  reason: string,
): { change: ConfigurationChange; reason: string } {
  return { change: { transition, steps }, reason };
}
