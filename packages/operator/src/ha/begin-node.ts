/**
 * How a node begins: as the member it was, as the founder, or by joining. The cluster's record decides, so that an empty
 * storage beside a record never founds a second cluster, and an unreachable API server never leads to a guess. Where there is
 * no record, `founding-rule.ts` decides, once the others have been asked.
 */
import { randomUUID } from 'node:crypto';
import { type BootstrapOptions, configurationOf, type NodeId } from '@k8sop/raft-core';
import type { GenesisRecord, GenesisRecords } from './genesis-record.ts';
import type { OpenedStorage } from './raft-node.ts';

export type Beginning =
  /** A member already: its own storage knows the cluster. */
  | { readonly type: 'resume' }
  | { readonly type: 'bootstrap'; readonly bootstrap: BootstrapOptions }
  | { readonly type: 'join'; readonly contacts: readonly NodeId[] }
  /** Nobody recorded a cluster: ask whether there is one. */
  | { readonly type: 'search' };

/** Pure: what an opened storage and the record say. */
export function beginningOf(storage: OpenedStorage, record: GenesisRecord | undefined): Beginning {
  const { identity, id } = storage;
  if (isMember(storage)) return { type: 'resume' };
  if (record === undefined) return { type: 'search' };
  const { founder, clusterId, generation } = record;
  if (founder.id === id && founder.uuid === identity.uuid) {
    const configuration = configurationOf([founder]); // crashed between the record and its own storage
    return { type: 'bootstrap', bootstrap: { clusterId, generation, configuration } };
  }
  const others = [...record.voters, founder].map((member) => member.id).filter((other) => other !== id);
  return { type: 'join', contacts: [...new Set(others)] };
}

export interface BeginOptions {
  readonly storage: OpenedStorage;
  readonly records: GenesisRecords;
  readonly signal: AbortSignal;
  /** Told of each failure to reach the record, before the next try. */
  readonly onRetry: (error: unknown, delayMs: number) => void;
  readonly sleep: (delayMs: number) => Promise<void>;
}

const firstRetryMs = 250;
const lastRetryMs = 5_000;

/** Reads the record, for as long as it takes. @throws only the signal's reason. */
export async function decideBeginning({ storage, records, signal, onRetry, sleep }: BeginOptions): Promise<Beginning> {
  if (isMember(storage)) return { type: 'resume' };
  for (let delayMs = firstRetryMs; ; delayMs = Math.min(lastRetryMs, delayMs * 2)) {
    signal.throwIfAborted();
    try {
      return beginningOf(storage, (await records.read(signal))?.record);
    } catch (error) {
      signal.throwIfAborted();
      onRetry(error, delayMs);
      await sleep(delayMs);
    }
  }
}

/** A new cluster, with this node as its founder. */
export function foundingRecord({ id, identity }: OpenedStorage): GenesisRecord {
  const founder = { id, uuid: identity.uuid };
  return { clusterId: randomUUID(), generation: 1, founder, voters: [founder], pendingVoters: null };
}

function isMember({ empty, identity }: OpenedStorage): boolean {
  return !empty && identity.clusterId !== '';
}
