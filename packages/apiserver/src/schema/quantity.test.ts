import { describe, expect, it } from 'vitest';
import { canonicalQuantity, compareQuantities, parseQuantity } from './quantity.ts';

describe('canonical quantities', () => {
  it.each([
    ['0.5', '500m'],
    ['1', '1'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1000', '1k'],
    ['100000', '100k'],
    ['0', '0'],
    ['-0.1', '-100m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1024', '1024'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['1Ki', '1Ki'],
    ['1e3', '1e3'],
    ['12e2', '1200'],
    ['0.0000000001', '1n'],
    ['+2', '2'],
    ['5.', '5'],
    ['.5', '500m'],
    ['1000E', '1000E'],
  ])('%s is written as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', 'abc', '1.2.3', '1KiB', '-', '1 Gi', 'Gi', '1ki'])('%j is no quantity', (text) => {
    expect(canonicalQuantity(text)).toBeUndefined();
  });

  it('compare across suffixes', () => {
    const quantity = (text: string): NonNullable<ReturnType<typeof parseQuantity>> =>
      parseQuantity(text) as NonNullable<ReturnType<typeof parseQuantity>>;
    expect(compareQuantities(quantity('1Gi'), quantity('1G'))).toBe(1);
    expect(compareQuantities(quantity('1000m'), quantity('1'))).toBe(0);
    expect(compareQuantities(quantity('1m'), quantity('1'))).toBe(-1);
  });
});
