/**
 * What the API server accepts but probably not as meant: unknown formats are ignored, and a CEL rule over unbounded
 * data may exceed the cost limit (10 million per rule, 100 million per definition).
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import type { Problem } from '../builder-error.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Formats that the API server validates; any other is documentation only. */
const KNOWN_FORMATS = new Set(
  (
    'int32 int64 float double byte date date-time datetime password uri email hostname ipv4 ipv6 cidr mac uuid uuid3 ' +
    'uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor bsonobjectid duration k8s-short-name k8s-long-name'
  ).split(' '),
);

/** Warnings with their paths in the definition. */
export function crdWarnings(crd: CustomResourceDefinition): Problem[] {
  const warnings: Problem[] = [];
  crd.spec.versions.forEach(({ schema }, index) => {
    visit(schema.openAPIV3Schema, `spec.versions[${index}].schema.openAPIV3Schema`, warnings);
  });
  return warnings;
}

function visit(schema: StructuralSchema, path: string, warnings: Problem[]): void {
  if (schema.format !== undefined && !KNOWN_FORMATS.has(schema.format)) {
    const message = `format ${JSON.stringify(schema.format)} is unknown to the API server and not enforced; use pattern`;
    warnings.push({ code: 'CRD_FORMAT', path, message });
  }
  warnUnbounded(schema, path, warnings);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    visit(property, `${path}.properties.${name}`, warnings);
  }
  if (schema.additionalProperties !== undefined) {
    visit(schema.additionalProperties, `${path}.additionalProperties`, warnings);
  }
  if (schema.items !== undefined) visit(schema.items, `${path}.items`, warnings);
}

function warnUnbounded(schema: StructuralSchema, path: string, warnings: Problem[]): void {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const limit = missingLimit(schema);
  if (rules.length === 0 || limit === undefined) return;
  const message = `a CEL rule over data without ${limit} may exceed the API server's cost limit; set ${limit}`;
  warnings.push({ code: 'CRD_CEL', path, message });
}

function missingLimit(schema: StructuralSchema): string | undefined {
  if (schema.type === 'array' && schema.maxItems === undefined) return 'maxItems';
  if (schema.additionalProperties !== undefined && schema.maxProperties === undefined) return 'maxProperties';
  const unbounded = schema.type === 'string' && schema.maxLength === undefined && schema.enum === undefined;
  return unbounded ? 'maxLength' : undefined;
}
