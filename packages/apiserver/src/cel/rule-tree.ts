/** All rules of a schema, compiled, in the shape of the schema; parts without rules are left out. */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { type CompiledRule, compileRule, rulesAt } from './compile-rule.ts';
import { isEmbedded, schemaType, type SchemaType } from './schema-type.ts';

export interface RuleTree {
  readonly schema: JsonObject;
  /** The root of an object: its metadata is visible. */
  readonly isRoot: boolean;
  readonly type: SchemaType | undefined;
  readonly rules: readonly CompiledRule[];
  readonly items: RuleTree | undefined;
  readonly properties: ReadonlyMap<string, RuleTree>;
  readonly additionalProperties: RuleTree | undefined;
  /** Rules that `allOf` adds for the same value. */
  readonly allOf: readonly RuleTree[];
}

/** `undefined` when there are no rules. */
export function compileRuleTree(schema: JsonObject, isRoot: boolean = true): RuleTree | undefined {
  return build(schema, schema, isRoot, 'selfType');
}

/** `rules` has the rules (a schema or a part of its `allOf`), `schema` says what the value is. */
function build(rules: JsonObject, schema: JsonObject, isRoot: boolean, name: string): RuleTree | undefined {
  const below = children(rules, schema, isRoot, name);
  const own = rulesAt(rules);
  const isEmpty = own.length === 0 && below.properties.size === 0 && below.allOf.length === 0;
  if (isEmpty && below.items === undefined && below.additionalProperties === undefined) return undefined;
  const type = own.length === 0 ? undefined : schemaType(schema, name, isRoot);
  const compiled = type === undefined ? [] : own.map((rule) => compileRule(rule, type.type));
  return { schema, isRoot, type, rules: compiled, ...below };
}

function children(
  rules: JsonObject,
  schema: JsonObject,
  isRoot: boolean,
  name: string,
): Pick<RuleTree, 'items' | 'properties' | 'additionalProperties' | 'allOf'> {
  const part = (keyword: 'items' | 'additionalProperties'): RuleTree | undefined => {
    const [rule, child] = [rules[keyword], schema[keyword]];
    if (!isJsonObject(rule) || !isJsonObject(child)) return undefined;
    return build(rule, child, isEmbedded(child), `${name}.@${keyword}`);
  };
  const properties = new Map<string, RuleTree>();
  const known = isJsonObject(schema['properties']) ? schema['properties'] : {};
  for (const [property, rule] of Object.entries(isJsonObject(rules['properties']) ? rules['properties'] : {})) {
    const child = Object.hasOwn(known, property) ? known[property] : undefined;
    if (!isJsonObject(rule) || !isJsonObject(child)) continue;
    const tree = build(rule, child, isEmbedded(child), `${name}.${property}`);
    if (tree !== undefined) properties.set(property, tree);
  }
  const all = Array.isArray(rules['allOf']) ? rules['allOf'].filter((entry) => isJsonObject(entry)) : [];
  const allOf = all.flatMap((entry) => build(entry, schema, isRoot, name) ?? []);
  return { items: part('items'), additionalProperties: part('additionalProperties'), properties, allOf };
}
