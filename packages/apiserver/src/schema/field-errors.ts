/** Builders of field errors, in the vocabulary and wording of Kubernetes. */
import type { FieldError } from './field-error.ts';
import type { JsonValue } from './schema-node.ts';

export function required(path: string, detail: string = ''): FieldError {
  return { path, type: 'FieldValueRequired', value: '', detail };
}

export function invalidValue(path: string, value: JsonValue | undefined, detail: string): FieldError {
  return { path, type: 'FieldValueInvalid', value, detail };
}

export function invalidWithoutValue(path: string, detail: string): FieldError {
  return { path, type: 'FieldValueInvalid', value: undefined, detail, omitsValue: true };
}

export function duplicateWithoutValue(path: string): FieldError {
  return { path, type: 'FieldValueDuplicate', value: undefined, detail: '', omitsValue: true };
}

export function internalProblem(path: string, detail: string): FieldError {
  return { path, type: 'InternalError', value: undefined, detail };
}

export function forbidden(path: string, detail: string): FieldError {
  return { path, type: 'FieldValueForbidden', value: '', detail };
}

export function duplicate(path: string, value: JsonValue | undefined): FieldError {
  return { path, type: 'FieldValueDuplicate', value, detail: '' };
}

export function notFound(path: string, value: JsonValue | undefined): FieldError {
  return { path, type: 'FieldValueNotFound', value, detail: '' };
}

/** `supported` in the order in which the message lists it. */
export function notSupported(path: string, value: JsonValue | undefined, supported: readonly string[]): FieldError {
  const shown = supported.map((item) => JSON.stringify(item)).join(', ');
  return { path, type: 'FieldValueNotSupported', value, detail: `supported values: ${shown}` };
}

export function tooLong(path: string, maxBytes: number): FieldError {
  const unit = maxBytes === 1 ? 'byte' : 'bytes';
  return { path, type: 'FieldValueTooLong', value: '', detail: `may not be more than ${maxBytes} ${unit}` };
}

export function tooMany(path: string, count: number, limit: number): FieldError {
  const unit = limit === 1 ? 'item' : 'items';
  return { path, type: 'FieldValueTooMany', value: count, detail: `must have at most ${limit} ${unit}` };
}
