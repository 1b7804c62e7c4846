/** The closed set of problem codes about custom resource definitions. */

/** What is wrong with a schema or a definition; codes are API, messages are not. */
export type CrdProblemCode =
  | 'CRD_PLURAL_REQUIRED' // the kind's plural is ambiguous: state `plural`
  | 'CRD_NAME' // group, kind, version, plural, short name or category is malformed
  | 'CRD_GROUP_PROTECTED' // *.k8s.io and *.kubernetes.io need the approval annotation
  | 'CRD_VERSION' // not exactly one storage version, or a version twice
  | 'CRD_ROOT' // the root of a schema is not a plain object
  | 'CRD_METADATA' // more than name and generateName restricted in metadata
  | 'CRD_TYPE' // a value that JSON or a structural schema cannot hold
  | 'CRD_KEYWORD' // a keyword that the API server does not know or forbids
  | 'CRD_UNION' // a union that is neither an enum, nullable, int-or-string nor tagged
  | 'CRD_INTERSECT' // members of an intersection that contradict each other
  | 'CRD_PROPERTIES' // fixed and free properties in one object
  | 'CRD_TUPLE' // a tuple of different items
  | 'CRD_REF' // an unknown or cyclic reference
  | 'CRD_CLIENT_ONLY' // a refinement or codec that the API server never runs
  | 'CRD_PATTERN' // a regular expression that RE2 refuses or reads differently
  | 'CRD_FORMAT' // a format whose meaning differs
  | 'CRD_BOUND' // a number or size limit that is not a finite JSON number, or excludes everything
  | 'CRD_DEFAULT' // a default that is invalid or would be pruned
  | 'CRD_ENUM' // an enum that is empty or holds values of several types
  | 'CRD_LIST' // list type, list keys or map type that do not fit the schema
  | 'CRD_STRUCTURE' // nested where only value restrictions may stand, or not specified outside
  | 'CRD_CEL' // a malformed validation rule
  | 'CRD_COLUMN' // a printer column of unknown type or path
  | 'CRD_SCALE' // scale paths outside spec and status, or no status subresource
  | 'CRD_SELECTABLE' // a selectable field that is not a scalar of the schema
  | 'CRD_CONVERSION'; // a webhook without client configuration or versions
