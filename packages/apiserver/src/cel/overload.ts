/**
 * Functions as libraries declare them: a signature such as `[string].contains(string): bool`, what it does, and what it
 * costs. One formula of the arguments' sizes gives both the real cost of a call and its estimate.
 */
import { type CelType, dynType } from './cel-type.ts';
import type { CelValue } from './cel-value.ts';
import type { CostMeter } from './cost-meter.ts';

/** Sizes of a call's arguments, receiver first; in estimates the least or the most they can be. */
export interface Sizes {
  /** Characters, bytes, items or entries; 1 for values without size. */
  size(index: number): number;
  /** The size of one item of a list argument, where items are text; 0 elsewhere. */
  item(index: number): number;
}

export interface CostModel {
  /** @default 1 */
  readonly cost?: (sizes: Sizes) => number;
  /** How large the result can be, given the largest arguments. @default unknown */
  readonly resultSize?: (sizes: Sizes) => number;
}

export interface Overload extends CostModel {
  /** `contains`; a global function may have a qualified name such as `sets.contains`. */
  readonly name: string;
  readonly isMember: boolean;
  /** Receiver first. */
  readonly params: readonly CelType[];
  readonly result: CelType;
  /** `meter` pays for work that the cost model doesn't see. */
  readonly call: (args: readonly CelValue[], meter: CostMeter) => CelValue;
}

/** Traversing a text costs a tenth per character, an expression of a pattern a quarter per character. */
export const perCharacter = 0.1;
export const perPatternCharacter = 0.25;

/** The cost of walking through the text at `index` once. */
export function traversal(index: number, factor: number = perCharacter): (sizes: Sizes) => number {
  return (sizes) => Math.ceil(sizes.size(index) * factor);
}

/** Collects the overloads of a library. */
export class LibraryBuilder {
  readonly overloads: Overload[] = [];

  /**
   * @param signature `name(types): type`, or `[type].name(types): type` for methods. Upper-case letters are type parameters.
   */
  define(signature: string, call: (...args: never[]) => CelValue, model: CostModel = {}): this {
    const plain = call as (...args: readonly CelValue[]) => CelValue;
    return this.defineMetered(signature, (args) => plain(...args), model);
  }

  defineMetered(signature: string, call: Overload['call'], model: CostModel = {}): this {
    this.overloads.push({ ...parseSignature(signature), call, ...model });
    return this;
  }
}

function parseSignature(signature: string): Pick<Overload, 'name' | 'isMember' | 'params' | 'result'> {
  const match = /^(?:\[(.+)\]\.)?([^\s(]+)\((.*)\): (.+)$/.exec(signature);
  if (match === null) throw new TypeError(`signature ${JSON.stringify(signature)} must look like name(type): type`);
  const [, receiver, name = '', params = '', result = ''] = match;
  const declared = splitTypes(params).map(parseType);
  return {
    name,
    isMember: receiver !== undefined,
    params: receiver === undefined ? declared : [parseType(receiver), ...declared],
    result: parseType(result),
  };
}

/** Splits at commas outside of parentheses. */
function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

const simpleKinds = ['null', 'bool', 'int', 'uint', 'double', 'string', 'bytes', 'duration', 'timestamp'] as const;

function parseType(text: string): CelType {
  if (/^[A-Z]$/.test(text)) return { kind: 'param', name: text };
  if (text === 'dyn') return dynType;
  if (text === 'type') return { kind: 'type' };
  const simple = simpleKinds.find((kind) => kind === text);
  if (simple !== undefined) return { kind: simple };
  const inner = splitTypes(/^\w+\((.*)\)$/.exec(text)?.[1] ?? '').map(parseType);
  if (text.startsWith('list(')) return { kind: 'list', item: inner[0] ?? dynType };
  if (text.startsWith('map(')) return { kind: 'map', key: inner[0] ?? dynType, value: inner[1] ?? dynType };
  if (text.startsWith('optional(')) return { kind: 'optional', value: inner[0] ?? dynType };
  return { kind: 'opaque', name: text };
}
