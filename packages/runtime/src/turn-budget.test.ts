import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { TurnBudget } from './turn-budget.ts';

it('is spent after its limit within one turn, and whole again in the next', async () => {
  const clock = new ManualClock();
  const budget = new TurnBudget(clock, 5);
  expect(budget.spent).toBe(false);
  clock.advance(4);
  expect(budget.spent).toBe(false);
  clock.advance(1);
  expect(budget.spent).toBe(true);
  await budget.giveWay();
  expect(budget.spent).toBe(false);
});

it('does not count the time spent waiting', async () => {
  const clock = new ManualClock();
  const budget = new TurnBudget(clock, 5);
  expect(budget.spent).toBe(false);
  await nextTurn();
  clock.advance(1_000);
  expect(budget.spent).toBe(false);
});
