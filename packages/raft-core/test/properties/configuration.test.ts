import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  configurationOf,
  configurationProblem,
  decodeConfiguration,
  encodeConfiguration,
  type ChangeStep,
  type Configuration,
} from '../../src/configuration.ts';
import { changeConfiguration } from '../../src/core/membership/change.ts';

const member = fc.record({ id: fc.integer({ min: 1, max: 6 }), uuid: fc.constantFrom('a', 'b') });
const step: fc.Arbitrary<ChangeStep> = fc.oneof(
  fc.record({ type: fc.constant('addVoter' as const), member }),
  fc.record({ type: fc.constant('addLearner' as const), member }),
  fc.record({ type: fc.constant('remove' as const), id: fc.integer({ min: 1, max: 6 }) }),
);
const steps = fc.array(step, { minLength: 1, maxLength: 5 });
const transition = fc.constantFrom('auto' as const, 'implicit' as const, 'explicit' as const);
const start = fc
  .uniqueArray(member, { minLength: 1, maxLength: 5, selector: ({ id }) => id })
  .map((members) => configurationOf(members.slice(0, 3), members.slice(3)));

type Roles = Map<number, string>;

/** The naive model: a map from id to role and uuid. Undefined: a rule is broken. */
function naive(base: Configuration, changes: readonly ChangeStep[]): Roles | undefined {
  const roles: Roles = new Map();
  for (const { id, uuid } of base.voters) roles.set(id, `voter ${uuid}`);
  for (const { id, uuid } of base.learners) roles.set(id, `learner ${uuid}`);
  for (const change of changes) {
    if (!takeNaive(roles, change)) return undefined;
  }
  const replaced = base.voters.some(
    ({ id, uuid }) => (roles.get(id) ?? 'none').startsWith('voter') && roles.get(id) !== `voter ${uuid}`,
  );
  return !replaced && [...roles.values()].some((role) => role.startsWith('voter')) ? roles : undefined;
}

function takeNaive(roles: Roles, change: ChangeStep): boolean {
  if (change.type === 'remove') return roles.delete(change.id);
  const { id, uuid } = change.member;
  const now = roles.get(id);
  if (change.type === 'addLearner') {
    roles.set(id, `learner ${uuid}`);
    return now !== `learner ${uuid}`;
  }
  roles.set(id, `voter ${uuid}`);
  return now === undefined || now === `learner ${uuid}`;
}

function rolesOf(configuration: Configuration): Roles {
  const roles: Roles = new Map();
  for (const { id, uuid } of [...configuration.learners, ...configuration.learnersNext])
    roles.set(id, `learner ${uuid}`);
  for (const { id, uuid } of configuration.voters) roles.set(id, `voter ${uuid}`);
  return roles;
}

/** A majority of `a` and one of `b` share a member, whatever they are. */
function majoritiesMeet(a: Configuration, b: Configuration): boolean {
  const names = (list: Configuration['voters']): string[] => list.map(({ id, uuid }) => `${id}${uuid}`);
  const [first, second] = [names(a.voters), names(b.voters)];
  const common = first.filter((name) => second.includes(name)).length;
  const freeOfFirst = first.length - common;
  const freeOfSecond = second.length - common;
  const needFirst = Math.floor(first.length / 2) + 1;
  const needSecond = Math.floor(second.length / 2) + 1;
  return Math.max(0, needFirst - freeOfFirst) + Math.max(0, needSecond - freeOfSecond) > common;
}

function problemOf(configuration: Configuration | undefined): string | undefined {
  return configuration === undefined ? undefined : configurationProblem(configuration);
}

function expectedRoles(base: Configuration, expected: Roles | undefined): Roles {
  return expected ?? rolesOf(base);
}

function isSafeStep(base: Configuration, next: Configuration): boolean {
  return next.outgoing.length > 0 || majoritiesMeet(base, next);
}

/** What a change leads to; the base itself when it is refused. */
function outcome(base: Configuration, next: Configuration | undefined): Configuration {
  return next ?? base;
}

function leave(configuration: Configuration): Configuration {
  return changeConfiguration(configuration, { transition: 'leave', steps: [] }).configuration ?? configuration;
}

describe('configuration changes against a naive model', () => {
  it('agrees on the outcome, keeps quorums meeting, and survives its encoding', { timeout: 240_000 }, () => {
    fc.assert(
      fc.property(start, steps, transition, (base, changes, how) => {
        const expected = naive(base, changes);
        const { configuration } = changeConfiguration(base, { transition: how, steps: changes });
        expect(configuration === undefined).toBe(expected === undefined);
        const next = outcome(base, configuration);
        expect(configurationProblem(next)).toBeUndefined();
        expect(rolesOf(leave(next))).toEqual(expectedRoles(base, expected));
        expect(isSafeStep(base, next)).toBe(true);
        expect(decodeConfiguration(encodeConfiguration(next))).toEqual(next);
      }),
      { numRuns: 50_000 },
    );
  });

  it('never decodes garbage into an unsound configuration', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const configuration = decodeConfiguration(Uint8Array.of(1, ...bytes));
        expect(problemOf(configuration)).toBeUndefined();
      }),
      { numRuns: 20_000 },
    );
  });
});
