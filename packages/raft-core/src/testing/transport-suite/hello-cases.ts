/** Identity: who is believed, who is refused, and whose name a message carries. */
import type { Hello } from '../../hello.ts';
import { SuiteNode, append } from './suite-node.ts';
import type { TransportCase } from './transport-suite.ts';

const refused: readonly { readonly why: string; readonly hello: Partial<Hello> }[] = [
  { why: 'another cluster', hello: { clusterId: 'other' } },
  { why: 'an older generation', hello: { generation: 0 } },
  { why: 'a newer generation', hello: { generation: 2 } },
  { why: 'a protocol nobody here speaks', hello: { protocolMin: 7, protocolMax: 9 } },
  { why: 'a malformed uuid', hello: { uuid: 'not a uuid!' } },
  { why: 'a promise out of range', hello: { promiseMs: 0 } },
];

export const helloCases: readonly TransportCase[] = [
  ...refused.map(
    ({ why, hello }): TransportCase => ({
      name: `refuses a peer with ${why}: no message passes, and the sender is told`,
      run: async (fixture, expect) => {
        const a = await SuiteNode.start(fixture, 1, hello);
        const b = await SuiteNode.start(fixture, 2);
        a.transport.setPeers([2]);
        while (!a.unreachable.includes(2)) {
          a.transport.send([append(1, 2, 1)]);
          await fixture.turn();
        }
        expect({ received: b.received, connected: b.connected }).toEqual({ received: [], connected: [] });
        await Promise.all([a.stop(), b.stop()]);
      },
    }),
  ),
  {
    name: 'refuses the second of two processes on copies of one storage',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      await a.stop();
      const copy = await SuiteNode.start(fixture, 1, { bootId: 'another process' });
      b.received.length = 0;
      copy.transport.setPeers([2]);
      while (!copy.unreachable.includes(2)) {
        copy.transport.send([append(1, 2, 1)]);
        await fixture.turn();
      }
      expect(b.received).toEqual([]);
      await Promise.all([copy.stop(), b.stop()]);
    },
  },
  {
    name: 'lets a node without a cluster talk, and tells when it has one before its next message',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1, { clusterId: '', generation: 0 });
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      const heard = async (): Promise<unknown> => {
        b.received.length = 0;
        a.transport.send([append(1, 2, 1)]);
        await b.until(() => b.received.length === 1);
        return b.received[0]?.sender.clusterId;
      };
      expect(await heard()).toEqual('');
      a.own = { ...a.own, clusterId: 'cluster', generation: 1 };
      expect(await heard()).toEqual('cluster');
      await Promise.all([a.stop(), b.stop()]);
    },
  },
  {
    name: 'attests each message by the hello, whoever it claims to be from',
    run: async (fixture, expect) => {
      const a = await SuiteNode.start(fixture, 1);
      const b = await SuiteNode.start(fixture, 2);
      await a.link(b);
      a.transport.send([append(9, 2, 1), append(1, 2, 2)]);
      await a.link(b).catch(() => {});
      const impostors = b.received.filter(({ message, sender }) => message.from !== 1 || sender.uuid !== 'uuid-1');
      expect(impostors).toEqual([]);
      expect(b.connected.map(({ id, uuid }) => `${id} ${uuid}`).every((name) => name === '1 uuid-1')).toEqual(true);
      await Promise.all([a.stop(), b.stop()]);
    },
  },
];
