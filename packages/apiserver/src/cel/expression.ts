/** The syntax tree of an expression. Macros such as `all` are nodes of their own instead of being expanded. */
import type { CelValue } from './cel-value.ts';

interface Node {
  /** Where in the text a problem of this node is reported: the operator, the dot, the opening bracket. */
  readonly at: number;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: CelValue;
}

export interface Identifier extends Node {
  readonly kind: 'identifier';
  readonly name: string;
}

/** `operand.field`, `operand.?field`, and `has(operand.field)`. */
export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expression;
  readonly field: string;
  readonly mode: 'value' | 'optional' | 'presence';
}

/** Functions, methods and operators; operators have names such as `_+_`. */
export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

export interface ListLiteral extends Node {
  readonly kind: 'list';
  readonly items: readonly { readonly value: Expression; readonly optional: boolean }[];
}

export interface MapLiteral extends Node {
  readonly kind: 'map';
  readonly entries: readonly {
    readonly key: Expression;
    readonly value: Expression;
    readonly optional: boolean;
    readonly at: number;
  }[];
}

export type FoldMacro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry';

/** A loop over a list or map. `variables` are the item (or key), or index and item (key and value). */
export interface Fold extends Node {
  readonly kind: 'fold';
  readonly macro: FoldMacro;
  readonly range: Expression;
  readonly variables: readonly string[];
  /** The predicate, or the filter of a transformation. */
  readonly condition: Expression | undefined;
  /** What a transformation makes of an element. */
  readonly result: Expression | undefined;
}

/** `target.optMap(variable, body)`; `optFlatMap` when the body is optional itself. */
export interface OptionalMap extends Node {
  readonly kind: 'optionalMap';
  readonly flat: boolean;
  readonly target: Expression;
  readonly variable: string;
  readonly body: Expression;
}

export type Expression = Literal | Identifier | Select | Call | ListLiteral | MapLiteral | Fold | OptionalMap;
