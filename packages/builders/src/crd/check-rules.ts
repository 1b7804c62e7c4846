/** The form of CEL rules. Whether the expression compiles is for the API server to say. */
import type { ReportCrd } from './check-structural.ts';
import type { StructuralSchema, ValidationRule } from './structural-schema.ts';

const REASONS = new Set(['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate']);

/** Longest message the API server stores. */
const MAX_MESSAGE_LENGTH = 2048;

/**
 * Checks the rules of one node.
 *
 * @param oldSelfAllowed false below lists whose items cannot be matched with their former selves
 */
export function checkRules(schema: StructuralSchema, path: string, oldSelfAllowed: boolean, report: ReportCrd): void {
  const rules: unknown = schema['x-kubernetes-validations'];
  if (rules === undefined) return;
  if (!Array.isArray(rules)) {
    report('CRD_CEL', path, 'x-kubernetes-validations must be a list of rules; make them with cel()');
    return;
  }
  rules.forEach((rule: ValidationRule, index) => {
    checkRule(rule, `${path}.x-kubernetes-validations[${index}]`, oldSelfAllowed, report);
  });
}

function checkRule(rule: ValidationRule, path: string, oldSelfAllowed: boolean, report: ReportCrd): void {
  if (typeof rule.rule !== 'string' || rule.rule.trim() === '') {
    report('CRD_CEL', path, 'the rule is empty; write a CEL expression over self');
    return;
  }
  if (usesOldSelf(rule.rule) && !oldSelfAllowed) {
    const fix = "give the list type 'map' with keys, or move the rule up to the list";
    report('CRD_CEL', path, `oldSelf is not available for items of atomic lists and sets: ${fix}`);
  }
  if (rule.rule.includes('\n') && (rule.message ?? '') === '') {
    report('CRD_CEL', path, 'a rule of several lines needs a message');
  }
  if (rule.message !== undefined) checkMessage(rule.message, path, report);
  if (rule.messageExpression?.trim() === '') report('CRD_CEL', path, 'messageExpression is empty; remove it');
  if (rule.reason !== undefined && !REASONS.has(rule.reason)) {
    report('CRD_CEL', path, `reason ${JSON.stringify(rule.reason)} must be one of ${[...REASONS].join(', ')}`);
  }
  if (rule.fieldPath !== undefined && !/^(\.[A-Za-z_][\w-]*|\['[^']+'\])+$/.test(rule.fieldPath)) {
    report(
      'CRD_CEL',
      path,
      `fieldPath ${JSON.stringify(rule.fieldPath)} must look like .spec.replicas, without indexes`,
    );
  }
  if (rule.optionalOldSelf === true && !usesOldSelf(rule.rule)) {
    report('CRD_CEL', path, 'optionalOldSelf needs a rule that uses oldSelf; remove it');
  }
}

function checkMessage(message: string, path: string, report: ReportCrd): void {
  if (message.trim() === '') report('CRD_CEL', path, 'the message is empty; write one or remove it');
  if (message.includes('\n')) report('CRD_CEL', path, 'the message must be one line');
  if (message.length > MAX_MESSAGE_LENGTH) {
    report('CRD_CEL', path, `the message has ${message.length} characters; at most ${MAX_MESSAGE_LENGTH} fit`);
  }
}

/** Whether the expression names oldSelf outside of string literals. */
function usesOldSelf(rule: string): boolean {
  return /\boldSelf\b/.test(rule.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, ''));
}
