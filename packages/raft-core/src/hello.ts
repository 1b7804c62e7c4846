/**
 * Who a peer says it is, and when to believe it: the first frame of every connection, in both directions.
 *
 * Pure rules; transports call `helloProblem` and close with its reason.
 */
import { isUuid } from './configuration.ts';
import { isCount, isNodeId, type NodeId } from './ids.ts';

/** Protocol versions this build speaks. */
export const protocolVersions: { readonly min: number; readonly max: number } = { min: 1, max: 1 };

/** A node's identity. */
export interface PeerIdentity {
  /** Cluster the node belongs to; empty string while it belongs to none (empty disk). */
  readonly clusterId: string;
  /** Fencing generation; raised by recovery from a lost majority. 0 while `clusterId` is empty. */
  readonly generation: number;
  readonly id: NodeId;
  /** The storage's uuid: a wiped disk is another member. */
  readonly uuid: string;
}

/** Identity plus what tells two processes on copies of one disk apart. */
export interface Hello extends PeerIdentity {
  readonly protocolMin: number;
  readonly protocolMax: number;
  /** How often this storage was opened; durable before the first hello. */
  readonly startCount: number;
  /** Drawn per process start. */
  readonly bootId: string;
  /** The node's own vote promise (T_vote) in milliseconds. */
  readonly promiseMs: number;
}

/**
 * Why `theirs` is refused, or undefined when it is accepted.
 *
 * `seen` is the last hello accepted under the same uuid, if any: of two processes on one disk's copies the higher
 * start count wins, an equal count with another boot id is refused.
 */
export function helloProblem(own: Hello, theirs: Hello, seen: Hello | undefined): string | undefined {
  if (!isNodeId(theirs.id)) return `id ${theirs.id} is not a safe integer ≥ 1`;
  if (theirs.id === own.id) return `peer uses our own id ${own.id}: give each node an id of its own`;
  if (!isUuid(theirs.uuid)) return `uuid of peer ${theirs.id} is malformed`;
  if (!isCount(theirs.startCount) || !isCount(theirs.generation)) return `counters of peer ${theirs.id} are malformed`;
  if (!(theirs.promiseMs >= 1 && theirs.promiseMs <= 600_000))
    return `promise of ${theirs.promiseMs} ms is out of range`;
  if (theirs.protocolMin > own.protocolMax || theirs.protocolMax < own.protocolMin) {
    return `node ${theirs.id} speaks protocol ${theirs.protocolMin}-${theirs.protocolMax}, we speak ${own.protocolMin}-${own.protocolMax}: upgrade by one version at a time`;
  }
  return membershipProblem(own, theirs) ?? cloneProblem(theirs, seen);
}

/** What to change when a node turns up that is of another cluster. */
export const strangerAdvice =
  'if it is to join this one, give it an empty data directory; if not, give each cluster a Service and a name of its own';

/** A node without a cluster may talk to anybody who has one, and the reverse: it is about to join. */
function membershipProblem(own: Hello, theirs: Hello): string | undefined {
  if (own.clusterId === '' || theirs.clusterId === '') return undefined;
  if (theirs.clusterId !== own.clusterId) {
    return `node ${theirs.id} belongs to cluster ${theirs.clusterId}, we to ${own.clusterId}: ${strangerAdvice}`;
  }
  if (theirs.generation !== own.generation) {
    return `peer is of generation ${theirs.generation}, we are of ${own.generation}`;
  }
  return undefined;
}

/**
 * Why `theirs` must be a process on a copy of the storage that `seen` runs on, or undefined when it need not be. Part of
 * `helloProblem`; the process that is told of it has no business under this uuid any more and should end.
 */
export function cloneProblem(
  theirs: Pick<Hello, 'uuid' | 'startCount' | 'bootId'>,
  seen: Pick<Hello, 'uuid' | 'startCount' | 'bootId'> | undefined,
): string | undefined {
  if (seen === undefined || seen.uuid !== theirs.uuid) return undefined;
  if (theirs.startCount < seen.startCount) {
    return `start ${theirs.startCount} of uuid ${theirs.uuid} is older than start ${seen.startCount}: a copied data directory?`;
  }
  if (theirs.startCount === seen.startCount && theirs.bootId !== seen.bootId) {
    return `two processes run start ${theirs.startCount} of uuid ${theirs.uuid}: a copied data directory`;
  }
  return undefined;
}
