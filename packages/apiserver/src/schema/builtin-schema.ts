/**
 * The `ResourceSchema` of built-in kinds: typed decoding from the bundle, then the hand-written defaults and rules of the
 * kind where there are any.
 */
import type { JsonObject } from '../store/kube-object.ts';
import { defaultBuiltin } from './builtin/kind-defaults.ts';
import { kindErrors, kindStatusErrors } from './builtin/kind-rules.ts';
import { builtinSchema } from './bundle.ts';
import { decodeTyped } from './decode-typed.ts';
import type { FieldError } from './field-error.ts';
import { dns1035Label, dns1123Label, pathSegment, type NameRule } from './name-rules.ts';
import { validateMetadata } from './object-meta-validation.ts';
import type { ResourceInfo } from './resource-info.ts';
import type { ResourceSchema, ValidationContext } from './resource-schema.ts';

/** Kinds whose names aren't DNS subdomains. */
const nameRules: Readonly<Record<string, NameRule>> = {
  Namespace: dns1123Label,
  Service: dns1035Label,
  Role: pathSegment,
  RoleBinding: pathSegment,
  ClusterRole: pathSegment,
  ClusterRoleBinding: pathSegment,
};

/** `undefined` for a kind that isn't built in. */
export function builtinResourceSchema(info: ResourceInfo): ResourceSchema | undefined {
  const node = builtinSchema(info.group, info.version, info.kind);
  if (node === undefined) return undefined;
  return {
    node,
    decode: (object) => decodeTyped(object, node),
    applyDefaults: (object) => defaultBuiltin(object, info.group, info.kind),
    validate: (object, context) => validateBuiltin(object, info, context),
  };
}

function validateBuiltin(
  object: JsonObject,
  { group, kind, namespaced }: ResourceInfo,
  { old, subresource }: ValidationContext = {},
): FieldError[] {
  const name = nameRules[kind];
  const metadata = validateMetadata(object, { namespaced, ...(name === undefined ? {} : { name }) }, old);
  const rules = subresource === 'status' ? kindStatusErrors : kindErrors;
  return [...metadata, ...rules(object, group, kind, old)];
}
