import { describe, expect, it } from 'vitest';
import { parseScore } from './conformance-score.ts';

describe('parseScore', () => {
  it('sums the group lines and ignores the differences printed between them', () => {
    const output = [
      'MISSING ssa/apply-create',
      'DIFF crd/create (POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions)',
      '    body.message: "a 1/2" != "b"',
      'ssa            3/35',
      'crd            70/75',
      'same 73, different 36, missing 1',
    ].join('\n');
    expect(parseScore(output)).toEqual({ groups: { ssa: [3, 35], crd: [70, 75] }, same: 73, total: 110 });
  });

  it('is zero of zero when nothing was compared', () => {
    expect(parseScore('same 0, different 0, missing 0')).toEqual({ groups: {}, same: 0, total: 0 });
  });
});
