import { describe, expect, it } from 'vitest';
import { sameQuantity } from './quantity.ts';

describe('sameQuantity', () => {
  it.each([
    ['1000m', '1'],
    [1, '1'],
    ['0.5', '500m'],
    ['1Gi', '1024Mi'],
    ['1k', '1000'],
    ['1e3', '1000'],
    ['1E', '1000000000000000000'],
    ['-1500m', '-1.5'],
    ['.5', '0.5'],
    ['1.', '1'],
  ])('%s equals %s', (a, b) => {
    expect(sameQuantity(a, b)).toBe(true);
  });

  it.each([
    ['1', '2'],
    ['1Gi', '1G'],
    ['1', 'one'],
    ['web', 'web'],
    ['', ''],
    [undefined, undefined],
    ['1e99999', '1e99999'],
  ])('%s does not equal %s as a quantity', (a, b) => {
    expect(sameQuantity(a, b)).toBe(false);
  });
});
