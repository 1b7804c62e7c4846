/** Assembles the definition from the options; the caller checks it. */
import type { Problem } from '../builder-error.ts';
import { assignSet } from './conversion.ts';
import { type ConversionProblem, convertSchema } from './convert-schema.ts';
import type { CrdVersion, CustomResourceDefinition } from './custom-resource-definition.ts';
import type { CustomResourceOptions, VersionOptions } from './custom-resource-options.ts';
import { pluralName } from './plural-name.ts';
import { isOptional } from './schema-marks.ts';
import type { StructuralSchema } from './structural-schema.ts';

type AnyOptions = CustomResourceOptions<
  string,
  string,
  string,
  VersionOptions['spec'],
  VersionOptions['status'],
  Readonly<Record<string, VersionOptions>>
>;

/** The definition, and what could not be converted. Where a problem was found the schema accepts anything. */
export function defineCustomResource(options: AnyOptions): { crd: CustomResourceDefinition; problems: Problem[] } {
  const problems: ConversionProblem[] = [];
  const { group, kind, version } = options;
  const plural = options.plural ?? pluralName(kind) ?? ambiguousPlural(kind, problems);
  const others = Object.entries(options.versions ?? {});
  const versions = [
    versionOf(version, options, true, '', problems),
    ...others.map(([name, other]) => versionOf(name, other, false, `versions.${name}.`, problems)),
  ];
  const crd: CustomResourceDefinition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: assignSet<CustomResourceDefinition['metadata']>(
      { name: `${plural}.${group}` },
      { labels: copyOf(options.labels), annotations: copyOf(options.annotations) },
    ),
    spec: assignSet<CustomResourceDefinition['spec']>(
      {
        group,
        names: assignSet<CustomResourceDefinition['spec']['names']>(
          { kind, listKind: `${kind}List`, plural, singular: options.singular ?? kind.toLowerCase() },
          { shortNames: options.shortNames, categories: options.categories },
        ),
        scope: options.scope ?? 'Namespaced',
        versions,
      },
      { conversion: options.conversion },
    ),
  };
  return { crd, problems };
}

function copyOf(map: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  return map === undefined ? undefined : { ...map };
}

function ambiguousPlural(kind: string, problems: ConversionProblem[]): string {
  const message = `the plural of "${kind}" is ambiguous and can never change: state it, as in plural: '${kind.toLowerCase()}s'`;
  problems.push({ code: 'CRD_PLURAL_REQUIRED', path: 'plural', message });
  return `${kind.toLowerCase()}s`;
}

function versionOf(
  name: string,
  options: VersionOptions,
  storage: boolean,
  prefix: string,
  problems: ConversionProblem[],
): CrdVersion {
  const { columns, scale, selectableFields, deprecated } = options;
  return assignSet<CrdVersion>(
    {
      name,
      served: options.served ?? true,
      storage,
      schema: { openAPIV3Schema: rootSchema(options, prefix, problems) },
    },
    {
      deprecated: deprecated === undefined || deprecated === false ? undefined : true,
      deprecationWarning: typeof deprecated === 'string' ? deprecated : undefined,
      subresources: subresourcesOf(options.status !== undefined, scale),
      additionalPrinterColumns: columns?.map((column) => ({ ...column })),
      selectableFields: selectableFields?.map((jsonPath) => ({ jsonPath })),
    },
  );
}

function subresourcesOf(hasStatus: boolean, scale: VersionOptions['scale']): CrdVersion['subresources'] {
  if (!hasStatus && scale === undefined) return undefined;
  return { ...(hasStatus ? { status: {} } : {}), ...(scale === undefined ? {} : { scale: { ...scale } }) };
}

function rootSchema(options: VersionOptions, prefix: string, problems: ConversionProblem[]): StructuralSchema {
  const spec = convertSchema(options.spec, `${prefix}spec`, problems);
  const properties: Record<string, StructuralSchema> = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec,
  };
  if (options.status !== undefined) properties['status'] = convertSchema(options.status, `${prefix}status`, problems);
  const root: StructuralSchema = { type: 'object', properties };
  if (options.description !== undefined) root.description = options.description;
  if (!isOptional(options.spec) && spec.default === undefined) root.required = ['spec'];
  if (options.validations !== undefined)
    root['x-kubernetes-validations'] = options.validations.map((rule) => ({ ...rule }));
  return root;
}
