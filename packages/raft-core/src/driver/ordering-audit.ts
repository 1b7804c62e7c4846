/**
 * Asserts the ordering contract (O1 to O10) against what really reaches storage, transport and state machine: on with
 * `checkState`, in tests and simulation. It keeps its own account of what storage acknowledged, so that it trusts
 * neither the core nor the driver. A breach throws `InvariantViolation` naming the rule, and the node stops.
 */
import type { Effects, PersistToken } from '../core/effect.ts';
import type { Entry } from '../entry.ts';
import { emptyHardState, type HardState } from '../hard-state.ts';
import type { LogIndex, NodeId, Term } from '../ids.ts';
import { invariant } from '../invariant.ts';
import type { Message } from '../message.ts';
import type { AppendBatch, LogStore, StoredState } from '../ports/log-store.ts';
import type { Transport } from '../ports/transport.ts';

/** The methods of a store that write; one at a time (O8). */
type Write = 'saveCluster' | 'saveHardState' | 'append' | 'compact' | 'installSnapshot';

export class OrderingAudit {
  readonly #id: NodeId;
  readonly #verifyWrites: boolean;
  /** What storage has acknowledged. */
  #durable: HardState;
  #durableIndex: LogIndex;
  #writing: Write | null = null;
  /** Revocation of the drain under way that has not taken effect. */
  #unrevoked: Term = 0;
  /** Messages that rest on the storage part in flight. */
  #held = new Set<Message>();
  /** The part in flight still owes this much. */
  #owed: Pick<Effects, 'hardState' | 'truncateFrom' | 'appendFrom' | 'appendTo' | 'persistToken'> | null = null;
  #applied: LogIndex;
  #applyingTo: LogIndex;
  #installed: LogIndex = 0;

  constructor(id: NodeId, stored: StoredState, options: { readonly verifyWrites: boolean }) {
    this.#id = id;
    this.#verifyWrites = options.verifyWrites;
    this.#durable = stored.hardState ?? emptyHardState;
    this.#durableIndex = stored.lastIndex;
    this.#applied = stored.snapshot?.index ?? 0;
    this.#applyingTo = this.#applied;
  }

  /** A drain was handed out and is about to be executed. */
  drained(effects: Effects): void {
    if (effects.revoke !== null) this.#unrevoked = effects.revoke.term;
    if (effects.persistToken === null) return;
    invariant(this.#owed === null, 'O8 one storage part in flight', { sequence: effects.persistToken.sequence });
    const { hardState, truncateFrom, appendFrom, appendTo, persistToken } = effects;
    this.#owed = { hardState, truncateFrom, appendFrom, appendTo, persistToken };
    this.#held = new Set(effects.sendAfterPersist);
  }

  /** The revocation took effect. */
  revoked(term: Term): void {
    if (this.#unrevoked === term) this.#unrevoked = 0;
  }

  /** The driver believes that the part is durable and is about to say so. */
  persisted(token: PersistToken): void {
    const owed = this.#owed;
    invariant(owed?.persistToken === token, 'O7 a report names the part that was stored', { ...token });
    const done = owed.hardState === null && owed.truncateFrom === 0 && owed.appendFrom === 0;
    invariant(done, 'O4 a part is reported once all of it is durable', { ...owed });
    this.#owed = null;
    this.#held.clear();
  }

  /** Entries are handed to the state machine. */
  applying(entries: readonly Entry[]): void {
    invariant(this.#applyingTo === this.#applied, 'O9 one apply at a time', { applyingTo: this.#applyingTo });
    for (const { index } of entries) {
      const facts = { index, applied: this.#applied, durableIndex: this.#durableIndex };
      invariant(index === this.#applyingTo + 1, 'O9 entries are applied in order', facts);
      invariant(index <= this.#durableIndex, 'O9 applied entries are durable', facts);
      this.#applyingTo = index;
    }
  }

  /** The state machine has taken them. */
  applied(index: LogIndex): void {
    invariant(index === this.#applyingTo, 'O9 what was handed out is reported', { index });
    this.#applied = index;
  }

  /** The state machine is about to be replaced by a snapshot. */
  restoring(index: LogIndex): void {
    invariant(this.#installed === index, 'O10 the log is dropped before the state machine is restored', { index });
    this.#applied = index;
    this.#applyingTo = index;
  }

  /** The store, with an eye on it. */
  watchStore(store: LogStore): LogStore {
    return {
      load: (options) => store.load(options),
      read: (range, options) => store.read(range, options),
      createSnapshot: (meta, options) => store.createSnapshot(meta, options),
      receiveSnapshot: (snapshot, options) => store.receiveSnapshot(snapshot, options),
      openSnapshot: (snapshot, options) => store.openSnapshot(snapshot, options),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      saveCluster: (cluster, options) => this.#write('saveCluster', () => store.saveCluster(cluster, options)),
      compact: (firstIndex, options) => this.#write('compact', () => store.compact(firstIndex, options)),
      saveHardState: async (hardState, options) => {
        await this.#write('saveHardState', () => store.saveHardState(hardState, options));
        this.#hardStateSaved(hardState);
      },
      append: async (batch, options) => {
        this.#checkBatch(batch);
        await this.#write('append', () => store.append(batch, options));
        const last = batch.entries.at(-1);
        if (this.#verifyWrites && last !== undefined) {
          const held = store.read({ from: last.index, to: last.index, maxBytes: 1 }, options);
          const [found] = await held.catch(() => []);
          invariant(found?.term === last.term, 'O4 storage holds what it acknowledged', { index: last.index });
        }
        this.#appended(batch);
      },
      installSnapshot: async (snapshot, options) => {
        await this.#write('installSnapshot', () => store.installSnapshot(snapshot, options));
        this.#installed = snapshot.index;
        this.#durableIndex = snapshot.index;
      },
    };
  }

  /** The transport, with an eye on it. */
  watchTransport(transport: Transport): Transport {
    return {
      start: (handler, options) => transport.start(handler, options),
      setPeers: (ids) => transport.setPeers(ids),
      identify: (to, options) => transport.identify(to, options),
      join: (to, request, options) => transport.join(to, request, options),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
      send: (messages) => {
        for (const message of messages) this.#checkMessage(message);
        transport.send(messages);
      },
      sendSnapshot: async (offer, source, options) => {
        this.#checkMessage(offer);
        await transport.sendSnapshot(offer, source, options);
      },
    };
  }

  async #write(what: Write, work: () => Promise<void>): Promise<void> {
    invariant(this.#writing === null, 'O8 one storage write at a time', { what, beside: this.#writing });
    this.#writing = what;
    try {
      await work();
    } finally {
      this.#writing = null;
    }
  }

  #hardStateSaved(hardState: HardState): void {
    const durable = this.#durable;
    const forward = hardState.term > durable.term || (hardState.term === durable.term && durable.vote === 0);
    invariant(forward || hardState.vote === durable.vote, 'O2 no stored vote is taken back', { ...hardState });
    invariant(hardState.term >= durable.term, 'O2 no stored term is taken back', { ...hardState });
    this.#durable = hardState;
    if (this.#owed !== null) this.#owed = { ...this.#owed, hardState: null };
  }

  /** O2 and O3 at the moment of writing: terms are durable, and the batch is the whole of what was handed out. */
  #checkBatch({ truncateFrom, entries }: AppendBatch): void {
    const { term } = this.#durable;
    const early = entries.find((entry) => entry.term > term);
    invariant(early === undefined, 'O2 the hard state is durable before entries of its term', { index: early?.index });
    const owed = this.#owed;
    const count = owed === null || owed.appendFrom === 0 ? 0 : owed.appendTo - owed.appendFrom + 1;
    const whole = owed !== null && owed.truncateFrom === truncateFrom && entries.length === count;
    invariant(whole, 'O3 truncation and append are one batch', { truncateFrom, entryCount: entries.length });
  }

  #appended({ truncateFrom, entries }: AppendBatch): void {
    if (truncateFrom > 0) this.#durableIndex = Math.min(this.#durableIndex, truncateFrom - 1);
    this.#durableIndex = entries.at(-1)?.index ?? this.#durableIndex;
    if (this.#owed !== null) this.#owed = { ...this.#owed, truncateFrom: 0, appendFrom: 0, appendTo: 0 };
  }

  #checkMessage(message: Message): void {
    const { type, term } = message;
    const facts = { type, term, durableTerm: this.#durable.term, durableIndex: this.#durableIndex };
    invariant(this.#unrevoked === 0, 'O1 a revocation takes effect before messages leave', facts);
    invariant(!this.#held.has(message), 'O4 what rests on a storage part leaves after it', facts);
    const proposes = type === 'preVoteRequest' || (type === 'preVoteResponse' && message.granted);
    const ahead = proposes || (type === 'voteRequest' && message.lastIndex <= this.#durableIndex);
    invariant(ahead || term <= this.#durable.term, 'O5 no message names a term that is not durable', facts);
    this.#checkClaim(message, facts);
  }

  /** What a message says of this node's disk is true of this node's disk. */
  #checkClaim(message: Message, facts: Readonly<Record<string, unknown>>): void {
    const { term, vote } = this.#durable;
    switch (message.type) {
      case 'voteResponse':
        if (message.granted && message.term === term) {
          invariant(vote === message.to, 'O4 a vote is durable before it leaves', facts);
        }
        break;
      case 'appendAccepted':
        if (message.term === term) {
          invariant(message.matchIndex <= this.#durableIndex, 'O4 acknowledged entries are durable', facts);
        }
        break;
      case 'append':
      case 'heartbeat':
        if (message.term === term) invariant(vote === this.#id, 'O6 a leader’s own vote is durable', facts);
        break;
      case 'preVoteRequest':
      case 'preVoteResponse':
      case 'voteRequest':
      case 'heartbeatResponse':
      case 'appendRejected':
      case 'snapshot':
      case 'timeoutNow':
      case 'goodbye':
        break;
    }
  }
}
