/** URL paths and queries of the Kubernetes API. Every segment that came from data is escaped. */
import type { ObjectKey } from '../object/object-key.ts';
import { type ResourceKind, resourceName } from '../object/resource-kind.ts';
import { RuntimeError } from '../errors.ts';

type AnyKind = Pick<ResourceKind, 'apiVersion' | 'kind' | 'plural' | 'namespaced'>;

/** `/api/v1` or `/apis/<group>/<version>`. */
export function versionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of a kind's collection, in one namespace or over all of them. */
export function collectionPath(kind: AnyKind, namespace?: string): string {
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${versionPath(kind.apiVersion)}${scope}/${kind.plural}`;
}

/**
 * Path of one object, or of its subresource.
 * @throws RuntimeError `OPTION_INVALID` when the name is empty, or the namespace is missing where the
 * kind needs one.
 */
export function objectPath(kind: AnyKind, key: ObjectKey, subresource?: string): string {
  if (key.name === '') {
    throw new RuntimeError('OPTION_INVALID', `metadata.name of a ${kind.kind} is empty; give it a name`);
  }
  if (kind.namespaced && key.namespace === undefined) {
    throw new RuntimeError(
      'OPTION_INVALID',
      `metadata.namespace of ${kind.kind} "${key.name}" is missing; ${resourceName(kind)} are namespaced`,
    );
  }
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(kind, key.namespace)}/${encodeURIComponent(key.name)}${suffix}`;
}

/** `?a=1&b=2` from the defined entries, or the empty string. */
export function queryText(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  let text = '';
  for (const name of Object.keys(parameters)) {
    const value = parameters[name];
    if (value !== undefined) {
      text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
    }
  }
  return text;
}
