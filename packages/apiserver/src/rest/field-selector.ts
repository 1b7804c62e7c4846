/** Field selectors: a fixed set of fields per kind, compared as text. `metadata.name=a,status.phase!=Failed`. */
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type KubeObject } from '../store/kube-object.ts';
import { badRequest } from './status-error.ts';

export interface FieldSelector {
  readonly matches: (object: KubeObject) => boolean;
  /** Set when the selector pins `metadata.name`: one object at most can match. */
  readonly name: string | undefined;
}

type Requirement = { readonly field: string; readonly equal: boolean; readonly value: string };

/** Fields beyond metadata.name and metadata.namespace, by plural.group. */
const fieldsByResource: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.events.k8s.io': [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'regarding.apiVersion',
    'regarding.resourceVersion',
    'regarding.fieldPath',
    'reason',
    'reportingController',
    'type',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  replicationcontrollers: ['status.replicas'],
  services: ['spec.clusterIP', 'spec.type'],
  'replicasets.apps': ['status.replicas'],
  'jobs.batch': ['status.successful'],
  'certificatesigningrequests.certificates.k8s.io': ['spec.signerName'],
};

/** Kinds whose fields go through a conversion answer with another text; so do custom resources. */
const convertedResources = new Set([
  'pods',
  'events',
  'secrets',
  'namespaces',
  'nodes',
  'replicationcontrollers',
  'services',
  'jobs.batch',
  'certificatesigningrequests.certificates.k8s.io',
]);

export interface SelectableResource {
  readonly qualifiedName: string;
  readonly namespaced: boolean;
  readonly isCustom: boolean;
  /** JSON paths of a custom resource, such as `.spec.color`. */
  readonly selectableFields: readonly string[];
}

/** @throws StatusError 400 for a selector that can't be read or a field the kind doesn't offer. */
export function parseFieldSelector(text: string, resource: SelectableResource): FieldSelector {
  const requirements = splitTerms(text).map((term) => parseTerm(term));
  for (const { field } of requirements) checkField(field, resource);
  return {
    matches: (object) => {
      for (const { field, equal, value } of requirements) {
        if ((readField(object, field) === value) !== equal) return false;
      }
      return true;
    },
    name: requirements.find(({ field, equal }) => field === 'metadata.name' && equal)?.value,
  };
}

/** Commas separate terms unless escaped. */
function splitTerms(text: string): string[] {
  return text.split(/(?<!\\),/).filter((term) => term !== '');
}

function parseTerm(term: string): Requirement {
  const match = /^(?<field>[^=!]*?)\s*(?<operator>!=|==|=)\s*(?<value>.*)$/s.exec(term);
  if (match?.groups === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const { field = '', operator, value = '' } = match.groups;
  return { field, equal: operator !== '!=', value: value.replace(/\\([\\,=])/g, '$1') };
}

function checkField(field: string, resource: SelectableResource): void {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && resource.namespaced)) return;
  const declared = resource.isCustom ? resource.selectableFields : (fieldsByResource[resource.qualifiedName] ?? []);
  if (declared.includes(field) || declared.includes(`.${field}`)) return;
  if (resource.isCustom || convertedResources.has(resource.qualifiedName)) {
    throw badRequest(`field label not supported: ${field}`);
  }
  throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

function readField(object: KubeObject, field: string): string {
  if (field === 'source') return textAt(object, ['source', 'component']) || textAt(object, ['reportingComponent']);
  if (field === 'status.successful') return textAt(object, ['status', 'succeeded']) || '0';
  if (field === 'spec.hostNetwork' || field === 'spec.unschedulable')
    return textAt(object, field.split('.')) || 'false';
  return textAt(object, field.split('.'));
}

function textAt(object: KubeObject, path: readonly string[]): string {
  let value: JsonValue | undefined = object;
  for (const part of path) {
    if (!isJsonObject(value)) return '';
    value = value[part];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
