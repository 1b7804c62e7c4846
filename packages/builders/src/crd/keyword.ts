/** Every JSON Schema keyword that a TypeBox schema may carry, and what becomes of it in a structural schema. */

/** Documentation, identity and tooling: removed, because nothing is constrained by it. */
export const STRIPPED_KEYWORDS: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  '$anchor',
  '$defs',
  'readOnly',
  'writeOnly',
  'deprecated',
  'clientOnly',
]);

/** Documentation that also has no place inside a logical combination. */
export const DOCUMENTATION_KEYWORDS: ReadonlySet<string> = new Set(['title', 'description', 'examples', 'example']);

/** Constraints with no structural counterpart, and what to use instead. */
export const REJECTED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['if', 'use a tagged union or cel()'],
  ['then', 'use a tagged union or cel()'],
  ['else', 'use a tagged union or cel()'],
  ['dependencies', "use cel('!has(self.a) || has(self.b)')"],
  ['dependentRequired', "use cel('!has(self.a) || has(self.b)')"],
  ['dependentSchemas', 'use cel()'],
  ['propertyNames', 'use Type.Record with a key pattern'],
  ['contains', "use cel('self.exists(x, …)')"],
  ['minContains', "use cel('self.filter(x, …).size() >= n')"],
  ['maxContains', "use cel('self.filter(x, …).size() <= n')"],
  ['prefixItems', 'use an object with named properties'],
  ['unevaluatedItems', 'remove it; use maxItems'],
  ['unevaluatedProperties', 'remove it; the API server prunes unknown fields'],
  ['contentEncoding', "use format: 'byte' for base64"],
  ['contentMediaType', 'remove it; the API server does not look inside strings'],
  ['contentSchema', 'remove it; the API server does not look inside strings'],
  ['definitions', 'use Type.Module or plain constants'],
  ['$dynamicRef', 'use Type.Module or plain constants'],
  ['$dynamicAnchor', 'use Type.Module or plain constants'],
  ['$recursiveRef', 'use Type.Module or plain constants'],
]);

/** Restrictions per JSON type; a keyword on another type would be ignored, so it is reported. */
export const TYPE_KEYWORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  string: new Set(['minLength', 'maxLength', 'pattern', 'format']),
  integer: new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format']),
  number: new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format']),
  boolean: new Set(),
  array: new Set(['items', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems']),
  object: new Set([
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'minProperties',
    'maxProperties',
  ]),
};

/** Keywords that any node may carry beside its type. */
export const COMMON_KEYWORDS: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'default',
  'example',
  'examples',
  'externalDocs',
  'nullable',
  'enum',
  'const',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
]);

/** The extensions of the API server; their values are checked with the whole definition. */
export const EXTENSION_KEYWORDS: ReadonlySet<string> = new Set([
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
]);
