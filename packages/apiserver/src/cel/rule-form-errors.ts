/** What can be wrong with a rule before its expressions are looked at: empty texts, line breaks, reasons, paths. */
import type { FieldError } from '../schema/field-error.ts';
import { invalidValue, notSupported, required } from '../schema/field-errors.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { type RuleText, rulesAt } from './compile-rule.ts';
import { resolveFieldPath } from './field-path.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const lineBreak = /[\n\r]/;

/** Problems of the rules written at `schema`, not below it. */
export function ruleFormErrors(schema: JsonObject, path: string): FieldError[] {
  return rulesAt(schema).flatMap((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    return [...textErrors(rule, at), ...fieldPathErrors(rule, schema, at)];
  });
}

function textErrors({ rule, message, messageExpression, reason }: RuleText, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (rule.trim() === '') errors.push(required(`${at}.rule`, 'rule is not specified'));
  else if (message !== '' && message.trim() === '') {
    errors.push(invalidValue(`${at}.message`, message, 'message must be non-empty if specified'));
  } else if (lineBreak.test(message.trim())) {
    errors.push(invalidValue(`${at}.message`, message, 'message must not contain line breaks'));
  } else if (lineBreak.test(rule.trim()) && message === '') {
    errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, reasons));
  return errors;
}

function fieldPathErrors({ fieldPath }: RuleText, schema: JsonObject, at: string): FieldError[] {
  const path = `${at}.fieldPath`;
  if (fieldPath === '') return [];
  const errors: FieldError[] = [];
  if (fieldPath.trim() === '') errors.push(invalidValue(path, fieldPath, 'fieldPath must be non-empty if specified'));
  if (lineBreak.test(fieldPath)) errors.push(invalidValue(path, fieldPath, 'fieldPath must not contain line breaks'));
  if (resolveFieldPath(fieldPath, schema) === undefined) {
    errors.push(invalidValue(path, fieldPath, 'fieldPath must be a valid path'));
  }
  return errors;
}
