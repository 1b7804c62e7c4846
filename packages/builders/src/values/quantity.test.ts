import { describe, expect, it } from 'vitest';
import { quantity } from './quantity.ts';

describe('quantities', () => {
  it.each(['0', '1', '-1', '+1', '.5', '5.', '1.5Gi', '100m', '2e3', '2E-3', '1E', '12n', '3u'])(
    'accepts %s',
    (text) => {
      expect(quantity.isValid(text)).toBe(true);
    },
  );

  it.each(['', '.', '100mi', '1 Gi', '1KB', '1K', 'Gi', '0x10', '1e', '--1', '1e99999'])('refuses %j', (text) => {
    expect(quantity.isValid(text)).toBe(false);
    expect(() => quantity.parse(text)).toThrow(/is not a quantity/);
  });

  it.each([
    ['1Gi', '1024Mi', 0],
    ['1G', '1Gi', -1],
    ['0.1', '100m', 0],
    ['1E', '1e18', 0],
    ['9007199254740993', '9007199254740992', 1],
    ['0.000000001', '1n', 0],
  ] as const)('compares %s and %s exactly', (a, b, order) => {
    expect(quantity.compare(a, b)).toBe(order);
  });

  it.each([
    ['100m', '0.2', '300m'],
    ['1Gi', '1Gi', '2Gi'],
    ['512Mi', '512Mi', '1Gi'],
    ['1G', '500M', '1500M'],
    ['-1', '1', '0'],
  ] as const)('adds %s and %s to %s', (a, b, sum) => {
    expect(quantity.add(a, b)).toBe(sum);
  });

  it('shows a parsed value as its shortest text', () => {
    expect(String(quantity.parse('1000m'))).toBe('1');
    expect(String(quantity.parse('2048Mi'))).toBe('2Gi');
    expect(quantity.format('1536Mi', 'decimal')).toBe('1610612736');
  });
});
