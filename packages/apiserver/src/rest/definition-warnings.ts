/** What a CustomResourceDefinition asks for and this server doesn't do, said in Warning headers. */
import { hasRules } from '../schema/validate-schema.ts';
import { isJsonObject, type KubeObject } from '../store/kube-object.ts';

export function definitionWarnings(definition: KubeObject): string[] {
  const spec = isJsonObject(definition['spec']) ? definition['spec'] : {};
  const versions = Array.isArray(spec['versions']) ? spec['versions'].filter((version) => isJsonObject(version)) : [];
  return versions
    .filter((version) => hasRules(isJsonObject(version['schema']) ? version['schema']['openAPIV3Schema'] : undefined))
    .map((version) => {
      const name = typeof version['name'] === 'string' ? version['name'] : '';
      return `spec.versions[${name}]: x-kubernetes-validations are stored, but this server does not evaluate them`;
    });
}
