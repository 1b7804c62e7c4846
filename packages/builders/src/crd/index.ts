/**
 * Entry `@k8sop/builders/crd`: custom resources from TypeBox schemas.
 *
 * The only entry whose types need the package `typebox`; nothing of it is imported at run time.
 */

// For users
export {
  atLeastOneOf,
  atMostOneOf,
  cel,
  exactlyOneOf,
  immutable,
  withRules,
} from './cel.ts';
export { type CustomResource, customResource, type ObjectOf } from './custom-resource.ts';
export type { CustomObject } from './custom-object.ts';
export type { CustomResourceBuilder } from './custom-resource-builder.ts';
export type { CustomResourceOptions, VersionOptions } from './custom-resource-options.ts';
export { Duration, IntOrString, Quantity, Raw, type SchemaOptions } from './schema-functions.ts';
export { Conditions, EmbeddedResource, LabelSelector, PodTemplate } from './well-known-schemas.ts';

// For tools that work on definitions from anywhere
export { checkCrd } from './check-crd.ts';
export type { CrdProblemCode } from './crd-problem.ts';
export { crdWarnings } from './crd-warnings.ts';
export type {
  ConversionOptions,
  CrdVersion,
  CustomResourceDefinition,
  PrinterColumn,
  ScalePaths,
} from './custom-resource-definition.ts';
export type {
  StructuralSchema,
  StructuralType,
  ValidationReason,
  ValidationRule,
  ValueValidation,
} from './structural-schema.ts';
export { defaultValue, pruneValue, valueProblem } from './structural-value.ts';
