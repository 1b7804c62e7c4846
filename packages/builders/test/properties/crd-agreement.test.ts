/**
 * Random TypeBox schemas: each yields problems with paths, or a definition that the structural checks accept and that
 * admits exactly the values that TypeBox admits, once pruned and defaulted.
 */
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { BuilderError, type Problem } from '../../src/builder-error.ts';
import { checkCrd } from '../../src/crd/check-crd.ts';
import { customResource } from '../../src/crd/custom-resource.ts';
import type { CustomResourceDefinition } from '../../src/crd/custom-resource-definition.ts';
import type { StructuralSchema } from '../../src/crd/structural-schema.ts';
import { defaultValue, pruneValue, valueProblem } from '../../src/crd/structural-value.ts';
import { anySchema, legalSchema, likelyValue } from './random-schema.ts';

function define(spec: TSchema): CustomResourceDefinition {
  const Thing = customResource({ group: 'example.com', version: 'v1', kind: 'Thing', spec });
  return Thing.crd().toJSON() as CustomResourceDefinition;
}

/** What `customResource` refuses, and what the structural checks then still find. */
function outcome(spec: TSchema): { refused: readonly Problem[]; accepted: boolean; found: readonly Problem[] } {
  try {
    return { refused: [], accepted: true, found: checkCrd(define(spec)) };
  } catch (error) {
    if (error instanceof BuilderError) return { refused: error.problems, accepted: false, found: [] };
    throw error;
  }
}

function specOf(crd: CustomResourceDefinition): StructuralSchema {
  return crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'] ?? {};
}

function isTraceable({ path, message }: Problem): boolean {
  return path.startsWith('spec') && message !== '';
}

describe('random schemas', () => {
  it('are refused with a path and a reason, or accepted by the structural checks', () => {
    let acceptedCount = 0;
    fc.assert(
      fc.property(anySchema, (spec) => {
        const { refused, accepted, found } = outcome(spec);
        acceptedCount += Number(accepted);
        expect(found).toEqual([]);
        expect(refused.length > 0).toBe(!accepted);
        expect(refused.filter((problem) => !isTraceable(problem))).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(acceptedCount).toBeGreaterThan(20);
    expect(acceptedCount).toBeLessThan(380);
  });

  it('admit the values that TypeBox admits, once pruned and defaulted', () => {
    let validCount = 0;
    let valueCount = 0;
    const cases = legalSchema.chain((spec) => {
      const schema = specOf(define(spec));
      return fc.tuple(fc.constant({ spec, schema }), fc.array(likelyValue(schema), { minLength: 1, maxLength: 8 }));
    });
    fc.assert(
      fc.property(cases, ([{ spec, schema }, values]) => {
        for (const value of values) {
          const stored = defaultValue(pruneValue(value, schema), schema);
          const valid = Check(spec, stored);
          validCount += Number(valid);
          valueCount += 1;
          expect({ stored, valid: valueProblem(stored, schema) === undefined, schema }).toEqual({
            stored,
            valid,
            schema,
          });
        }
      }),
      { numRuns: 600 },
    );
    expect(validCount).toBeGreaterThan(200);
    expect(valueCount - validCount).toBeGreaterThan(200);
  });
});
