/**
 * Everything the request path asks of one kind in one version: read a client's object, fill in defaults, find what's
 * wrong. Built-in kinds and custom resources look alike from here.
 */
import type { JsonObject } from '../store/kube-object.ts';
import type { TypedResult } from './decode-typed.ts';
import type { FieldError } from './field-error.ts';
import type { SchemaNode } from './schema-node.ts';

export interface ResourceSchema {
  /** The type tree that apply and strategic merge walk. */
  readonly node: SchemaNode;
  /**
   * Reads a whole object from a client: prunes unknown fields and lists them, brings values to the form the server
   * stores. `ok: false` is a 400 in Go's words (`json: cannot unmarshal …`). Never changes its input.
   */
  decode(object: JsonObject): TypedResult;
  /** Fills in defaults, on write and (custom resources) on read. Shares what doesn't change. */
  applyDefaults(object: JsonObject): JsonObject;
  /** All problems of an object about to be stored; `old` is what an update replaces. */
  validate(object: JsonObject, context?: ValidationContext): FieldError[];
}

export interface ValidationContext {
  readonly old?: JsonObject | undefined;
  /** Which part of the object the request writes. @default the main resource */
  readonly subresource?: 'status' | 'scale' | undefined;
}
