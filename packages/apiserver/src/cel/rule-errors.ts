/**
 * What the rules of a schema find wrong with a value. All rules together have a budget, each call has a limit; where either
 * ends, so does checking, with an error that says so.
 */
import type { FieldError } from '../schema/field-error.ts';
import { duplicateWithoutValue, forbidden, invalidWithoutValue, required } from '../schema/field-errors.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject } from '../store/kube-object.ts';
import { CelCostError, CelError } from './cel-error.ts';
import { CelOptional, type CelValue } from './cel-value.ts';
import type { CompiledProgram, CompiledRule, RuleText } from './compile-rule.ts';
import { CostMeter } from './cost-meter.ts';
import { resolveFieldPath } from './field-path.ts';
import type { RuleTree } from './rule-tree.ts';
import { SchemaValues } from './schema-value.ts';

/** Kubernetes' budget for one object, about a second of work, and its limit for one rule. */
const objectBudget = 10_000_000;
const callLimit = 1_000_000;
const maxMessageBytes = 5 * 1024;

/** `old` is what an update replaces: rules about `oldSelf` need it, and errors of unchanged parts are forgiven. */
export function ruleErrors(tree: RuleTree, value: JsonValue, old: JsonValue | undefined): FieldError[] {
  const run = new RuleRun();
  try {
    run.visit(tree, { value, old, path: '', unchanged: false });
  } catch (error) {
    if (!(error instanceof BudgetExhausted)) throw error;
  }
  return run.errors;
}

/** Thrown to end a run whose last error says why. */
class BudgetExhausted extends Error {}

interface Place {
  readonly value: JsonValue;
  /** The stored value that this one follows; `undefined` when there is none to compare with. */
  readonly old: JsonValue | undefined;
  readonly path: string;
  /** Part of something that didn't change. */
  readonly unchanged: boolean;
}

class RuleRun {
  readonly errors: FieldError[] = [];
  readonly #values = new SchemaValues();
  #budget = objectBudget;

  visit(tree: RuleTree, place: Place, mayBeForgiven = true): void {
    const { value, old } = place;
    if (value === null) return;
    const unchanged = place.unchanged || (mayBeForgiven && old !== undefined && deepEqual(value, old));
    const here = { ...place, old: old === null ? undefined : old, unchanged };
    if (tree.rules.length > 0) this.#applyRules(tree, here);
    for (const part of tree.allOf) this.visit(part, here, false);
    if (Array.isArray(value)) this.#visitItems(tree, here, value);
    else if (isJsonObject(value)) this.#visitMembers(tree, here);
  }

  #visitItems({ items, schema }: RuleTree, place: Place, list: readonly JsonValue[]): void {
    if (items === undefined) return;
    const former = formerItems(place.old, schema['x-kubernetes-list-map-keys'], schema['x-kubernetes-list-type']);
    list.forEach((value, index) => {
      this.visit(items, { ...place, value, old: former(value), path: `${place.path}[${index}]` });
    });
  }

  #visitMembers({ properties, additionalProperties, schema }: RuleTree, place: Place): void {
    const { value, path } = place;
    if (!isJsonObject(value)) return;
    const old = isJsonObject(place.old) && schema['x-kubernetes-map-type'] !== 'atomic' ? place.old : undefined;
    for (const [name, member] of Object.entries(value)) {
      const known = properties.get(name);
      const tree = known ?? additionalProperties;
      if (tree === undefined) continue;
      const at = known === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      this.visit(tree, {
        ...place,
        value: member,
        old: old !== undefined && Object.hasOwn(old, name) ? old[name] : undefined,
        path: at,
      });
    }
  }

  #applyRules(tree: RuleTree, place: Place): void {
    if (this.#budget <= 0) this.#stop(place.path, exhausted);
    const self = this.#convert(place.value, tree, place.path);
    if (self === undefined) return;
    const old = place.old === undefined ? undefined : this.#convertOld(place.old, tree);
    for (const rule of tree.rules) this.#applyRule(rule, tree, place, self, old);
  }

  /** `undefined`, with an error for the place, when the value doesn't fit its schema. */
  #convert(value: JsonValue, tree: RuleTree, path: string): CelValue | undefined {
    try {
      return this.#values.convert(value, tree.schema, tree.isRoot);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      this.errors.push(invalidWithoutValue(shown(path), error.message));
      return undefined;
    }
  }

  /** A stored value that doesn't fit its schema any more is nothing to compare with. */
  #convertOld(value: JsonValue, tree: RuleTree): CelValue | undefined {
    try {
      return this.#values.convert(value, tree.schema, tree.isRoot);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return undefined;
    }
  }

  #applyRule(rule: CompiledRule, tree: RuleTree, place: Place, self: CelValue, old: CelValue | undefined): void {
    const { condition, text } = rule;
    if (!condition.ok) {
      this.errors.push(invalidWithoutValue(shown(place.path), `rule compile error: ${condition.problem}`));
      return;
    }
    if (condition.usesOldSelf && old === undefined && text.optionalOldSelf !== true) return;
    const variables = new Map([['self', self]]);
    if (text.optionalOldSelf === true)
      variables.set('oldSelf', old === undefined ? CelOptional.none : new CelOptional(old));
    else if (old !== undefined) variables.set('oldSelf', old);
    const outcome = this.#evaluate(condition, variables);
    if (this.#budget < 0) this.#stop(place.path, exhausted);
    if (outcome.problem !== undefined) this.#failed(outcome.problem, text, place.path);
    else if (outcome.value !== true && (condition.usesOldSelf || !place.unchanged)) {
      this.errors.push(this.#violation(rule, tree, place.path, variables));
    }
  }

  #evaluate(
    program: Extract<CompiledProgram, { ok: true }>,
    variables: ReadonlyMap<string, CelValue>,
  ): { value?: CelValue; problem?: Error } {
    const meter = new CostMeter(callLimit);
    try {
      return { value: program.program(variables, meter) };
    } catch (error) {
      if (!(error instanceof CelError || error instanceof CelCostError)) throw error;
      return { problem: error };
    } finally {
      this.#budget -= Math.ceil(meter.spent);
    }
  }

  #failed(problem: Error, text: RuleText, path: string): void {
    const rule = shownRule(text);
    if (problem instanceof CelCostError) {
      this.#stop(
        path,
        `'${problem.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
      );
    }
    const detail = problem.message.startsWith('no such overload')
      ? `'${problem.message}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`
      : `${problem.message} evaluating rule: ${rule}`;
    this.errors.push(invalidWithoutValue(shown(path), detail));
  }

  #violation(rule: CompiledRule, tree: RuleTree, path: string, variables: ReadonlyMap<string, CelValue>): FieldError {
    const { text } = rule;
    const field = text.fieldPath === '' ? '' : (resolveFieldPath(text.fieldPath, tree.schema) ?? '');
    const at = shown(field === '' ? path : path === '' ? field : `${path}.${field}`);
    const detail = this.#message(rule, variables) ?? (text.message.trim() || `failed rule: ${shownRule(text)}`);
    switch (text.reason ?? '') {
      case 'FieldValueForbidden':
        return forbidden(at, detail);
      case 'FieldValueRequired':
        return required(at, detail);
      case 'FieldValueDuplicate':
        return duplicateWithoutValue(at);
      default:
        return invalidWithoutValue(at, detail);
    }
  }

  /** A message that fails, is empty, too long or of several lines is no message. */
  #message({ message }: CompiledRule, variables: ReadonlyMap<string, CelValue>): string | undefined {
    if (message?.ok !== true) return undefined;
    const { value } = this.#evaluate(message, variables);
    if (typeof value !== 'string') return undefined;
    const text = value.trim();
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > maxMessageBytes ? undefined : text;
  }

  #stop(path: string, detail: string): never {
    this.errors.push(invalidWithoutValue(shown(path), detail));
    throw new BudgetExhausted();
  }
}

const exhausted = 'validation failed due to running out of cost budget, no further validation rules will be run';

function shown(path: string): string {
  return path === '' ? '<nil>' : path;
}

function shownRule({ message, rule }: RuleText): string {
  return message === '' ? rule.trim() : message.trim();
}

/** Finds the stored item that an item follows: by its keys in associative lists, never in others. */
function formerItems(
  old: JsonValue | undefined,
  keys: JsonValue | undefined,
  listType: JsonValue | undefined,
): (item: JsonValue) => JsonValue | undefined {
  if (!Array.isArray(old) || listType !== 'map' || !Array.isArray(keys)) return () => undefined;
  const identity = (item: JsonValue): string | undefined =>
    isJsonObject(item)
      ? JSON.stringify(keys.map((key) => (typeof key === 'string' ? (item[key] ?? null) : null)))
      : undefined;
  const known = new Map(old.map((item) => [identity(item), item]));
  return (item) => known.get(identity(item));
}
