/**
 * One compiled node of a type tree: what pruning, defaulting, validation, server-side apply and strategic merge
 * all walk. Built-in kinds compile from the generated bundle, custom resources from their CRD.
 *
 * Not here: how a node is compiled, and what is done with it.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export interface SchemaNode {
  /** `any`: no structural knowledge; apply deduces the type from the value. */
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'any';
  readonly nullable: boolean;
  /** int32, int64, double, byte, date-time, date-time-micro, quantity, or any format a CRD names. */
  readonly format: string | undefined;
  readonly intOrString: boolean;
  readonly default: JsonValue | undefined;

  /** Objects: declared fields. Nodes are compiled on first access, so recursive types are finite. */
  readonly properties: ReadonlyMap<string, SchemaNode> | undefined;
  readonly required: readonly string[];
  /** Objects used as maps: the schema of every value. */
  readonly additionalProperties: SchemaNode | undefined;
  readonly mapType: 'granular' | 'atomic';
  readonly preserveUnknownFields: boolean;
  /** A whole Kubernetes object inside (x-kubernetes-embedded-resource, RawExtension). */
  readonly embeddedResource: boolean;

  /** Arrays. */
  readonly items: SchemaNode | undefined;
  readonly listType: 'atomic' | 'set' | 'map';
  readonly listMapKeys: readonly string[];
  /** Strategic merge where it differs from apply (a later concern; `undefined` = follow `listType`). */
  readonly patchMergeKey: string | undefined;
  readonly patchStrategy: 'merge' | 'replace' | 'retainKeys' | undefined;

  /**
   * Built-in kinds: how the field is written when absent or zero. `omit-zero` drops `0`, `false` and `""`; `write-zero`
   * writes the zero value (`{}` for objects); `write-null` writes `null`; without it, only empty lists and maps go.
   */
  readonly emission?: 'omit-zero' | 'write-zero' | 'write-null' | undefined;
  /** Built-in objects: the Go type as `package.Type`, such as `core.Container`. */
  readonly typeName?: string | undefined;

  /** Value constraints of a CRD schema (minimum, pattern, enum, oneOf …); `undefined` for built-in kinds. */
  readonly constraints: Readonly<Record<string, JsonValue>> | undefined;
}
