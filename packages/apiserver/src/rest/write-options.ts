/** Query options of writes: who writes, and whether for real. */
import type { FieldError } from '../schema/field-error.ts';
import { invalid } from './status-error.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  /** Owner of the fields this write sets. */
  readonly manager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
}

const validations = new Set(['', 'Ignore', 'Strict', 'Warn']);
const optionsKind: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/** @throws StatusError 422 listing every option that is off. */
export function readWriteOptions(verb: string, query: URLSearchParams, userAgent: string | undefined): WriteOptions {
  const dryRun = query.getAll('dryRun');
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const errors: FieldError[] = [...checkDryRun(dryRun), ...checkManager(manager)];
  if (!validations.has(validation)) {
    errors.push({
      path: 'fieldValidation',
      type: 'FieldValueNotSupported',
      value: validation,
      detail: 'supported values: "", "Ignore", "Strict", "Warn"',
    });
  }
  if (errors.length > 0) throw invalidOptions(optionsKind[verb] ?? 'CreateOptions', errors);
  return {
    dryRun: dryRun.length > 0,
    manager: manager === '' ? managerOf(userAgent) : manager,
    fieldValidation: validation === '' ? 'Warn' : (validation as WriteOptions['fieldValidation']),
  };
}

export function invalidOptions(kind: string, errors: readonly FieldError[]): Error {
  return invalid({ group: 'meta.k8s.io', kind }, '', errors);
}

export function checkDryRun(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === 'All')) return [];
  return [{ path: 'dryRun', type: 'FieldValueNotSupported', value: [...values], detail: 'supported values: "All"' }];
}

const maxManagerLength = 128;

function checkManager(manager: string): FieldError[] {
  if (manager.length > maxManagerLength) {
    return [
      {
        path: 'fieldManager',
        type: 'FieldValueTooLong',
        value: manager,
        detail: `may not be more than ${maxManagerLength} bytes`,
      },
    ];
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what this refuses
  if (/[\u0000-\u001f\u007f]/.test(manager)) {
    return [
      {
        path: 'fieldManager',
        type: 'FieldValueInvalid',
        value: manager,
        detail: 'should only contain printable characters',
      },
    ];
  }
  return [];
}

/** Without a name, the program of the User-Agent owns what it writes. */
function managerOf(userAgent: string | undefined): string {
  const program = (userAgent ?? '').split('/', 1)[0]?.slice(0, maxManagerLength) ?? '';
  return program === '' ? 'unknown' : program;
}
