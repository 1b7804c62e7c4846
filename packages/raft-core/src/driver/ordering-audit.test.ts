import { describe, expect, it } from 'vitest';
import { createEffects, type Effects, type PersistToken } from '../core/effect.ts';
import type { Entry } from '../entry.ts';
import type { Message } from '../message.ts';
import type { LogStore, StoredState } from '../ports/log-store.ts';
import type { Transport } from '../ports/transport.ts';
import { MemoryNetwork, openMemoryLogStore } from '../testing/index.ts';
import { OrderingAudit } from './ordering-audit.ts';

const wait = { signal: new AbortController().signal };
const token: PersistToken = { term: 2, lastIndex: 3, generation: 0, sequence: 1 };
const entry = (index: number, term = 2): Entry => ({ index, term, type: 'command', data: new Uint8Array(1) });
const batch = { truncateFrom: 0, entries: [entry(1), entry(2), entry(3)], commit: 0 };
const hardState = { term: 2, vote: 1, promiseMs: 0 };
const part: Partial<Effects> = { hardState, appendFrom: 1, appendTo: 3, persistToken: token };
const grant: Message = { type: 'voteResponse', from: 1, to: 2, term: 2, granted: true };
const accepted: Message = { type: 'appendAccepted', from: 1, to: 2, term: 2, matchIndex: 3, round: 1 };
const heartbeat: Message = {
  type: 'heartbeat',
  from: 1,
  to: 2,
  term: 2,
  commit: 0,
  round: 1,
  promiseMs: 150,
  successor: 0,
};

interface Bench {
  readonly audit: OrderingAudit;
  readonly store: LogStore;
  readonly transport: Transport;
  readonly drain: (effects: Partial<Effects>) => void;
}

function bench(): Bench {
  const stored: StoredState = {
    identity: { uuid: 'u', startCount: 1, clusterId: 'c', generation: 1 },
    hardState: { term: 1, vote: 0, promiseMs: 0 },
    snapshot: null,
    firstIndex: 1,
    lastIndex: 0,
    commit: 0,
  };
  const audit = new OrderingAudit(1, stored, { verifyWrites: false });
  const store = audit.watchStore(openMemoryLogStore({ uuid: 'u' }));
  const transport = audit.watchTransport(new MemoryNetwork().transport(1));
  return { audit, store, transport, drain: (effects) => audit.drained({ ...createEffects(), ...effects }) };
}

async function written(): Promise<Bench> {
  const all = bench();
  all.drain(part);
  await all.store.saveHardState(hardState, wait);
  await all.store.append(batch, wait);
  all.audit.persisted(token);
  return all;
}

describe('the audit of the ordering contract', () => {
  it('is content with a driver that keeps the order', async () => {
    const { audit, transport, drain } = await written();
    transport.send([accepted, heartbeat]);
    drain({ revoke: { term: 2 } });
    audit.revoked(2);
    transport.send([heartbeat]);
    audit.applying([entry(1), entry(2)]);
    audit.applied(2);
    expect(() => audit.applying([entry(3)])).not.toThrow();
  });

  it('O1: a message before the revocation', async () => {
    const { transport, drain } = await written();
    drain({ revoke: { term: 2 } });
    expect(() => transport.send([heartbeat])).toThrow(/^O1/);
  });

  it('O2: entries before their term, or a vote taken back', async () => {
    const { store, drain } = bench();
    drain(part);
    await expect(store.append(batch, wait)).rejects.toThrow(/^O2/);
    await store.saveHardState(hardState, wait);
    await expect(store.saveHardState({ ...hardState, vote: 3 }, wait)).rejects.toThrow(/^O2/);
    await expect(store.saveHardState({ ...hardState, term: 1 }, wait)).rejects.toThrow(/^O2/);
  });

  it('O3: half of a batch', async () => {
    const { store, drain } = bench();
    drain(part);
    await store.saveHardState(hardState, wait);
    await expect(store.append({ ...batch, entries: [entry(1)] }, wait)).rejects.toThrow(/^O3/);
  });

  it('O4: a message before the part that it rests on, or a claim that the disk does not bear out', async () => {
    const { transport, drain, audit } = bench();
    const answer: Message = { ...heartbeat, type: 'heartbeatResponse', term: 1, lateMs: 0 };
    drain({ ...part, sendAfterPersist: [answer] });
    expect(() => transport.send([answer])).toThrow(/^O4/);
    expect(() => audit.persisted(token)).toThrow(/^O4/);
    const later = await written();
    expect(() => later.transport.send([{ ...accepted, matchIndex: 4 }])).toThrow(/^O4/);
    expect(() => later.transport.send([grant])).toThrow(/^O4/);
  });

  it('O5: a term that is not durable, requests for votes apart, and those only with a log that is', () => {
    const { transport } = bench();
    const asks = { from: 1, to: 2, term: 2, lastIndex: 0, lastTerm: 0 };
    transport.send([{ ...asks, type: 'preVoteRequest', commit: 0, commitTerm: 0 }]);
    transport.send([{ ...asks, type: 'voteRequest', transfer: false }]);
    expect(() => transport.send([heartbeat])).toThrow(/^O5/);
    expect(() => transport.send([{ ...asks, type: 'voteRequest', transfer: false, lastIndex: 1 }])).toThrow(/^O5/);
  });

  it('O6: leading on a vote that is not durable', async () => {
    const { store, transport } = bench();
    await store.saveHardState({ term: 2, vote: 3, promiseMs: 0 }, wait);
    expect(() => transport.send([heartbeat])).toThrow(/^O6/);
  });

  it('O7: a report of another part', () => {
    const { audit, drain } = bench();
    drain(part);
    expect(() => audit.persisted({ ...token, generation: 1 })).toThrow(/^O7/);
  });

  it('O8: a second part, or a write beside a write', async () => {
    const { store, drain } = bench();
    drain(part);
    expect(() => drain(part)).toThrow(/^O8/);
    const first = store.saveHardState(hardState, wait);
    await expect(store.compact(1, wait)).rejects.toThrow(/^O8/);
    await first;
  });

  it('O9: out of order, not durable, or beside another apply', async () => {
    const { audit } = await written();
    expect(() => audit.applying([entry(2)])).toThrow(/^O9/);
    expect(() => audit.applying([1, 2, 3, 4].map((index) => entry(index)))).toThrow(/^O9/);
    const second = await written();
    second.audit.applying([entry(1)]);
    expect(() => second.audit.applying([entry(2)])).toThrow(/^O9/);
    expect(() => second.audit.applied(2)).toThrow(/^O9/);
  });

  it('O10: a state machine restored before the log is dropped', () => {
    const { audit } = bench();
    expect(() => audit.restoring(9)).toThrow(/^O10/);
  });
});
