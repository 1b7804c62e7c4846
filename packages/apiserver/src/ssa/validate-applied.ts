/**
 * Checks an applied configuration against its type before anything is merged: undeclared fields, wrong types,
 * duplicate items. Limits, patterns and required fields are not checked here; validation sees the merged object.
 */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import { isJsonObject } from '../store/kube-object.ts';
import { describePath } from './field-set.ts';
import { plainText, sourceText, typeText } from './go-text.ts';
import { describePathElement, fieldElement, type PathElement } from './path-element.ts';
import { acceptsUnknownFields, asList, asMap, fieldType, itemElement } from './type-view.ts';

/** The problems in one text as Kubernetes words it, or `undefined` when there is none. */
export function describeTypeErrors(value: JsonValue, root: SchemaNode): string | undefined {
  const walk: Walk = { path: [], problems: [] };
  validate(value, root, walk);
  const { problems } = walk;
  if (problems.length === 0) {
    return undefined;
  }
  return problems.length === 1 ? problems[0] : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
}

interface Walk {
  /** Where the walk stands; only put into words when something is wrong there. */
  readonly path: PathElement[];
  readonly problems: string[];
}

function report({ path, problems }: Walk, message: string): void {
  problems.push(path.length === 0 ? message : `${describePath(path)}: ${message}`);
}

/** Fields of every whole Kubernetes object, declared or not. */
const OBJECT_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function validate(value: JsonValue, node: SchemaNode, walk: Walk): void {
  if (value === null) {
    return;
  }
  if (node.type === 'object') {
    validateMap(value, node, walk);
  } else if (node.type === 'array') {
    validateList(value, node, walk);
  } else {
    const problem = scalarProblem(value, node);
    if (problem !== undefined) {
      report(walk, problem);
    }
  }
}

function scalarProblem(value: JsonValue, node: SchemaNode): string | undefined {
  const acceptsAnyScalar = node.intOrString || node.format === 'quantity' || node.format === 'int-or-string';
  if (acceptsAnyScalar) {
    return typeof value === 'object' ? `expected any scalar, got ${plainText(value)}` : undefined;
  }
  if (node.type === 'integer' || node.type === 'number') {
    return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${typeText(value)}`;
  }
  if (node.type === 'string') {
    return typeof value === 'string' ? undefined : `expected string, got ${sourceText(value)}`;
  }
  return node.type !== 'boolean' || typeof value === 'boolean'
    ? undefined
    : `expected boolean, got ${plainText(value)}`;
}

function validateMap(value: JsonValue, node: SchemaNode, walk: Walk): void {
  const map = asMap(value);
  if (map === undefined) {
    report(walk, `expected map, got ${plainText(value)}`);
    return;
  }
  const isOpen = acceptsUnknownFields(node);
  const isObject = node.embeddedResource || walk.path.length === 0;
  for (const key in map) {
    const type = fieldType(node, key);
    walk.path.push(fieldElement(key));
    if (type !== undefined) {
      validate(map[key] ?? null, type, walk);
    } else if (!isOpen && !(isObject && OBJECT_FIELDS.has(key))) {
      report(walk, 'field not declared in schema');
    }
    walk.path.pop();
  }
}

function validateList(value: JsonValue, node: SchemaNode, walk: Walk): void {
  const list = asList(value);
  if (list === undefined) {
    report(walk, `expected list, got ${plainText(value)}`);
    return;
  }
  const seen = new Set<PathElement>();
  for (const [index, item] of list.entries()) {
    const problem = node.listType === 'atomic' ? undefined : itemProblem(item, node);
    if (problem !== undefined) {
      report(walk, `element ${index}: ${problem}`);
      return;
    }
    const element = node.listType === 'atomic' ? `i:${index}` : itemElement(node, item);
    if (seen.has(element)) {
      report(walk, `duplicate entries for key ${describePathElement(element)}`);
      return;
    }
    seen.add(element);
    if (node.items !== undefined) {
      walk.path.push(element);
      validate(item, node.items, walk);
      walk.path.pop();
    }
  }
}

function itemProblem(item: JsonValue, node: SchemaNode): string | undefined {
  if (node.listType === 'map') {
    if (item === null) {
      return 'associative list with keys may not have a null element';
    }
    return isJsonObject(item) ? undefined : 'associative list with keys may not have non-map elements';
  }
  if (isJsonObject(item)) {
    return "associative list without keys has an element that's a map type";
  }
  return Array.isArray(item) ? 'not supported: associative list with lists as elements' : undefined;
}
