/**
 * Values as Kubernetes prints them inside the messages of a failed apply. The texts are part of what clients see, so
 * they keep the look of the reference implementation: `&{map[a:1]}`, `&value.valueUnstructured{Value:5}`.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject } from '../store/kube-object.ts';

/** A wrapped value in plain form: `&{text}`, `&{map[a:1 b:2]}`, `&{[1 2]}`. */
export function plainText(value: JsonValue): string {
  return `&{${plain(value)}}`;
}

function plain(value: JsonValue): string {
  if (value === null) {
    return '<nil>';
  }
  if (Array.isArray(value)) {
    return `[${value.map(plain).join(' ')}]`;
  }
  if (isJsonObject(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${plain(value[key] ?? null)}`).join(' ')}]`;
  }
  return String(value);
}

/** A wrapped value in source form: `&value.valueUnstructured{Value:"text"}`. */
export function sourceText(value: JsonValue): string {
  return `&value.valueUnstructured{Value:${source(value)}}`;
}

function source(value: JsonValue): string {
  if (value === null) {
    return 'interface {}(nil)';
  }
  if (Array.isArray(value)) {
    return `[]interface {}{${value.map(source).join(', ')}}`;
  }
  if (isJsonObject(value)) {
    const keys = Object.keys(value).sort();
    const fields = keys.map((key) => `${JSON.stringify(key)}:${source(value[key] ?? null)}`);
    return `map[string]interface {}{${fields.join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** The type a decoded JSON value has there. */
export function typeText(value: JsonValue): string {
  if (Array.isArray(value)) {
    return '[]interface {}';
  }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? 'int64' : 'float64';
  }
  if (typeof value === 'object') {
    return value === null ? '<nil>' : 'map[string]interface {}';
  }
  return typeof value === 'string' ? 'string' : 'bool';
}
