import { describe, expect, it } from 'vitest';
import { ProblemReporter } from './problem-reporter.ts';

describe('problems', () => {
  it('come once a minute each', () => {
    const told: string[] = [];
    let nowMs = 0;
    const problems = new ProblemReporter(
      (message) => told.push(message),
      () => nowMs,
    );
    problems.tell('a');
    problems.tell('b');
    problems.tell('a');
    nowMs = 59_999;
    problems.tell('a');
    nowMs = 60_000;
    problems.tell('a');
    expect(told).toEqual(['a', 'b', 'a']);
  });

  it('do not pile up: of many sentences the oldest is forgotten', () => {
    const told: string[] = [];
    const problems = new ProblemReporter(
      (message) => told.push(message),
      () => 0,
    );
    for (let i = 0; i <= 64; i++) problems.tell(`${i}`);
    problems.tell('64');
    expect(told).toHaveLength(65);
    problems.tell('0');
    expect(told).toHaveLength(66);
  });
});
