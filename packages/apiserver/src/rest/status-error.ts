/**
 * The errors a client can see, as Kubernetes `Status` objects. The texts are contract: clients and people match them.
 * Texts that only one operation uses stay with that operation.
 */
import type { FieldError } from '../schema/field-error.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import type { JsonObject } from '../store/kube-object.ts';

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly uid?: string | undefined;
  readonly causes?: readonly StatusCause[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** Thrown wherever a request must end in an error answer; the transport turns it into HTTP. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string | undefined, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): JsonObject {
    const status: JsonObject = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
    };
    if (this.reason !== undefined) status['reason'] = this.reason;
    if (this.details !== undefined) status['details'] = detailsToJson(this.details);
    status['code'] = this.code;
    return status;
  }
}

/** What a resource is called in messages: `deployments.apps`, with its parts for `details`. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

export function qualified(group: string, name: string): string {
  return group === '' ? name : `${name}.${group}`;
}

export function notFound(resource: ResourceName, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(resource.group, resource.plural)} "${name}" not found`, {
    name,
    group: resource.group,
    kind: resource.plural,
  });
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${qualified(resource.group, resource.plural)} "${name}" already exists`,
    { name, group: resource.group, kind: resource.plural },
  );
}

/** `subject` is the plural for stale writes and the kind for failed delete preconditions. */
export function conflict(subject: ResourceName, name: string, detail: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject.group, subject.plural)} "${name}": ${detail}`,
    { name, group: subject.group, kind: subject.plural },
  );
}

export const staleObject =
  'the object has been modified; please apply your changes to the latest version and try again';

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** The body names another object than the URL. */
export function differentName(given: string, name: string): StatusError {
  return badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}

/** An error of the server's own making: code 500 and no reason, as kube-apiserver wraps plain Go errors. */
export function internalError(message: string): StatusError {
  return new StatusError(500, undefined, message);
}

export function forbidden(
  resource: ResourceName,
  name: string | undefined,
  detail: string,
  causes?: readonly StatusCause[],
): StatusError {
  const named = name === undefined || name === '' ? '' : ` "${name}"`;
  return new StatusError(
    403,
    'Forbidden',
    `${qualified(resource.group, resource.plural)}${named} is forbidden: ${detail}`,
    { name: name === '' ? undefined : name, group: resource.group, kind: resource.plural, causes },
  );
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function unknownResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function tooLargeRevision(asked: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export function invalid(
  subject: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const parts = errors.map((error) => ({ error, body: describeFieldError(error) }));
  const texts = [...new Set(parts.map(({ error, body }) => `${error.path}: ${body}`))];
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${qualified(subject.group, subject.kind)} "${name}" is invalid: ${joined}`, {
    name,
    group: subject.group,
    kind: subject.kind,
    causes: parts.map(({ error, body }) => ({ reason: error.type, message: body, field: error.path })),
  });
}

/** The text after the path, in the wording of Kubernetes' `field.Error.ErrorBody`. */
function describeFieldError(error: FieldError): string {
  const title = titles[error.type];
  switch (error.type) {
    case 'FieldValueRequired':
    case 'FieldValueForbidden':
    case 'FieldValueTooLong':
    case 'InternalError':
      return error.detail === '' ? title : `${title}: ${error.detail}`;
    case 'FieldValueInvalid':
    case 'FieldValueDuplicate':
    case 'FieldValueNotFound':
    case 'FieldValueNotSupported':
    case 'FieldValueTooMany':
    case 'FieldValueTypeInvalid': {
      const parts = [title, error.omitsValue === true ? '' : showValue(error.value), error.detail];
      return parts.filter((part) => part !== '').join(': ');
    }
  }
}

const titles: Record<FieldError['type'], string> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueForbidden: 'Forbidden',
  FieldValueNotFound: 'Not found',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

/** Go escapes `<`, `>` and `&` in the JSON of structures, but not in quoted text. */
function showValue(value: JsonValue | undefined): string {
  if (value === undefined) return 'null';
  const text = JSON.stringify(value);
  if (typeof value !== 'object') return text;
  return text.replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

function detailsToJson(details: StatusDetails): JsonObject {
  const json: JsonObject = {};
  if (details.name) json['name'] = details.name;
  if (details.group) json['group'] = details.group;
  if (details.kind) json['kind'] = details.kind;
  if (details.uid) json['uid'] = details.uid;
  if (details.causes !== undefined && details.causes.length > 0) {
    json['causes'] = details.causes.map((cause) => ({ ...cause }) as JsonObject);
  }
  if (details.retryAfterSeconds) json['retryAfterSeconds'] = details.retryAfterSeconds;
  return json;
}
