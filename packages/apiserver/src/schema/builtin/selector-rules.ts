/** Rules of label selectors, and whether one matches a set of labels. */
import { isJsonObject, type JsonObject } from '../../store/kube-object.ts';
import type { FieldError } from '../field-error.ts';
import { forbidden, invalidValue, required } from '../field-errors.ts';
import { qualifiedName } from '../name-rules.ts';
import { labelErrors } from '../object-meta-validation.ts';
import type { JsonValue } from '../schema-node.ts';
import { objectAt, objectsAt, textAt } from './fill.ts';

export function selectorErrors(selector: JsonValue | undefined, path: string): FieldError[] {
  if (!isJsonObject(selector)) return [];
  const expressions = objectsAt(selector, 'matchExpressions').flatMap((expression, index) =>
    expressionErrors(expression, `${path}.matchExpressions[${index}]`),
  );
  return [...labelErrors(selector['matchLabels'], `${path}.matchLabels`), ...expressions];
}

function expressionErrors(expression: JsonObject, path: string): FieldError[] {
  const operator = textAt(expression, 'operator');
  const count = values(expression).length;
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (count === 0) errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    if (count > 0) errors.push(forbidden(`${path}.values`, detail));
  } else errors.push(invalidValue(`${path}.operator`, operator, 'not a valid selector operator'));
  const key = textAt(expression, 'key');
  return [...errors, ...qualifiedName(key).map((problem) => invalidValue(`${path}.key`, key, problem))];
}

function values(expression: JsonObject): string[] {
  const list = expression['values'];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** Whether a selector says nothing; an absent one selects nothing at all and isn't empty. */
export function isEmptySelector(selector: JsonValue | undefined): boolean {
  if (!isJsonObject(selector)) return false;
  const labels = Object.keys(objectAt(selector, 'matchLabels')).length;
  return labels + objectsAt(selector, 'matchExpressions').length === 0;
}

export function selectorMatches(selector: JsonValue | undefined, labels: JsonObject): boolean {
  if (!isJsonObject(selector)) return false;
  const wanted = Object.entries(objectAt(selector, 'matchLabels'));
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  return objectsAt(selector, 'matchExpressions').every((expression) => {
    const value = labels[textAt(expression, 'key')];
    switch (textAt(expression, 'operator')) {
      case 'In':
        return typeof value === 'string' && values(expression).includes(value);
      case 'NotIn':
        return typeof value !== 'string' || !values(expression).includes(value);
      case 'Exists':
        return value !== undefined;
      default:
        return value === undefined;
    }
  });
}
