/** What a CustomResourceDefinition gets when its author leaves it out, and the versions it remembers having stored. */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import type { JsonValue } from './schema-node.ts';

/** Fills in names, the conversion strategy and webhook ports. Shares what doesn't change. */
export function defaultCrd(crd: JsonObject): JsonObject {
  const spec = isJsonObject(crd['spec']) ? crd['spec'] : {};
  const names = isJsonObject(spec['names']) ? spec['names'] : {};
  const kind = typeof names['kind'] === 'string' ? names['kind'] : '';
  const defaulted: JsonObject = { ...names };
  if (kind !== '') {
    defaulted['singular'] = names['singular'] || kind.toLowerCase();
    defaulted['listKind'] = names['listKind'] || `${kind}List`;
  }
  return { ...crd, spec: { ...spec, names: defaulted, conversion: defaultConversion(spec['conversion']) } };
}

function defaultConversion(conversion: JsonValue | undefined): JsonValue {
  if (!isJsonObject(conversion)) return { strategy: 'None' };
  const webhook = isJsonObject(conversion['webhook']) ? conversion['webhook'] : undefined;
  const client = isJsonObject(webhook?.['clientConfig']) ? webhook['clientConfig'] : undefined;
  const service = isJsonObject(client?.['service']) ? client['service'] : undefined;
  if (service === undefined || service['port'] !== undefined) return conversion;
  return { ...conversion, webhook: { ...webhook, clientConfig: { ...client, service: { ...service, port: 443 } } } };
}

/**
 * The CRD with its storage version among `status.storedVersions`; `old` is what an update replaces. Only a status write
 * takes versions away.
 */
export function withStoredVersions(crd: JsonObject, old?: JsonObject): JsonObject {
  const spec = isJsonObject(crd['spec']) ? crd['spec'] : {};
  const versions = Array.isArray(spec['versions']) ? spec['versions'].filter((version) => isJsonObject(version)) : [];
  const storage = versions.find((version) => version['storage'] === true)?.['name'];
  const status = isJsonObject(crd['status']) ? crd['status'] : {};
  const source = old === undefined ? status : isJsonObject(old['status']) ? old['status'] : {};
  const stored = Array.isArray(source['storedVersions']) ? source['storedVersions'] : [];
  if (typeof storage !== 'string' || stored.includes(storage)) return crd;
  return { ...crd, status: { ...status, storedVersions: [...stored, storage] } };
}
