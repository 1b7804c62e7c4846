/**
 * Who founded the cluster, and which voters it has: one ConfigMap `raft-<cluster>`, changed by compare-and-swap only.
 *
 * It decides who may bootstrap: an empty storage beside a record joins, and never founds a second cluster. Failover never
 * needs it, so an unreachable API server stops no election.
 */
import type { KubeClient, ResourceKind } from '@k8sop/runtime';
import { isStatusError, type KubeObject, RuntimeError } from '@k8sop/runtime';
import { isRaftError, type Member, RaftError } from '@k8sop/raft-core';

export interface GenesisRecord {
  readonly clusterId: string;
  /** Raised when the cluster is founded anew after it lost its majority. ≥ 1. */
  readonly generation: number;
  readonly founder: Member;
  /** Voters after the last committed change. */
  readonly voters: readonly Member[];
  /** Voters that a change under way would leave; null when none is. */
  readonly pendingVoters: readonly Member[] | null;
  /**
   * A person agrees that this generation may be left, and its state lost, as soon as its majority is proven to be lost. Set by
   * `k8sop-raft recover`; needed for storages on disk only, and void in the next generation.
   */
  readonly abandon?: number;
}

/** What the leader wants the record to say. */
export interface VotersChange {
  readonly clusterId: string;
  readonly generation: number;
  /** Who asks: the founder of a record that must be written anew by a process that has never read it. */
  readonly leader: Member;
  readonly voters: readonly Member[];
  readonly pendingVoters: readonly Member[] | null;
}

/** - `kept`: the record said so already. - `changed`: it does now. - `created`: there was none any more. */
export type RecordOutcome = 'kept' | 'changed' | 'created';

/** The record of the next generation, with its one founder. */
export function nextGeneration({ clusterId, generation }: GenesisRecord, founder: Member): GenesisRecord {
  return { clusterId, generation: generation + 1, founder, voters: [founder], pendingVoters: null };
}

/** A record as read, with what the next swap must find unchanged. */
export interface StoredRecord {
  readonly record: GenesisRecord;
  readonly resourceVersion: string;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const configMaps: ResourceKind<ConfigMap> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
} as ResourceKind<ConfigMap>;
const dataKey = 'record.json';
/** In place of a record: a person agrees that an empty node founds the cluster anew. */
const vacant = '{"vacant":true}';

function isVacant({ data }: ConfigMap): boolean {
  return data?.[dataKey] === vacant;
}

export class GenesisRecords {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #name: string;
  /** As this process read it last. */
  #lastRead: GenesisRecord | undefined;

  constructor(client: KubeClient, options: { readonly namespace: string; readonly clusterName: string }) {
    this.#client = client;
    this.#namespace = options.namespace;
    this.#name = `raft-${options.clusterName}`;
  }

  /**
   * Undefined: there is none, or a person says that there is none any more.
   * @throws `RAFT_INVALID_INPUT` for a ConfigMap that is no record; failures of the API server as they come.
   */
  async read(signal: AbortSignal): Promise<StoredRecord | undefined> {
    const found = await this.#get(signal);
    return found === undefined || isVacant(found) ? undefined : this.#parse(found);
  }

  /** Founds the cluster. Undefined: somebody else was first; read again. */
  async create(record: GenesisRecord, signal: AbortSignal): Promise<StoredRecord | undefined> {
    const created = await this.#create(JSON.stringify(record), signal);
    if (created !== undefined) return this.#parse(created);
    const found = await this.#get(signal);
    if (found === undefined || !isVacant(found)) return undefined;
    return await this.swap({ resourceVersion: String(found.metadata.resourceVersion) }, record, signal);
  }

  /**
   * A person says, by `k8sop-raft recover`, that nobody is left of the cluster whose record is gone. A leader that is left all
   * the same writes its record over that. False: there is a record.
   */
  async vacate(signal: AbortSignal): Promise<boolean> {
    return (await this.#create(vacant, signal)) !== undefined || (await this.isVacant(signal));
  }

  /** Whether a person says that nobody is left. */
  async isVacant(signal: AbortSignal): Promise<boolean> {
    const found = await this.#get(signal);
    return found !== undefined && isVacant(found);
  }

  /** Replaces the record if nobody changed it since it was read. Undefined: somebody did; read again. */
  async swap(
    from: Pick<StoredRecord, 'resourceVersion'>,
    to: GenesisRecord,
    signal: AbortSignal,
  ): Promise<StoredRecord | undefined> {
    try {
      const { object } = await this.#client.jsonPatch(
        configMaps,
        { namespace: this.#namespace, name: this.#name },
        [
          { op: 'test', path: '/metadata/resourceVersion', value: from.resourceVersion },
          { op: 'replace', path: `/data/${dataKey}`, value: JSON.stringify(to) },
        ],
        { signal },
      );
      return this.#parse(object);
    } catch (error) {
      if (isStatusError(error) && (error.code === 409 || error.code === 422)) return undefined;
      throw error;
    }
  }

  /**
   * Makes the record say which voters there are, and which are to come; writes it anew if somebody deleted it, or put back one
   * of an earlier generation.
   *
   * `confirm` is asked after each reading and before what follows from it is written: a later leader either wrote before, then
   * it rejects, or will have changed what the swap must find unchanged.
   * @throws what `confirm` rejects with; RuntimeError `API_UNREACHABLE` when it cannot be done now; `RAFT_WRONG_CLUSTER` for a
   * record of another cluster or a later generation, which is left alone: a leader of the past has no say.
   */
  async recordVoters(
    change: VotersChange,
    { signal, confirm }: { readonly signal: AbortSignal; readonly confirm: () => Promise<void> },
  ): Promise<RecordOutcome> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const stored = await this.read(signal);
      if (stored === undefined) {
        await confirm();
        if ((await this.create(this.#anew(change), signal)) !== undefined) return 'created';
        continue; // somebody else was first: read it
      }
      const next = this.#corrected(stored.record, change);
      if (JSON.stringify(next) === JSON.stringify(stored.record)) return 'kept';
      await confirm();
      if ((await this.swap(stored, next, signal)) !== undefined) return 'changed';
    }
    throw new RuntimeError('API_UNREACHABLE', 'the cluster record keeps changing');
  }

  #corrected(record: GenesisRecord, change: VotersChange): GenesisRecord {
    const { clusterId, generation, voters, pendingVoters } = change;
    if (record.clusterId !== clusterId || record.generation > generation) {
      throw new RaftError(
        'RAFT_WRONG_CLUSTER',
        `ConfigMap ${this.name} is of cluster ${record.clusterId}, generation ${record.generation}; this leader is of ${clusterId}, ` +
          `generation ${generation}. It is left as it is, and membership stands still. If that cluster is to stay, stop these nodes ` +
          `and give them empty directories; if this one is, stop the others and delete the ConfigMap: its leader writes it again`,
      );
    }
    return record.generation < generation ? this.#anew(change) : { ...record, voters, pendingVoters };
  }

  /** Whoever is named as founder holds the cluster's state already, so nobody founds it a second time. */
  #anew({ clusterId, generation, leader, voters, pendingVoters }: VotersChange): GenesisRecord {
    const known = this.#lastRead;
    const isKnown = known?.clusterId === clusterId && known.generation === generation;
    return { clusterId, generation, founder: isKnown ? known.founder : leader, voters, pendingVoters };
  }

  /** Name of the ConfigMap, with its namespace. */
  get name(): string {
    return `${this.#namespace}/${this.#name}`;
  }

  async #get(signal: AbortSignal): Promise<ConfigMap | undefined> {
    return await this.#client.get(configMaps, { namespace: this.#namespace, name: this.#name }, { signal });
  }

  /** Undefined: there is one already. */
  async #create(text: string, signal: AbortSignal): Promise<ConfigMap | undefined> {
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: this.#name, namespace: this.#namespace },
      data: { [dataKey]: text },
    } as ConfigMap;
    try {
      return (await this.#client.create(configMaps, configMap, { signal })).object;
    } catch (error) {
      if (isStatusError(error) && error.code === 409) return undefined;
      throw error;
    }
  }

  #parse(configMap: ConfigMap): StoredRecord {
    const text = configMap.data?.[dataKey];
    try {
      const record = parseRecord(JSON.parse(text ?? 'null'));
      this.#lastRead = record;
      return { record, resourceVersion: String(configMap.metadata.resourceVersion) };
    } catch (error) {
      const why = isRaftError(error) ? error.message : 'it is no JSON';
      throw new RaftError(
        'RAFT_INVALID_INPUT',
        `ConfigMap ${this.#namespace}/${this.#name}, key ${dataKey}: ${why}; restore it, or, if its cluster has a leader, delete it: the leader writes it again`,
        { cause: error },
      );
    }
  }
}

function parseRecord(value: unknown): GenesisRecord {
  const record = value as GenesisRecord | null;
  const sound =
    typeof record?.clusterId === 'string' &&
    record.clusterId !== '' &&
    Number.isSafeInteger(record.generation) &&
    record.generation >= 1 &&
    isMember(record.founder) &&
    Array.isArray(record.voters) &&
    record.voters.every(isMember) &&
    (record.pendingVoters === null || (Array.isArray(record.pendingVoters) && record.pendingVoters.every(isMember)));
  if (!sound) throw new RaftError('RAFT_INVALID_INPUT', 'it lacks clusterId, generation, founder or voters');
  return record;
}

function isMember(value: Member | undefined): boolean {
  return Number.isSafeInteger(value?.id) && (value?.id ?? 0) >= 1 && typeof value?.uuid === 'string';
}
