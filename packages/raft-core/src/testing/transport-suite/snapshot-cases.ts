/** Snapshots: whole, resumed, refused, cancelled. */
import { RaftError } from '../../errors.ts';
import { snapshotChunkBytes } from '../../ports/transport.ts';
import { codeOf } from '../suite-framework.ts';
import { contentOf, offerOf, sourceOf, SuiteNode, wait } from './suite-node.ts';
import type { TransportCase } from './transport-suite.ts';

const content = contentOf(5 * snapshotChunkBytes + 1000);
const offer = offerOf(1, 2, content);

export const snapshotCases: readonly TransportCase[] = [
  {
    name: 'a snapshot arrives whole, is sealed, and only then the core and the sender know',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      await a.transport.sendSnapshot(offer, sourceOf(offer, content), wait);
      expect(b.sink?.content).toEqual(content);
      expect([b.sink?.finished, b.sink?.disposed]).toEqual([true, true]);
      expect(b.received.map(({ message }) => message)).toEqual([offer]);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'a snapshot whose receiver goes away fails, and goes on from where it stopped',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      const broken = codeOf(a.transport.sendSnapshot(offer, sourceOf(offer, content, 3 * snapshotChunkBytes), wait));
      await b.until(() => (b.sink?.sizeBytes ?? 0) > 0);
      await b.stop();
      expect(await broken).toEqual('RAFT_PEER_UNREACHABLE');
      await b.until(() => b.sink?.disposed === true);
      expect(b.received).toEqual([]);

      const again = await SuiteNode.start(fixture, 2, { startCount: 2, bootId: 'second' });
      again.sink = b.sink;
      await a.link(again);
      await a.transport.sendSnapshot(offer, sourceOf(offer, content), wait);
      expect(again.sink?.content).toEqual(content);
      expect((again.sink?.resumedBytes ?? 0) >= snapshotChunkBytes).toEqual(true);
      await Promise.all([a.stop(), again.stop()]);
    },
  },
  {
    name: 'a snapshot that the receiver refuses fails with its reason',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      b.refusal = new RaftError('RAFT_SNAPSHOT_MISMATCH', 'it has another checksum');
      expect(await codeOf(a.transport.sendSnapshot(offer, sourceOf(offer, content), wait))).toEqual(
        'RAFT_SNAPSHOT_MISMATCH',
      );
      expect(b.received).toEqual([]);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'a cancelled snapshot ends with the reason, and the receiver lets go of it',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      const stop = new AbortController();
      const stuck = sourceOf(offer, content, 2 * snapshotChunkBytes);
      const sending = codeOf(a.transport.sendSnapshot(offer, stuck, { signal: stop.signal }));
      await b.until(() => (b.sink?.sizeBytes ?? 0) > 0);
      stop.abort(new RaftError('RAFT_STOPPED', 'enough'));
      expect(await sending).toEqual('RAFT_STOPPED');
      await b.until(() => b.sink?.disposed === true);
      expect([b.sink?.finished, b.received]).toEqual([false, []]);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'a snapshot to nobody fails at once',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      expect(await codeOf(a.transport.sendSnapshot(offer, sourceOf(offer, content), wait))).toEqual(
        'RAFT_PEER_UNREACHABLE',
      );
      await a.stop();
    },
  },
];
