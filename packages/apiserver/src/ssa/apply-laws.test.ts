import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';
import { describeSet, type FieldSet, isSubset, subtractSets, unionSets } from './field-set.ts';
import { apply, play, type Step, update, WIDGET } from './fixture-story.ts';
import { widget } from './fixture-schemas.ts';
import { decodeManagers } from './managers.ts';
import { everyPath } from './to-field-set.ts';

const name = fc.constantFrom('a', 'b', 'c');
const word = fc.constantFrom('x', 'y');
const small = fc.integer({ min: 0, max: 2 });

function optional<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<JsonObject> {
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<unknown> as fc.Arbitrary<JsonObject>;
}

const uniqueItems = fc.uniqueArray(
  fc
    .tuple(name, optional({ qty: small, nested: optional({ a: word, b: word }) }))
    .map(([id, rest]) => ({ id, ...rest })),
  { selector: (item) => item['id'], minLength: 1, maxLength: 3 },
);

/**
 * Configurations of a Widget's spec, small enough that managers meet in the same fields. Keyed lists and sets are not
 * empty: an applied empty one has no owner, so nothing would ever remove it.
 */
const config: fc.Arbitrary<JsonObject> = optional({
  name: word,
  size: small,
  tags: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  items: uniqueItems,
  rules: fc.array(fc.record({ path: word }), { maxLength: 2 }),
  limits: fc.dictionary(name, optional({ min: small, max: small }), { maxKeys: 2 }),
  labels: fc.dictionary(name, word, { maxKeys: 3 }),
  options: fc.dictionary(name, word, { maxKeys: 2 }),
  free: fc.dictionary(
    name,
    fc.oneof(word, fc.dictionary(name, word, { maxKeys: 2 }), fc.array(small, { maxLength: 2 })),
    { maxKeys: 2 },
  ),
}).map((spec) => ({ spec }));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ manager: name, fields: config }).map(({ manager, fields }) => apply(manager, fields, { force: true })),
  fc.record({ manager: name, fields: config }).map(({ manager, fields }) => apply(manager, fields)),
  fc.record({ manager: name, fields: config }).map(({ manager, fields }) => update(manager, fields)),
);
const story = fc.tuple(config, fc.array(step, { maxLength: 6 })).map(([first, rest]) => [update('z', first), ...rest]);

const choices = fc.array(fc.boolean(), { minLength: 16, maxLength: 16 });
const SPLITTABLE = new Set(['tags', 'items', 'limits', 'labels']);

/** Some of the fields of a configuration, and some of the entries of its granular lists and maps. */
function partOf({ spec }: JsonObject, keep: readonly boolean[]): JsonObject {
  let count = 0;
  const isKept = (): boolean => keep[count++ % keep.length] === true;
  const entries = Object.entries(spec as JsonObject).flatMap(([key, value]) => {
    const part = SPLITTABLE.has(key) ? someOf(value, isKept) : value;
    return isKept() && !isEmptied(key, part) ? [[key, part] as const] : [];
  });
  return { spec: Object.fromEntries(entries) };
}

function isEmptied(key: string, part: JsonValue): boolean {
  return SPLITTABLE.has(key) && Object.keys(part as JsonObject).length === 0;
}

function someOf(value: JsonValue, isKept: () => boolean): JsonValue {
  return Array.isArray(value)
    ? value.filter(isKept)
    : Object.fromEntries(Object.entries(value as JsonObject).filter(isKept));
}

function ownedPaths(object: KubeObject | undefined): FieldSet {
  const managers = decodeManagers(object?.metadata.managedFields) ?? new Map();
  return [...managers.values()].reduce<FieldSet>((all, manager) => unionSets(all, manager.fields), {
    member: false,
    children: undefined,
  });
}

/** Keyed lists and sets in a fixed order, since the order of items may depend on who came first. */
function unordered(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map(unordered).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unordered(child)]))
    : value;
}

describe('laws of apply (after any history of applies and updates)', () => {
  it('applying the same configuration again changes nothing', () => {
    fc.assert(
      fc.property(story, config, (history, fields) => {
        const once = play(WIDGET, [...history, apply('a', fields, { force: true })]);
        const twice = play(WIDGET, [
          ...history,
          apply('a', fields, { force: true }),
          apply('a', fields, { now: '2027-01-01T00:00:00Z' }),
        ]);
        expect(twice.object).toEqual(once.object);
      }),
      { numRuns: 300 },
    );
  });

  it('entries only name fields that exist', () => {
    fc.assert(
      fc.property(story, (history) => {
        const { object } = play(WIDGET, history);
        const existing = everyPath(object as JsonValue, widget);
        const owned = ownedPaths(object);
        expect(describeSet(subtractSets(owned, existing))).toEqual([]);
        expect(isSubset(owned, existing)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('a forced apply puts every applied value into the object', () => {
    fc.assert(
      fc.property(story, config, (history, fields) => {
        const { object } = play(WIDGET, [...history, apply('d', fields, { force: true })]);
        const again = play(WIDGET, [...history, apply('d', fields, { force: true }), apply('e', fields)]);
        expect(again.answer).toBe('applied');
        expect(deepEqual(again.object?.['spec'], object?.['spec'])).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('applies that agree commute, but for the order of list items', () => {
    fc.assert(
      fc.property(config, choices, choices, (whole, first, second) => {
        const left = partOf(whole, first);
        const right = partOf(whole, second);
        const forth = play(WIDGET, [apply('a', left), apply('b', right)]);
        const back = play(WIDGET, [apply('b', right), apply('a', left)]);
        expect([forth.answer, back.answer]).toEqual(['applied', 'applied']);
        expect(unordered(forth.fields)).toEqual(unordered(back.fields));
        expect(forth.owners).toEqual(back.owners);
      }),
      { numRuns: 300 },
    );
  });

  it('an applier that leaves takes its fields along, unless others own them', () => {
    fc.assert(
      fc.property(config, config, (left, right) => {
        const alone = play(WIDGET, [apply('b', right)]);
        const left2 = play(WIDGET, [
          apply('b', right),
          apply('a', left, { force: true }),
          apply('b', right, { force: true }),
          apply('a', {}),
        ]);
        expect(unordered(left2.fields)).toEqual(unordered(alone.fields));
      }),
      { numRuns: 300 },
    );
  });
});
