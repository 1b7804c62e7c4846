/** A removed member may be stopped once its removal is answered: whoever is left then can do without it. */
import { afterEach, describe, expect, it } from 'vitest';
import { DriverWorld, failureOf, type WatchedNode } from './driver-world.ts';

let world = new DriverWorld();

afterEach(async () => {
  await world.stop();
  world = new DriverWorld();
});

const removal = (id: number): { transition: 'auto'; steps: readonly [{ type: 'remove'; id: number }] } => ({
  transition: 'auto',
  steps: [{ type: 'remove', id }],
});

/** Four voters, one of whom leads. */
async function four(): Promise<{ leader: WatchedNode; id: number; others: readonly [number, number, number] }> {
  const voters = [1, 2, 3, 4];
  for (const id of voters) await world.start(id, { voters });
  await world.run(60);
  const { leader } = world;
  const { id } = leader.driver.status();
  return { leader, id, others: voters.filter((other) => other !== id) as [number, number, number] };
}

const voterCount = (id: number): number | undefined => world.nodes.get(id)?.driver.status().configuration.voters.length;

describe('a removed member', () => {
  it('answers a removal only when a majority of the new members knows it', async () => {
    const { leader, others } = await four();
    const [, , gone] = others;
    let answered = false;
    const done = leader.driver.changeConfiguration(removal(gone)).then(() => {
      answered = true;
    });
    await world.turn();
    // In force here, and nobody else has heard of it: that would be the moment to lose the cluster.
    expect(leader.driver.status().configuration.voters).toHaveLength(3);
    expect(others.map(voterCount)).toEqual([4, 4, 4]);
    expect(answered).toBe(false);
    await world.run(6);
    expect(answered).toBe(true);
    expect(others.slice(0, 2).map(voterCount)).toContain(3);
    await done;
  });

  it('is stopped as soon as its removal is answered, and the leader with it: the other two go on', async () => {
    const { leader, others } = await four();
    const [second, third, gone] = others;
    const done = leader.driver.changeConfiguration(removal(gone));
    for (let i = 0; i < 10; i++) await world.run(1);
    await done;
    for (const node of [leader, world.nodes.get(gone)]) await node?.driver[Symbol.asyncDispose]();
    await world.run(100);
    const roles = [second, third].map((id) => world.nodes.get(id)?.driver.status().role);
    expect(roles).toContain('leader');
    expect([second, third].map(voterCount)).toEqual([3, 3]);
  });

  it('by a joint change is out once the joint phase is left', async () => {
    const { leader, others } = await four();
    const [, second, third] = others;
    const steps = [
      { type: 'remove', id: second },
      { type: 'remove', id: third },
    ] as const;
    const outgoing = (): number => leader.driver.status().configuration.outgoing.length;
    const done = leader.driver.changeConfiguration({ transition: 'auto', steps }).then(outgoing);
    await world.run(12);
    expect(await done).toBe(0);
    expect(leader.driver.status().configuration.voters).toHaveLength(2);
  });

  it('that led itself answers when it is out', async () => {
    const { leader, id } = await four();
    const done = leader.driver.changeConfiguration(removal(id), { checks: 'skipped' });
    await world.run(10);
    expect(await done).toMatchObject({ term: 2 });
    expect(leader.driver.status().role).toBe('follower');
  });

  it('whose leader is cut off before a majority knows: the outcome is unknown', async () => {
    const { leader, id, others } = await four();
    const outcome = failureOf(leader.driver.changeConfiguration(removal(others[2])));
    await world.turn();
    expect(leader.driver.status().configuration.voters).toHaveLength(3);
    for (const other of others) world.network.cut(id, other);
    await world.run(60);
    expect(await outcome).toMatchObject({
      code: 'RAFT_OUTCOME_UNKNOWN',
      message: expect.stringContaining('in force'),
    });
  });

  it('whose caller stops waiting, or whose leader stops', async () => {
    const { leader, others } = await four();
    const controller = new AbortController();
    const outcome = failureOf(leader.driver.changeConfiguration(removal(others[2]), { signal: controller.signal }));
    await world.turn();
    controller.abort(new Error('no patience'));
    expect(await outcome).toEqual(new Error('no patience'));
    await world.run(10);
    const second = failureOf(leader.driver.changeConfiguration(removal(others[1])));
    await world.turn();
    await leader.driver[Symbol.asyncDispose]();
    expect(await second).toMatchObject({ code: 'RAFT_OUTCOME_UNKNOWN' });
  });
});
