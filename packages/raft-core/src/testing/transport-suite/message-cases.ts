/** Messages: entire, in order, bounded, and never in the caller's way. */
import type { Message } from '../../message.ts';
import { SuiteNode, append } from './suite-node.ts';
import type { TransportCase } from './transport-suite.ts';

const envelope = { from: 1, to: 2, term: 4 } as const;
const everyMessage: readonly Message[] = [
  { ...envelope, type: 'preVoteRequest', lastIndex: 8, lastTerm: 3, commit: 7, commitTerm: 3 },
  { ...envelope, type: 'preVoteResponse', granted: false, remainingMs: 120, commit: 7, commitTerm: 3 },
  { ...envelope, type: 'voteRequest', lastIndex: 8, lastTerm: 3, transfer: true },
  { ...envelope, type: 'voteResponse', granted: true },
  { ...envelope, type: 'timeoutNow' },
  { ...envelope, type: 'goodbye' },
];
const bulk: readonly Message[] = [
  { ...envelope, type: 'appendAccepted', matchIndex: 9, round: 5 },
  { ...envelope, type: 'appendRejected', rejectedIndex: 9, hintIndex: 4, hintTerm: 2, round: 5 },
  append(1, 2, 5),
];
const largestEntryBytes = 1024 * 1024;

export const messageCases: readonly TransportCase[] = [
  {
    name: 'carries every kind of message unchanged',
    run: async (fixture, expect) => {
      const [a, b] = await linked(fixture);
      a.transport.send([...everyMessage, ...bulk]);
      await b.until(() => b.received.length === everyMessage.length + bulk.length);
      const received = b.received.map(({ message }) => message);
      const ofKind = (kinds: readonly Message[]): readonly Message[] =>
        received.filter(({ type }) => kinds.some((kind) => kind.type === type));
      expect(ofKind(everyMessage)).toEqual(everyMessage);
      expect(ofKind(bulk)).toEqual(bulk);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'keeps the order of a stream',
    run: async (fixture, expect) => {
      const [a, b] = await linked(fixture);
      const sent = Array.from({ length: 300 }, (_, i) => append(1, 2, i + 1));
      for (let i = 0; i < sent.length; i += 7) a.transport.send(sent.slice(i, i + 7));
      await b.until(() => b.received.length === sent.length);
      expect(b.received.map(({ message }) => message)).toEqual(sent);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'carries an entry of the largest size',
    run: async (fixture, expect) => {
      const [a, b] = await linked(fixture);
      const sent = append(1, 2, 7, largestEntryBytes);
      a.transport.send([sent]);
      await b.until(() => b.received.length === 1);
      expect(b.received[0]?.message).toEqual(sent);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'delivers appends in bulk, or drops some and says so; never a vote',
    run: async (fixture, expect) => {
      const [a, b] = await linked(fixture);
      const sent = Array.from({ length: 48 }, (_, i) => append(1, 2, i + 1, largestEntryBytes));
      const vote: Message = { ...envelope, type: 'voteResponse', granted: true };
      a.unreachable.length = 0;
      a.transport.send([...sent, vote]);
      const appends = (): number => b.received.filter(({ message }) => message.type === 'append').length;
      await b.until(() => b.received.some(({ message }) => message.type === 'voteResponse'));
      await b.until(() => appends() === sent.length || a.unreachable.includes(2));
      const indexes = b.received.map(({ message }) => (message.type === 'append' ? message.prevIndex : 1_000_000));
      const inOrder = indexes
        .filter((index) => index !== 1_000_000)
        .every((index, i, all) => i === 0 || index > (all[i - 1] as number));
      expect(inOrder).toEqual(true);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'returns from send before anybody is called, and takes messages to nobody',
    run: async (fixture, expect) => {
      const [a, b] = await linked(fixture);
      a.transport.send([append(1, 2, 1), append(1, 77, 1)]);
      expect({ received: b.received.length, unreachable: a.unreachable.length }).toEqual({
        received: 0,
        unreachable: 0,
      });
      await b.until(() => b.received.length === 1);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
];

async function linked(fixture: Parameters<TransportCase['run']>[0]): Promise<readonly [SuiteNode, SuiteNode]> {
  const a = await SuiteNode.start(fixture, 1);
  const b = await SuiteNode.start(fixture, 2);
  await a.link(b);
  return [a, b];
}
