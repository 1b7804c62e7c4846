/** Options of a delete, from the body (DeleteOptions) and the query; the query wins. */
import type { FieldError } from '../schema/field-error.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { isTrue } from './request-info.ts';
import { badRequest } from './status-error.ts';
import { checkDryRun, invalidOptions } from './write-options.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagation: Propagation | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export const plainDelete: DeleteOptions = {
  dryRun: false,
  propagation: undefined,
  gracePeriodSeconds: undefined,
  uid: undefined,
  resourceVersion: undefined,
};

/** @throws StatusError 400 for a body that is no DeleteOptions, 422 for values that aren't supported. */
export function readDeleteOptions(body: JsonValue | undefined, query: URLSearchParams): DeleteOptions {
  const given: JsonObject = isJsonObject(body) ? body : {};
  const preconditions = isJsonObject(given['preconditions']) ? given['preconditions'] : {};
  const policy = query.get('propagationPolicy') ?? textOf(given['propagationPolicy']);
  const orphan = query.get('orphanDependents') ?? booleanText(given['orphanDependents']);
  const dryRun = query.has('dryRun') ? query.getAll('dryRun') : listOf(given['dryRun']);
  const errors = [...checkDryRun(dryRun), ...checkPropagation(policy, orphan)];
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors);
  return {
    dryRun: dryRun.length > 0,
    propagation: propagationOf(policy, orphan),
    gracePeriodSeconds: readGrace(query.get('gracePeriodSeconds'), given['gracePeriodSeconds']),
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
  };
}

function checkPropagation(policy: string | undefined, orphan: string | undefined): FieldError[] {
  if (policy !== undefined && orphan !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    return [{ path: 'propagationPolicy', type: 'FieldValueInvalid', value: policy, detail }];
  }
  if (policy === undefined || ['Background', 'Foreground', 'Orphan'].includes(policy)) return [];
  const detail = 'supported values: "Foreground", "Background", "Orphan", "nil"';
  return [{ path: 'propagationPolicy', type: 'FieldValueNotSupported', value: policy, detail }];
}

function propagationOf(policy: string | undefined, orphan: string | undefined): Propagation | undefined {
  if (policy !== undefined) return policy as Propagation;
  if (orphan === undefined) return undefined;
  return isTrue(orphan) ? 'Orphan' : 'Background';
}

function readGrace(queried: string | null, given: JsonValue | undefined): number | undefined {
  if (queried !== null) {
    if (!/^-?\d+$/.test(queried)) throw badRequest(`strconv.ParseInt: parsing "${queried}": invalid syntax`);
    return Number(queried);
  }
  return typeof given === 'number' ? given : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function booleanText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'boolean' ? String(value) : undefined;
}

function listOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
