import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portOf, type SrvRecord } from './srv-records.ts';

const record = (target: string, port: number, priority = 0, weight = 0): SrvRecord => ({
  target,
  port,
  priority,
  weight,
});

describe('the port of a pod', () => {
  it.each([
    { why: 'its own record', records: [record('a.svc', 1), record('b.svc', 2)], port: 2 },
    { why: 'names compare without case and final dot', records: [record('B.SVC.', 7)], port: 7 },
    { why: 'the lowest priority wins', records: [record('b.svc', 1, 10), record('b.svc', 2, 0)], port: 2 },
    { why: 'then the highest weight', records: [record('b.svc', 1, 0, 1), record('b.svc', 2, 0, 9)], port: 2 },
    { why: 'no record', records: [record('a.svc', 1)], port: undefined },
    { why: 'port 0 is none', records: [record('b.svc', 0)], port: undefined },
  ])('is $port: $why', ({ records, port }) => {
    expect(portOf('b.svc', records)).toBe(port);
  });

  it('does not depend on the order of the answer', () => {
    const records = fc.array(
      fc.record({
        target: fc.constantFrom('a.svc', 'b.svc'),
        port: fc.integer({ min: 0, max: 65_535 }),
        priority: fc.integer({ min: 0, max: 2 }),
        weight: fc.integer({ min: 0, max: 2 }),
      }),
    );
    fc.assert(
      fc.property(records, (list) => {
        expect(portOf('a.svc', list.toReversed())).toBe(portOf('a.svc', list));
      }),
    );
  });
});
