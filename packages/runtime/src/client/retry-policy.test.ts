import { describe, expect, it } from 'vitest';
import {
  decideRetry,
  parseRetryAfter,
  type Repeatability,
  type RequestFailure,
  type RetryDecision,
} from './retry-policy.ts';

const status = (code: number, retryAfterMs?: number): RequestFailure => ({ type: 'status', code, retryAfterMs });
const notSent: RequestFailure = { type: 'not-sent' };
const lost: RequestFailure = { type: 'lost' };

interface Row {
  failure: RequestFailure;
  attempt: number;
  requests: Repeatability[];
  decision: string;
  why: string;
}

function describeDecision(decision: RetryDecision): string {
  return decision.type === 'retry' ? `${decision.delayMs} ms` : decision.as;
}

describe('decideRetry', () => {
  it.each<Row>([
    {
      failure: notSent,
      attempt: 1,
      requests: ['read', 'repeatable', 'once'],
      decision: '100 ms',
      why: 'nothing was sent',
    },
    {
      failure: notSent,
      attempt: 4,
      requests: ['read', 'repeatable', 'once'],
      decision: '800 ms',
      why: 'delays double',
    },
    {
      failure: notSent,
      attempt: 5,
      requests: ['read', 'repeatable', 'once'],
      decision: 'unreachable',
      why: 'five attempts',
    },
    { failure: lost, attempt: 1, requests: ['read', 'repeatable'], decision: '100 ms', why: 'twice is harmless' },
    { failure: lost, attempt: 1, requests: ['once'], decision: 'outcome-unknown', why: 'a create may have happened' },
    { failure: lost, attempt: 5, requests: ['read'], decision: 'unreachable', why: 'a read changes nothing' },
    {
      failure: lost,
      attempt: 5,
      requests: ['repeatable'],
      decision: 'outcome-unknown',
      why: 'one of five may have happened',
    },
    {
      failure: status(429, 3_000),
      attempt: 1,
      requests: ['read', 'repeatable', 'once'],
      decision: '3000 ms',
      why: 'as told',
    },
    { failure: status(429), attempt: 1, requests: ['read', 'once'], decision: '1000 ms', why: 'not told how long' },
    {
      failure: status(429, 300_000),
      attempt: 1,
      requests: ['read', 'once'],
      decision: '30000 ms',
      why: 'never longer than 30 s',
    },
    { failure: status(429, 1_000), attempt: 5, requests: ['read', 'once'], decision: 'status', why: 'five attempts' },
    {
      failure: status(503, 2_000),
      attempt: 1,
      requests: ['read', 'repeatable', 'once'],
      decision: '2000 ms',
      why: 'as told',
    },
    { failure: status(503), attempt: 1, requests: ['read', 'repeatable'], decision: '100 ms', why: 'overloaded' },
    { failure: status(503), attempt: 1, requests: ['once'], decision: 'status', why: 'the author decides' },
    {
      failure: status(502),
      attempt: 1,
      requests: ['read', 'repeatable'],
      decision: '100 ms',
      why: 'a proxy lost the answer',
    },
    {
      failure: status(504),
      attempt: 1,
      requests: ['once'],
      decision: 'outcome-unknown',
      why: 'a proxy lost the answer',
    },
    {
      failure: status(409),
      attempt: 1,
      requests: ['read', 'repeatable', 'once'],
      decision: 'status',
      why: 'a conflict is an answer',
    },
    {
      failure: status(500),
      attempt: 1,
      requests: ['read', 'repeatable', 'once'],
      decision: 'status',
      why: 'the reconcile backs off',
    },
  ])('$failure attempt $attempt of $requests: $decision ($why)', ({ failure, attempt, requests, decision }) => {
    const decisions = requests.map((repeatability) => describeDecision(decideRetry(failure, attempt, repeatability)));
    expect(new Set(decisions)).toEqual(new Set([decision]));
  });
});

describe('parseRetryAfter', () => {
  it.each([
    { header: '7', ms: 7_000 },
    { header: 'Thu, 01 Jan 2026 00:00:05 GMT', ms: 5_000 },
    { header: 'Thu, 01 Jan 2026 00:00:00 GMT', ms: 0 },
    { header: 'soon', ms: undefined },
    { header: undefined, ms: undefined },
  ])('$header is $ms ms', ({ header, ms }) => {
    expect(parseRetryAfter(header, Date.UTC(2026, 0, 1))).toBe(ms);
  });
});
