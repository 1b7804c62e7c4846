/** Questions, loss and return of peers, cancellation, and what is left at the end. */
import { RaftError } from '../../errors.ts';
import { codeOf } from '../suite-framework.ts';
import { append, SuiteNode, wait } from './suite-node.ts';
import type { TransportCase } from './transport-suite.ts';

const cancelled = new AbortController();
cancelled.abort(new RaftError('RAFT_STOPPED', 'cancelled'));
const aborted = { signal: cancelled.signal };
const request = { clusterId: '', member: { id: 1, uuid: 'uuid-1' } } as const;

export const lifeCases: readonly TransportCase[] = [
  {
    name: 'any node answers who it is and whether one may join',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1, { clusterId: '', generation: 0 });
      const b = await SuiteNode.start(fixture, 2);
      a.transport.setPeers([2]);
      expect(await a.transport.identify(2, wait)).toEqual(b.identify());
      b.joinAnswer = { type: 'joined', clusterId: 'cluster', generation: 1 };
      expect(await a.transport.join(2, request, wait)).toEqual(b.joinAnswer);
      b.joinAnswer = { type: 'refused', reason: 'full' };
      expect(await a.transport.join(2, request, wait)).toEqual(b.joinAnswer);
      expect(b.joinRequests.map(({ member }) => member)).toEqual([request.member, request.member]);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'questions to a node that is not there fail, and cancelled ones end with the reason',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      expect(await codeOf(a.transport.identify(2, aborted))).toEqual('RAFT_STOPPED');
      expect(await codeOf(a.transport.join(2, request, aborted))).toEqual('RAFT_STOPPED');
      await b.stop();
      expect(await codeOf(a.transport.identify(2, wait))).toEqual('RAFT_PEER_UNREACHABLE');
      expect(await codeOf(a.transport.join(2, request, wait))).toEqual('RAFT_PEER_UNREACHABLE');
      await a.stop();
    },
  },
  {
    name: 'a start that is cancelled rejects with the reason',
    run: async (fixture, expect) => {
      const b = await SuiteNode.start(fixture, 2);
      const transport = await fixture.create(1);
      expect(await codeOf(transport.start(b, aborted))).toEqual('RAFT_STOPPED');
      await transport[Symbol.asyncDispose]();
      await b.stop();
    },
  },
  {
    name: 'a peer that goes away is reported, and is connected again when it is back',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      a.unreachable.length = 0;
      await b.stop();
      await a.until(() => a.unreachable.includes(2));
      const again = await SuiteNode.start(fixture, 2, { startCount: 2, bootId: 'second' });
      await a.link(again);
      expect(again.connected.some(({ uuid }) => uuid === 'uuid-1')).toEqual(true);
      await Promise.all([a.stop(), again.stop()]);
    },
  },
  {
    name: 'naming the same peers again changes nothing',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      a.unreachable.length = 0;
      for (let i = 0; i < 5; i++) a.transport.setPeers([2]);
      a.transport.send([append(1, 2, 1)]);
      await b.until(() => b.received.length === 1);
      expect(a.unreachable).toEqual([]);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'a closed transport sends nothing, calls nobody, and can be closed again',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      await b.link(a);
      await a.stop();
      const called = (): number => a.received.length + a.unreachable.length + a.connected.length;
      const before = called();
      b.received.length = 0;
      a.transport.send([append(1, 2, 1)]);
      b.transport.send([append(2, 1, 1)]);
      for (let turn = 0; turn < 50; turn++) await fixture.turn();
      expect({ calls: called() - before, received: b.received.length }).toEqual({ calls: 0, received: 0 });
      await a.stop();
      await b.stop();
    },
  },
];
