/**
 * Checks an applied configuration against its type before anything is merged: undeclared fields, wrong types,
 * duplicate items. Limits, patterns and required fields are not checked here; validation sees the merged object.
 */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import { isJsonObject } from '../store/kube-object.ts';
import { plainText, sourceText, typeText } from './go-text.ts';
import { describePathElement, fieldElement, type PathElement } from './path-element.ts';
import { acceptsUnknownFields, asList, asMap, fieldType, isDeclaredField, itemElement } from './type-view.ts';

/** The problems in one text as Kubernetes words it, or `undefined` when there is none. */
export function describeTypeErrors(value: JsonValue, root: SchemaNode): string | undefined {
  const problems: string[] = [];
  validate(value, root, '', problems);
  if (problems.length === 0) {
    return undefined;
  }
  return problems.length === 1 ? problems[0] : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
}

/** Fields of every whole Kubernetes object, declared or not. */
const OBJECT_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function validate(value: JsonValue, node: SchemaNode, path: string, problems: string[]): void {
  if (value === null) {
    return;
  }
  const report = (message: string): void => {
    problems.push(path === '' ? message : `${path}: ${message}`);
  };
  if (node.type === 'object') {
    validateMap(value, node, path, problems, report);
  } else if (node.type === 'array') {
    validateList(value, node, path, problems, report);
  } else {
    const problem = scalarProblem(value, node);
    if (problem !== undefined) {
      report(problem);
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

function validateMap(
  value: JsonValue,
  node: SchemaNode,
  path: string,
  problems: string[],
  report: (message: string) => void,
): void {
  const map = asMap(value);
  if (map === undefined) {
    report(`expected map, got ${plainText(value)}`);
    return;
  }
  const isOpen = acceptsUnknownFields(node);
  for (const key in map) {
    const childPath = path + describePathElement(fieldElement(key));
    const type = fieldType(node, key);
    if (type !== undefined) {
      validate(map[key] ?? null, type, childPath, problems);
    } else if (!isOpen && !isDeclaredField(node, key) && !isObjectField(node, key, path)) {
      problems.push(`${childPath}: field not declared in schema`);
    }
  }
}

function isObjectField(node: SchemaNode, key: string, path: string): boolean {
  return OBJECT_FIELDS.has(key) && (path === '' || node.embeddedResource);
}

function validateList(
  value: JsonValue,
  node: SchemaNode,
  path: string,
  problems: string[],
  report: (message: string) => void,
): void {
  const list = asList(value);
  if (list === undefined) {
    report(`expected list, got ${plainText(value)}`);
    return;
  }
  const seen = new Set<PathElement>();
  for (const [index, item] of list.entries()) {
    const problem = node.listType === 'atomic' ? undefined : itemProblem(item, node);
    if (problem !== undefined) {
      report(`element ${index}: ${problem}`);
      return;
    }
    const element = node.listType === 'atomic' ? `i:${index}` : itemElement(node, item);
    if (seen.has(element)) {
      report(`duplicate entries for key ${describePathElement(element)}`);
      return;
    }
    seen.add(element);
    if (node.items !== undefined) {
      validate(item, node.items, path + describePathElement(element), problems);
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
