/**
 * How a node begins: as the member it was, as the founder, or by joining. The cluster's record decides, so that an empty
 * storage beside a record never founds a second cluster, and an unreachable API server never leads to a guess.
 */
import { randomUUID } from 'node:crypto';
import { type BootstrapOptions, configurationOf, type NodeId } from '@k8sop/raft-core';
import type { GenesisRecord, GenesisRecords } from './genesis-record.ts';
import type { OpenedStorage } from './raft-node.ts';

export type Beginning =
  /** A member already: its own storage knows the cluster. */
  | { readonly type: 'resume' }
  | { readonly type: 'bootstrap'; readonly bootstrap: BootstrapOptions }
  | { readonly type: 'join'; readonly contacts: readonly NodeId[] };

/** Pure: what an opened storage and the record say. Undefined: there is no record, and this node may try to create it. */
export function beginningOf(storage: OpenedStorage, record: GenesisRecord | undefined): Beginning | undefined {
  const { identity, id } = storage;
  if (!storage.empty && identity.clusterId !== '') return { type: 'resume' };
  if (record === undefined) return undefined;
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

/** Reads or creates the record, for as long as it takes. @throws only the signal's reason. */
export async function decideBeginning({ storage, records, signal, onRetry, sleep }: BeginOptions): Promise<Beginning> {
  for (let delayMs = firstRetryMs; ; delayMs = Math.min(lastRetryMs, delayMs * 2)) {
    signal.throwIfAborted();
    try {
      const decided = await tryOnce(storage, records, signal);
      if (decided !== undefined) return decided;
      delayMs = firstRetryMs; // somebody else created it: read it at once
    } catch (error) {
      signal.throwIfAborted();
      onRetry(error, delayMs);
      await sleep(delayMs);
    }
  }
}

async function tryOnce(
  storage: OpenedStorage,
  records: GenesisRecords,
  signal: AbortSignal,
): Promise<Beginning | undefined> {
  if (!storage.empty && storage.identity.clusterId !== '') return { type: 'resume' };
  const stored = await records.read(signal);
  if (stored !== undefined) return beginningOf(storage, stored.record);
  const founder = { id: storage.id, uuid: storage.identity.uuid };
  const record: GenesisRecord = {
    clusterId: randomUUID(),
    generation: 1,
    founder,
    voters: [founder],
    pendingVoters: null,
  };
  const created = await records.create(record, signal);
  return created === undefined ? undefined : beginningOf(storage, created.record);
}
