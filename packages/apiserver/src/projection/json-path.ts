/**
 * The part of JSONPath that printer columns and selectable fields use: `.a.b`, `['x.y']`, `[0]`, `[-1]`, `[*]`,
 * `[?(@.type=="Ready")]` and dots escaped with a backslash.
 *
 * Not here: recursive descent, slices, ranges and functions; such a path finds nothing.
 */
import { isJsonObject } from '../store/kube-object.ts';
import type { JsonValue } from '../schema/schema-node.ts';

type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly Step[]; readonly operator: string; readonly operand: JsonValue };

const parsed = new Map<string, readonly Step[] | undefined>();
const parsedLimit = 10_000;

/** All values that `path` finds, in document order; none when it finds nothing or is beyond this subset. */
export function evaluateJsonPath(value: JsonValue, path: string): JsonValue[] {
  if (!parsed.has(path)) {
    if (parsed.size >= parsedLimit) parsed.clear();
    parsed.set(path, parseJsonPath(path));
  }
  const steps = parsed.get(path);
  return steps === undefined ? [] : steps.reduce<JsonValue[]>((found, step) => follow(found, step), [value]);
}

function follow(values: readonly JsonValue[], step: Step): JsonValue[] {
  return values.flatMap((value): JsonValue[] => {
    switch (step.kind) {
      case 'member': {
        const member = isJsonObject(value) ? value[step.name] : undefined;
        return member === undefined ? [] : [member];
      }
      case 'index': {
        const item = Array.isArray(value) ? value.at(step.index) : undefined;
        return item === undefined ? [] : [item];
      }
      case 'all':
        if (Array.isArray(value)) return value;
        return isJsonObject(value) ? Object.values(value) : [];
      case 'filter':
        return Array.isArray(value) ? value.filter((item) => passes(item, step)) : [];
    }
  });
}

function passes(item: JsonValue, { path, operator, operand }: Step & { kind: 'filter' }): boolean {
  const found = path.reduce<JsonValue[]>((values, step) => follow(values, step), [item]);
  if (operator === '') return found.length > 0;
  return found.some((value) => compare(value, operator, operand));
}

function compare(value: JsonValue, operator: string, operand: JsonValue): boolean {
  if (operator === '==') return value === operand;
  if (operator === '!=') return value !== operand;
  if (typeof value !== typeof operand || value === null || operand === null) return false;
  switch (operator) {
    case '<':
      return value < operand;
    case '<=':
      return value <= operand;
    case '>':
      return value > operand;
    default:
      return value >= operand;
  }
}

/** `undefined` when the path is beyond the subset. */
function parseJsonPath(path: string): readonly Step[] | undefined {
  const text = path.startsWith('$') ? path.slice(1) : path;
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    const step = text[at] === '[' ? parseBracket(text, at) : parseMember(text, at);
    if (step === undefined) return undefined;
    steps.push(step.step);
    at = step.end;
  }
  return steps;
}

interface Parsed {
  readonly step: Step;
  readonly end: number;
}

function parseMember(text: string, start: number): Parsed | undefined {
  const match = /^\.?((?:\\.|[^.[\]\\])+)/.exec(text.slice(start));
  if (match === null) return undefined;
  const name = (match[1] ?? '').replaceAll(/\\(.)/g, '$1');
  const step: Step = name === '*' ? { kind: 'all' } : { kind: 'member', name };
  return { step, end: start + match[0].length };
}

function parseBracket(text: string, start: number): Parsed | undefined {
  const rest = text.slice(start);
  const quoted = /^\[(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\]/.exec(rest);
  if (quoted !== null) {
    const name = (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(.)/g, '$1');
    return { step: { kind: 'member', name }, end: start + quoted[0].length };
  }
  const index = /^\[(-?\d+)\]/.exec(rest);
  if (index !== null) return { step: { kind: 'index', index: Number(index[1]) }, end: start + index[0].length };
  if (rest.startsWith('[*]')) return { step: { kind: 'all' }, end: start + 3 };
  return parseFilter(rest, start);
}

function parseFilter(rest: string, start: number): Parsed | undefined {
  const match = /^\[\?\(\s*@([^=!<>]*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?)\s*)?\)\]/.exec(rest);
  if (match === null) return undefined;
  const path = parseJsonPath(match[1] ?? '');
  const operand = match[3] === undefined ? null : parseOperand(match[3]);
  if (path === undefined || operand === undefined) return undefined;
  return { step: { kind: 'filter', path, operator: match[2] ?? '', operand }, end: start + match[0].length };
}

function parseOperand(text: string): JsonValue | undefined {
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  if (text === 'true' || text === 'false') return text === 'true';
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}
