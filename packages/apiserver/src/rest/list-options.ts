/** Query options of lists and watches, checked together as Kubernetes does. */
import type { FieldError } from '../schema/field-error.ts';
import { isTrue } from './request-info.ts';
import { badRequest, internalError } from './status-error.ts';
import { invalidOptions } from './write-options.ts';

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** 0: everything. */
  readonly limit: number;
  readonly continue: string;
  /** '' when absent. */
  readonly resourceVersion: string;
  readonly match: 'Exact' | 'NotOlderThan' | '';
  readonly sendInitialEvents: boolean | undefined;
  readonly allowBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** @throws StatusError 400 for numbers that aren't, 422 for options that don't go together. */
export function readListOptions(query: URLSearchParams, isWatch: boolean): ListOptions {
  const sendInitialEvents = query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined;
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: Math.max(readInteger(query.get('limit')) ?? 0, 0),
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    match: (query.get('resourceVersionMatch') ?? '') as ListOptions['match'],
    sendInitialEvents,
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: readInteger(query.get('timeoutSeconds')),
  };
  const errors = isWatch ? checkWatch(options) : checkList(options);
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
  return options;
}

function readInteger(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text);
}

function checkList(options: ListOptions): FieldError[] {
  if (options.sendInitialEvents !== undefined) {
    return [forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')];
  }
  const { match, resourceVersion } = options;
  if (match === '') return [];
  if (resourceVersion === '') {
    return [forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided')];
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    return [unsupported(match, 'supported values: "Exact", "NotOlderThan", ""')];
  }
  if (match === 'Exact' && resourceVersion === '0') {
    return [forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')];
  }
  if (options.continue !== '') {
    return [forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided')];
  }
  return [];
}

function checkWatch(options: ListOptions): FieldError[] {
  const { match, sendInitialEvents } = options;
  if (sendInitialEvents === undefined) {
    if (match === '') return [];
    const detail = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    const errors = [forbidden('resourceVersionMatch', detail)];
    if (match !== 'NotOlderThan') errors.push(unsupported(match, 'supported values: "NotOlderThan"'));
    return errors;
  }
  if (match === 'NotOlderThan') return [];
  if (match !== '') return [unsupported(match, 'supported values: "NotOlderThan"')];
  return [forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')];
}

function forbidden(path: string, detail: string): FieldError {
  return { path, type: 'FieldValueForbidden', value: undefined, detail };
}

function unsupported(value: string, detail: string): FieldError {
  return { path: 'resourceVersionMatch', type: 'FieldValueNotSupported', value, detail };
}

const badNumber = (text: string): string =>
  `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;

/**
 * A resource version as a number; '' is 0.
 * @throws StatusError 400 on list and get, 500 on watch, as kube-apiserver does.
 */
export function parseRevision(text: string, isWatch: boolean): number {
  if (text === '' || text === '0') return 0;
  if (/^\d+$/.test(text)) return Number(text);
  throw isWatch ? internalError(badNumber(text)) : badRequest(`invalid resource version: ${badNumber(text)}`);
}
