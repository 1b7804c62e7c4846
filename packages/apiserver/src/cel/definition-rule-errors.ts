/**
 * Whether the rules of a definition compile, and what they could cost at most: a rule on an item of a list counts as often
 * as the list can have items.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import type { FieldError } from '../schema/field-error.ts';
import { forbidden, internalProblem, invalidValue } from '../schema/field-errors.ts';
import type { JsonObject } from '../store/kube-object.ts';
import type { CompiledProgram, CompiledRule, RuleText } from './compile-rule.ts';
import { compileRuleTree, type RuleTree } from './rule-tree.ts';
import { maxRequestBytes } from './schema-type.ts';

const ruleLimit = 10_000_000;
const definitionLimit = 100_000_000;
const shownRules = 4;

/** Problems of all rules of an `openAPIV3Schema` that lies at `path`. Its structure is sound. */
export function definitionRuleErrors(schema: JsonObject, path: string): FieldError[] {
  const tree = compileRuleTree(schema);
  if (tree === undefined) return [];
  const survey = new RuleSurvey();
  survey.visit(tree, { path, times: 1, uncorrelated: undefined });
  return [...survey.errors, ...survey.totalErrors(path)];
}

interface Place {
  readonly path: string;
  /** How many values of this schema one object can have; `undefined` without bound. */
  readonly times: number | undefined;
  /** The list above whose items have no stored counterparts. */
  readonly uncorrelated: string | undefined;
}

class RuleSurvey {
  readonly errors: FieldError[] = [];
  readonly #costs: { path: string; cost: number }[] = [];

  visit(tree: RuleTree, place: Place): void {
    const { schema } = tree;
    const { path, times } = place;
    for (const [name, child] of tree.properties) this.visit(child, { ...place, path: `${path}.properties[${name}]` });
    if (tree.items !== undefined) {
      const isMap = schema['x-kubernetes-list-type'] === 'map';
      const uncorrelated = place.uncorrelated ?? (isMap ? undefined : `${path}.items`);
      this.visit(tree.items, { path: `${path}.items`, times: multiply(times, schema['maxItems']), uncorrelated });
    }
    if (tree.additionalProperties !== undefined) {
      const at = `${path}.additionalProperties`;
      this.visit(tree.additionalProperties, { ...place, path: at, times: multiply(times, schema['maxProperties']) });
    }
    tree.allOf.forEach((part, index) => this.visit(part, { ...place, path: `${path}.allOf[${index}]` }));
    this.#visitRules(tree, place);
  }

  #visitRules({ rules, type, schema }: RuleTree, place: Place): void {
    const hasRules = Array.isArray(schema['x-kubernetes-validations']) && schema['x-kubernetes-validations'].length > 0;
    if (type === undefined) {
      const detail = 'internal error: failed to retrieve type information for x-kubernetes-validations';
      if (hasRules) this.errors.push(internalProblem(`${place.path}.x-kubernetes-validations`, detail));
      return;
    }
    const times = place.times ?? Math.floor(maxRequestBytes / (type.minBytes + 1));
    rules.forEach((rule, index) => {
      const at = `${place.path}.x-kubernetes-validations[${index}]`;
      this.#charge(rule.condition, times, `${at}.rule`, 'estimated rule cost');
      this.#compileProblem(rule.condition, rule.text, `${at}.rule`);
      if (rule.message !== undefined) {
        this.#charge(rule.message, 1, `${at}.messageExpression`, 'estimated messageExpression cost');
        this.#compileProblem(rule.message, rule.text, `${at}.messageExpression`);
      }
      this.#checkOldSelf(rule, at, place.uncorrelated);
    });
  }

  #charge(program: CompiledProgram, times: number, path: string, what: string): void {
    if (!program.ok) return;
    const cost = program.cost * times;
    this.#costs.push({ path, cost });
    if (cost > ruleLimit) this.errors.push(forbidden(path, excess(what, cost / ruleLimit)));
  }

  #compileProblem(program: CompiledProgram, text: RuleText, path: string): void {
    if (!program.ok) this.errors.push(invalidValue(path, goRule(text), program.problem));
  }

  #checkOldSelf({ condition, text }: CompiledRule, at: string, uncorrelated: string | undefined): void {
    if (!condition.ok) return;
    if (condition.usesOldSelf && uncorrelated !== undefined) {
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
      this.errors.push(invalidValue(`${at}.rule`, text.rule, detail));
    }
    if (!condition.usesOldSelf && text.optionalOldSelf !== undefined) {
      const detail = 'may not be set if oldSelf is not used in rule';
      this.errors.push(invalidValue(`${at}.optionalOldSelf`, text.optionalOldSelf, detail));
    }
  }

  /** All rules together: the dearest are named, then the total. */
  totalErrors(path: string): FieldError[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= definitionLimit) return [];
    const dearest = this.#costs
      .filter(({ cost }) => cost >= definitionLimit / 100)
      .toSorted((a, b) => b.cost - a.cost)
      .slice(0, shownRules);
    const share = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...dearest.map((rule) => forbidden(rule.path, share)),
      forbidden(path, excess(what, total / definitionLimit)),
    ];
  }
}

function multiply(times: number | undefined, bound: unknown): number | undefined {
  return times === undefined || typeof bound !== 'number' ? undefined : times * Math.max(0, bound);
}

function excess(what: string, factor: number): string {
  const shown = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${what} exceeds budget by factor of ${shown} (${advice})`;
}

/** A rule as kube-apiserver's internal type shows itself in messages. */
function goRule(text: RuleText): JsonObject {
  return {
    Rule: text.rule,
    Message: text.message,
    MessageExpression: text.messageExpression,
    Reason: text.reason ?? null,
    FieldPath: text.fieldPath,
    OptionalOldSelf: text.optionalOldSelf ?? null,
  };
}
