/** Label selectors: equality and set-based requirements, ANDed. */
import type { V1LabelSelector, V1LabelSelectorRequirement } from '../gen/meta/v1.ts';
import { attempt, guardCalls } from '../guard-calls.ts';
import { canonical } from '../render/canonical.ts';
import { recordOf, type StringEntries } from './string-map.ts';

/** Operators of label selectors. `In` and `NotIn` need values, the others take none. */
export type SelectorOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

/** What is taken wherever a selector is: a builder, a plain selector, or a record of labels to match. */
export type SelectorLike = Selector | StringEntries;

/**
 * A label selector. All requirements must hold; an empty selector matches everything.
 *
 *     new Selector().insert('app', 'web').matchExpression('tier', 'In', ['front', 'edge'])
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export class Selector {
  readonly #selector: V1LabelSelector;

  constructor(selector: V1LabelSelector = {}) {
    guardCalls(new.target);
    this.#selector = Object.freeze({ ...selector });
    Object.freeze(this);
  }

  /** A selector with the requirements of a plain one. */
  static from(selector: V1LabelSelector): Selector {
    return new Selector(selector);
  }

  /** Requires the label `key` to have `value`; replaces an earlier value of the key. */
  insert(key: string, value: string): Selector {
    return this.matchLabels(key, value);
  }

  /** Requires one label, or all labels of a map. */
  matchLabels(key: string, value: string): Selector;
  matchLabels(labels: StringEntries): Selector;
  matchLabels(keyOrLabels: string | StringEntries, value = ''): Selector {
    const added = typeof keyOrLabels === 'string' ? { [keyOrLabels]: value } : recordOf(keyOrLabels);
    return new Selector({ ...this.#selector, matchLabels: { ...this.#selector.matchLabels, ...added } });
  }

  /** Adds a set-based requirement. */
  matchExpression(key: string, operator: SelectorOperator, values?: readonly string[]): Selector {
    const added: V1LabelSelectorRequirement = { key, operator, ...(values && { values: [...values] }) };
    return new Selector({
      ...this.#selector,
      matchExpressions: [...(this.#selector.matchExpressions ?? []), added],
    });
  }

  /** The selector as a fresh plain object; `{}` matches everything. */
  toJSON(): V1LabelSelector {
    return attempt('Selector', () => canonical(this.#selector));
  }
}

/** A plain selector from whatever is taken as one. */
export function selectorOf(selector: SelectorLike): V1LabelSelector {
  if (selector instanceof Selector) return selector.toJSON();
  const labels = recordOf(selector);
  return Object.keys(labels).length === 0 ? {} : { matchLabels: labels };
}

/** True if `labels` satisfy every requirement of `selector`. */
export function selects(selector: V1LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (selector.matchExpressions ?? []).every((requirement) => satisfies(requirement, labels));
}

function satisfies(
  { key, operator, values = [] }: V1LabelSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return true;
  }
}
