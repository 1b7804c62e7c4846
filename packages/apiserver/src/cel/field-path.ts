/** `fieldPath` of a rule: names of fields below the rule's schema, as `.a.b` or `['a']['b']`, never into lists. */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';

const step = /^(?:\.([^.[\]]+)|\['((?:\\.|[^'\\])*)'\])/;

/** The path in the notation of field errors, `undefined` when it leads nowhere. */
export function resolveFieldPath(path: string, schema: JsonObject): string | undefined {
  let rest = path;
  let at: JsonObject = schema;
  let shown = '';
  while (rest !== '') {
    const match = step.exec(rest);
    if (match === null) return undefined;
    rest = rest.slice(match[0].length);
    const name = match[1] ?? (match[2] ?? '').replaceAll(/\\(.)/g, '$1');
    const properties = at['properties'];
    const child = isJsonObject(properties) ? ownMember(properties, name) : at['additionalProperties'];
    if (!isJsonObject(child)) return undefined;
    shown = isJsonObject(properties) ? (shown === '' ? name : `${shown}.${name}`) : `${shown}[${name}]`;
    at = child;
  }
  return shown;
}

function ownMember(object: JsonObject, name: string): JsonObject[string] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
