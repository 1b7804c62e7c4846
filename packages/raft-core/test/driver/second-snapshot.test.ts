/** A second snapshot that arrives while the first waits to be installed. */
import { afterEach, expect, it } from 'vitest';
import type { SnapshotRef } from '../../src/snapshot.ts';
import type { SnapshotOffer } from '../../src/message.ts';
import { append } from '../paper/peer-messages.ts';
import { clusterId, DriverWorld, type WatchedNode } from './driver-world.ts';

let world = new DriverWorld();
const wait = { signal: new AbortController().signal };

afterEach(async () => {
  await world.stop();
  world = new DriverWorld();
});

/** The image of a node's newest snapshot. */
async function imageOf(node: WatchedNode): Promise<{ ref: SnapshotRef; content: Uint8Array }> {
  const { snapshot } = await node.disk.load(wait);
  const source = await node.disk.openSnapshot(snapshot as SnapshotRef, wait);
  return { ref: source.snapshot, content: await source.read(0, source.snapshot.sizeBytes, wait) };
}

/** As a transport does: content first, then the offer. */
async function offer(node: WatchedNode, { snapshot, from }: SnapshotOffer, content: Uint8Array): Promise<void> {
  const sender = { clusterId, generation: 1, id: from, uuid: `u${from}` };
  const message: SnapshotOffer = { type: 'snapshot', from, to: 2, term: from, snapshot, round: 1, promiseMs: 150 };
  const sink = await node.handler?.receiveSnapshot(message, sender);
  await sink?.write(content, wait);
  await sink?.finish(wait);
  await sink?.[Symbol.asyncDispose]();
  node.receive(message);
}

it('neither stops the node nor takes the place of the first; the first is installed', async () => {
  const lone = await world.start(1, { voters: [1], snapshotEntries: 10 });
  await world.run(60);
  const proposals = Array.from({ length: 20 }, (_, i) => lone.driver.propose(Uint8Array.of(i)));
  await world.turn();
  await Promise.all(proposals);
  const { ref, content } = await imageOf(lone);

  const node = await world.start(2, { voters: [1, 2, 3] });
  const { configuration } = node.driver.status();
  node.hold('saveHardState');
  const offerOf = (from: number, index: number): SnapshotOffer => ({
    type: 'snapshot',
    from,
    to: 2,
    term: from,
    snapshot: { ...ref, index, term: 2, configuration },
    round: 1,
    promiseMs: 150,
  });
  node.receive({ ...append(), from: 3, term: 3 });
  await offer(node, offerOf(3, 30), content);
  await world.turn();
  // Its installation waits for the hard state to be stored; meanwhile a later leader sends another.
  expect(node.driver.status()).toMatchObject({ installing: true, applied: 1 });
  await offer(node, offerOf(4, 40), content);
  await world.turn();
  node.release('saveHardState');
  await world.turn();
  expect(node.driver.failure).toBeUndefined();
  expect(node.driver.status()).toMatchObject({ installing: false, snapshotIndex: 30, applied: 30 });
  await offer(node, offerOf(4, 40), content);
  await world.turn();
  expect(node.driver.status()).toMatchObject({ snapshotIndex: 40, applied: 40 });
});
