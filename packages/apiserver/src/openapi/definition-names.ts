/** The names that types have in OpenAPI documents: `core.PodSpec` is `io.k8s.api.core.v1.PodSpec`. */

const metaPackage = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Types that the bundle writes as scalars and documents show by name. */
export const scalarDefinitions: Readonly<Record<string, string>> = {
  'date-time': `${metaPackage}.Time`,
  'date-time-micro': `${metaPackage}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
};

export const rawExtensionDefinition = 'io.k8s.apimachinery.pkg.runtime.RawExtension';
export const patchDefinition: string = `${metaPackage}.Patch`;

/** Of a definition of the bundle, `package.Type`. */
export function openApiName(definition: string): string {
  const dot = definition.lastIndexOf('.');
  const [label = '', version = 'v1'] = definition.slice(0, dot).split('/');
  const type = definition.slice(dot + 1);
  switch (label) {
    case 'meta':
      return `${metaPackage}.${type}`;
    case 'apiextensions':
      return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}.${type}`;
    case 'apiregistration':
      return `io.k8s.kube-aggregator.pkg.apis.apiregistration.${version}.${type}`;
    default:
      return `io.k8s.api.${label}.${version}.${type}`;
  }
}

/** Of a custom resource: the group's labels backwards, as in `com.example.g.v1.Widget`. */
export function customResourceName(group: string, version: string, kind: string): string {
  return `${group.split('.').toReversed().join('.')}.${version}.${kind}`;
}
