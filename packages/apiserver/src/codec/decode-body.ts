/** Request bodies: JSON and YAML in; whatever else is refused by name. */
import { parseAllDocuments } from 'yaml';
import type { JsonValue } from '../schema/schema-node.ts';
import { describeJsonError } from './describe-json-error.ts';
import { maxNesting, nestsDeeperThan } from './nesting.ts';

export type DecodeResult =
  | { readonly ok: true; readonly value: JsonValue; readonly text: string }
  | { readonly ok: false; readonly problem: 'media-type' | 'syntax'; readonly message: string };

/** `contentType` without a value counts as JSON. */
export function decodeBody(body: Buffer, contentType: string | undefined): DecodeResult {
  const media = mediaType(contentType);
  if (media === '' || media === 'application/json') return decodeJson(body);
  if (media === 'application/yaml') return decodeYaml(body);
  return { ok: false, problem: 'media-type', message: media };
}

export function mediaType(contentType: string | undefined): string {
  if (contentType === undefined) return '';
  const semicolon = contentType.indexOf(';');
  return (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim();
}

export function decodeJson(body: Buffer): DecodeResult {
  const text = body.toString('utf8');
  try {
    return decoded(JSON.parse(text) as JsonValue, text);
  } catch {
    return { ok: false, problem: 'syntax', message: describeJsonError(text) };
  }
}

/** Numbers, booleans and dates follow YAML's core schema; aliases are limited by the parser. */
export function decodeYaml(body: Buffer): DecodeResult {
  const text = body.toString('utf8');
  const [document] = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    uniqueKeys: false,
  });
  if (document === undefined) return { ok: true, value: null, text };
  const [error] = document.errors;
  if (error !== undefined) {
    return { ok: false, problem: 'syntax', message: `error converting YAML to JSON: yaml: ${error.message}` };
  }
  try {
    return decoded(document.toJS({ maxAliasCount: 100 }) as JsonValue, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: 'syntax', message: `error converting YAML to JSON: yaml: ${reason}` };
  }
}

function decoded(value: JsonValue, text: string): DecodeResult {
  if (text.length > maxNesting && nestsDeeperThan(maxNesting, value)) {
    return { ok: false, problem: 'syntax', message: 'exceeded max depth' };
  }
  return { ok: true, value, text };
}
