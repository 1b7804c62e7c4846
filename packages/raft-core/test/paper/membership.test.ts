import { describe, expect, it } from 'vitest';
import type { ChangeStep, ConfigurationChange } from '../../src/configuration.ts';
import type { Message } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

const member = (id: number, uuid = scriptedUuid(id)): { id: number; uuid: string } => ({ id, uuid });
const refused = expect.objectContaining({ code: 'RAFT_CHANGE_REFUSED' });

function change(transition: ConfigurationChange['transition'], ...steps: ChangeStep[]): ConfigurationChange {
  return { transition, steps };
}

const addLearner = (id: number, uuid?: string): ChangeStep => ({ type: 'addLearner', member: member(id, uuid) });
const addVoter = (id: number, uuid?: string): ChangeStep => ({ type: 'addVoter', member: member(id, uuid) });
const remove = (id: number): ChangeStep => ({ type: 'remove', id });

function cluster(voters: readonly number[] = [1, 2, 3], learners: readonly number[] = []): ScriptedCluster {
  const script = new ScriptedCluster({ voters, learners });
  script.elect(1);
  script.run(4);
  return script;
}

function voterIds(script: ScriptedCluster, id: number): readonly number[] {
  return script.status(id).configuration.voters.map((voter) => voter.id);
}

function touching(...ids: readonly number[]): (message: Message) => boolean {
  return ({ from, to }) => ids.includes(from) || ids.includes(to);
}

describe('membership changes (Raft §6)', () => {
  it('count from apply: the old quorum commits the entry, the new one what follows (TestStepConfig)', () => {
    const script = cluster();
    script.change(1, change('auto', remove(3)));
    expect(voterIds(script, 1)).toEqual([1, 2, 3]);
    script.settle();
    script.run(4);
    expect(voterIds(script, 1)).toEqual([1, 2]);
    expect(voterIds(script, 2)).toEqual([1, 2]);
  });

  it('go one at a time: a second one is refused until the first is applied', () => {
    const script = cluster();
    script.change(1, change('auto', addLearner(4)));
    expect(() => script.change(1, change('auto', addLearner(5)))).toThrow(refused);
    script.settle();
    script.change(1, change('auto', addLearner(5)));
  });

  it('wait for an entry of the own term: 4 nodes, add and remove over two leaders', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3, 4] });
    script.advance(300);
    script.campaign(1);
    script.settle(({ type }) => type === 'append');
    expect(script.status(1).role).toBe('leader');
    expect(() => script.change(1, change('auto', remove(4)))).toThrow(refused);
  });

  it('are assumed pending by a new leader whose log may hold one (TestNewLeaderPendingConfig)', () => {
    const script = cluster();
    script.change(1, change('auto', addLearner(4)));
    script.settle(({ type }) => type === 'appendAccepted');
    script.advance(300);
    script.campaign(2);
    script.settle(({ type }) => type === 'append');
    expect(script.status(2).role).toBe('leader');
    expect(() => script.change(2, change('auto', addLearner(5)))).toThrow(refused);
  });

  it('forbid campaigning while a committed one is unapplied (TestConfChangeCheckBeforeCampaign)', () => {
    const script = cluster();
    script.change(1, change('auto', addLearner(4)));
    script.settle(({ to }) => to === 4);
    script.tick(3, [1]);
    script.process(1);
    script.change(1, change('auto', addLearner(5)));
    script.process(1);
    script.persist(1);
    script.deliver();
    script.process(2);
    script.persist(2);
    script.deliver();
    script.tick(3, [1]);
    script.process(1);
    script.deliver();
    script.process(2);
    expect(script.status(2).commit).toBeGreaterThan(script.status(2).applied);
    script.advance(300);
    script.campaign(2);
    expect(script.status(2).role).toBe('follower');
  });

  it('bring a learner in, which never counts, then promote it behind the gate', () => {
    const script = cluster();
    script.addEmpty(4);
    script.change(1, change('auto', addLearner(4)), 'enforced');
    script.settle();
    expect(() => script.change(1, change('auto', addVoter(4)), 'enforced')).toThrow(refused);
    script.run(30);
    expect(script.status(4).lastIndex).toBe(script.status(1).lastIndex);
    script.change(1, change('auto', addVoter(4)), 'enforced');
    script.run(4);
    expect(voterIds(script, 4)).toEqual([1, 2, 3, 4]);
  });

  it('let a learner grant a needed vote, but never campaign', () => {
    const script = cluster([1, 2, 3], [4]);
    script.advance(400);
    script.campaign(4);
    expect(script.status(4).role).toBe('follower');
    const message = {
      type: 'voteRequest',
      from: 2,
      to: 4,
      term: 9,
      lastIndex: 9,
      lastTerm: 9,
      transfer: false,
    } as const;
    script.step(4, { type: 'message', message, senderUuid: scriptedUuid(2) });
    script.settle(() => true);
    expect(script.status(4)).toMatchObject({ vote: 2, term: 9 });
  });

  it('leave an automatic joint phase by themselves, an explicit one on demand', () => {
    const script = cluster();
    script.change(1, change('implicit', addLearner(4), remove(3)));
    script.run(4);
    expect(script.status(1).configuration).toMatchObject({ outgoing: [], learners: [member(4)] });
    script.change(1, change('explicit', addLearner(5)));
    script.run(4);
    expect(script.status(1).configuration.outgoing).toEqual([member(1), member(2)]);
    expect(() => script.change(1, change('auto', addLearner(6)))).toThrow(refused);
    script.change(1, change('leave'));
    script.run(4);
    expect(script.status(1).configuration.outgoing).toEqual([]);
  });

  it('choose the joint form when more than one voter changes', () => {
    const script = cluster();
    for (const id of [4, 5]) script.addEmpty(id);
    script.change(1, change('auto', addVoter(4), addVoter(5)));
    while (script.process(1));
    script.persist(1);
    script.settle();
    script.run(8);
    expect(voterIds(script, 1)).toEqual([1, 2, 3, 4, 5]);
    expect(script.status(1).configuration.outgoing).toEqual([]);
  });

  it('need both halves while joint: commit, check-quorum, lease (H9, half a joint quorum)', () => {
    const script = cluster();
    for (const id of [4, 5, 6]) script.addEmpty(id);
    script.change(1, change('explicit', addVoter(4), addVoter(5), remove(2), remove(3)));
    script.run(10);
    const leaseBefore = script.status(1).leaseUntilMs;
    script.propose(1, Uint8Array.of(1));
    const commit = script.status(1).commit;
    for (let i = 0; i < 12; i++) {
      script.tick();
      script.settle(touching(2, 3));
    }
    expect(script.status(1).commit).toBe(commit);
    expect(script.status(1).leaseUntilMs).toBeLessThanOrEqual(leaseBefore + 30);
    for (let i = 0; i < 30; i++) {
      script.tick();
      script.settle(touching(2, 3));
    }
    expect(script.status(1).role).not.toBe('leader');
  });

  it('take the lease from a removed leader when the removal applies (H12; removed leader counts itself)', () => {
    const script = cluster();
    script.change(1, change('auto', remove(1)));
    script.settle();
    expect(script.status(1).role).toBe('follower');
    expect(script.node(1).revoked).toEqual([2]);
    script.run(40);
    expect([2, 3]).toContain(script.leader);
    expect(voterIds(script, script.leader)).toEqual([2, 3]);
  });

  it('refuse to remove the leader itself before it handed over, and to lose the live majority', () => {
    const script = cluster();
    expect(() => script.change(1, change('auto', remove(1)), 'enforced')).toThrow(refused);
    for (let i = 0; i < 12; i++) {
      script.tick(1, [1, 2]);
      script.settle(touching(3));
    }
    script.advance(300);
    expect(() => script.change(1, change('auto', remove(2)), 'enforced')).toThrow(refused);
  });

  it('leave a removed node harmless: campaigns for 60 s, term unchanged', () => {
    const script = cluster();
    script.change(1, change('auto', remove(3)));
    script.settle(touching(3));
    const { term } = script.status(1);
    for (let i = 0; i < 60; i++) {
      script.run(20);
      script.campaign(3);
      script.advance(800);
      script.tick(1, [1]);
      script.settle();
    }
    expect(script.status(1)).toMatchObject({ role: 'leader', term });
    expect(script.status(3).term).toBe(term);
  });

  it('replace a wiped voter by a learner with the new uuid; answers of the wrong uuid never count (S13)', () => {
    const script = cluster();
    script.addEmpty(3, 'wiped');
    script.run(10);
    expect(script.refusals[0]).toContain('were entries lost?');
    expect(script.status(3).term).toBe(0);
    expect(() => script.change(1, change('auto', addVoter(3, 'wiped')))).toThrow(refused);
    script.change(1, change('auto', addLearner(3, 'wiped')));
    script.run(40);
    expect(script.status(1).configuration).toMatchObject({
      voters: [member(1), member(2)],
      learners: [member(3, 'wiped')],
    });
    script.change(1, change('auto', addVoter(3, 'wiped')), 'enforced');
    script.run(4);
    expect(script.status(1).configuration.voters).toEqual([member(1), member(2), member(3, 'wiped')]);
  });

  it('survive a lost commit hint: all but the last configuration in the log are known committed', () => {
    const script = cluster();
    script.change(1, change('auto', addLearner(4)));
    script.settle();
    script.change(1, change('auto', addLearner(5)));
    script.settle();
    script.run(4);
    script.restart(2);
    expect(script.status(2).commit).toBe(3);
    while (script.process(2)) script.apply(2);
    expect(script.status(2).configuration.learners).toEqual([member(4)]);
  });
});
