/** From a request body to an object of the kind that the path names. */
import { decodeBody, type DecodeResult } from '../codec/decode-body.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { ServedResource } from './served-resource.ts';
import { badRequest, StatusError } from './status-error.ts';
import { conformToSchema } from './conform-to-schema.ts';
import type { WriteOptions } from './write-options.ts';

export interface DecodedObject {
  readonly object: KubeObject;
  /** Texts for Warning headers. */
  readonly warnings: readonly string[];
}

interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** @throws StatusError 415 or 400 in the words of Kubernetes' decoder. */
export function decodeObject(
  served: ServedResource,
  body: Buffer,
  contentType: string | undefined,
  options: WriteOptions,
): DecodedObject {
  const decoded = decodeBody(body, contentType);
  if (!decoded.ok) throw undecodable(decoded, served.info.kind, body);
  return shapeObject(served, decoded.value, decoded.text, options);
}

/** The body as a bare value, for the kinds of subresources and options. */
export function decodeValue(body: Buffer, contentType: string | undefined, kind: string): JsonValue {
  const decoded = decodeBody(body, contentType);
  if (!decoded.ok) throw undecodable(decoded, kind, body);
  return decoded.value;
}

/** Gives a decoded value the kind of the resource, prunes and defaults it. */
export function shapeObject(
  served: ServedResource,
  value: JsonValue,
  text: string | undefined,
  options: WriteOptions,
): DecodedObject {
  const { info } = served;
  if (!isJsonObject(value)) {
    const shown = text ?? JSON.stringify(value);
    throw badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goType(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (${shown})`,
    );
  }
  const given = checkKind(
    value,
    { group: info.group, version: info.version, kind: info.kind },
    served.custom !== undefined,
  );
  return conformToSchema(served, given, text, options);
}

/** Absent apiVersion and kind follow from the path; others must agree with it. */
function checkKind(value: JsonObject, expected: ExpectedKind, custom: boolean): KubeObject {
  const wanted = expected.group === '' ? expected.version : `${expected.group}/${expected.version}`;
  const apiVersion = textOr(value['apiVersion'], wanted);
  const kind = textOr(value['kind'], expected.kind);
  if (kind !== expected.kind || apiVersion !== wanted) throw wrongKind(apiVersion, kind, expected, custom);
  const metadata = isJsonObject(value['metadata']) ? value['metadata'] : {};
  const { apiVersion: _a, kind: _k, metadata: _m, ...rest } = value;
  return custom
    ? { apiVersion: wanted, kind, metadata, ...rest }
    : ({ kind, apiVersion: wanted, metadata, ...rest } as KubeObject);
}

function textOr(value: JsonValue | undefined, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

function wrongKind(apiVersion: string, kind: string, expected: ExpectedKind, custom: boolean): StatusError {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  const version = slash === -1 ? apiVersion : apiVersion.slice(slash + 1);
  if (kind === expected.kind && !custom) {
    return badRequest(
      `${kind} in version "${version}" cannot be handled as a ${expected.kind}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const given = `${group === '' ? '' : `${group}/`}${version}, Kind=${kind}`;
  const wanted = `${expected.group === '' ? '' : `${expected.group}/`}${expected.version}, Kind=${expected.kind}`;
  return badRequest(
    custom
      ? `the object provided is unrecognized (must be of type ${expected.kind}): ${given} is not ${wanted}`
      : `${kind} in version "${version}" cannot be handled as a ${expected.kind}: converting (${group === '' ? '' : `${group}.`}${kind}) to (${expected.group}.${expected.kind}): unknown conversion`,
  );
}

function undecodable(decoded: DecodeResult & { ok: false }, kind: string, body: Buffer): StatusError {
  if (decoded.problem === 'media-type') {
    return new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    );
  }
  if (decoded.message.startsWith('error converting YAML')) return badRequest(decoded.message);
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${decoded.message} (${showBody(body)})`,
  );
}

const shownBytes = 64;

function showBody(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const text = body.toString('utf8');
  return text.length > shownBytes ? `${text.slice(0, shownBytes)}...` : text;
}

function goType(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
}
