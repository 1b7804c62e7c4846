/** Found by simulation: a snapshot's sessions knew commands that its state did not, so a restart lost those commands. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { configurationOf, startRaftDriver, type Command, type RaftDriver } from '../../src/index.ts';
import {
  ManualClock,
  MemoryNetwork,
  MemoryStateMachine,
  openMemoryLogStore,
  type MemoryLogStore,
} from '../../src/testing/index.ts';

const bootstrap = { clusterId: 'c', generation: 1, configuration: configurationOf([{ id: 1, uuid: 'u1' }]) };

/** Changes nothing before a while has passed, as a state machine with I/O. */
class SlowStateMachine extends MemoryStateMachine {
  override async apply(commands: readonly Command[]): Promise<readonly Uint8Array[]> {
    await setImmediate();
    return await super.apply(commands);
  }
}

async function start(store: MemoryLogStore, clock: ManualClock, stateMachine: MemoryStateMachine): Promise<RaftDriver> {
  const driver = await startRaftDriver({
    id: 1,
    store,
    clock,
    stateMachine,
    transport: new MemoryNetwork().transport(1),
    seed: 1,
    bootId: 'boot',
    bootstrap,
    maxApplyBytes: 1,
    snapshotEntries: 15,
    trailingEntries: 0,
  });
  await run(clock);
  return driver;
}

async function run(clock: ManualClock): Promise<void> {
  for (let tick = 0; tick < 60; tick++) {
    clock.advance(10);
    for (let turn = 0; turn < 8; turn++) await setImmediate();
  }
}

it('keeps every command when a snapshot is made while more of them wait to be applied', async () => {
  const clock = new ManualClock();
  const store = openMemoryLogStore({ uuid: 'u1' });
  const driver = await start(store, clock, new SlowStateMachine());
  const commands = Array.from({ length: 20 }, (_, i) => Uint8Array.of(i));
  await Promise.all(
    commands.map((command, i) => driver.propose(command, { session: { clientId: `client-${i}`, sequence: 1 } })),
  );
  await run(clock);
  expect(driver.status().snapshotIndex).toBe(15);
  await driver[Symbol.asyncDispose]();

  const restored = new MemoryStateMachine();
  const again = await start(store.reopen(), clock, restored);
  expect(again.status().applied).toBeGreaterThan(15);
  expect(restored.commands).toEqual(commands);
  await again[Symbol.asyncDispose]();
});
