/**
 * Fields that every object of a built-in kind has, written or not. Kubernetes holds built-in objects in structs, so a
 * struct inside a struct is never absent, only empty: nobody adds or removes `spec` or `spec.template`, merely what is
 * in them, and ownership of them is not recorded. Custom resources are maps and have no such fields.
 *
 * Only the fields reachable from the root matter: below a pointer or a list item the whole value is new at once.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject } from '../store/kube-object.ts';
import type { TypeNode } from './type-view.ts';

/** Paths from the root to structs held by value, where the kind has them at all. */
const STRUCT_PATHS: ReadonlySet<string> = new Set(
  [
    'metadata spec status template template.metadata template.spec source deprecatedSource',
    'spec.template spec.template.metadata spec.template.spec spec.strategy spec.updateStrategy',
    'spec.jobTemplate spec.jobTemplate.metadata spec.jobTemplate.spec spec.jobTemplate.spec.template',
    'spec.jobTemplate.spec.template.metadata spec.jobTemplate.spec.template.spec',
    'status.loadBalancer spec.resources spec.scaleTargetRef spec.source spec.names status.acceptedNames',
    'status.nodeInfo status.daemonEndpoints status.daemonEndpoints.kubeletEndpoint',
  ].flatMap((line) => line.split(' ')),
);

/** Lists that are null rather than absent. */
const LIST_PATHS: ReadonlySet<string> = new Set([
  'template.spec.containers',
  'spec.containers',
  'spec.template.spec.containers',
  'spec.jobTemplate.spec.template.spec.containers',
  'status.conditions@CustomResourceDefinition',
]);

/** Text that is empty rather than absent. */
const TEXT_PATHS: ReadonlySet<string> = new Set(['reportingComponent@Event', 'reportingInstance@Event']);

/** Where a kind holds a pointer although the others hold a struct. */
const POINTERS: ReadonlySet<string> = new Set(['spec.template@ReplicationController', 'spec.resources@Pod']);

const EMPTY: { [key: string]: JsonValue } = Object.freeze({});

/** Whether the objects of this root type are structs with fields that cannot be absent. */
export function hasZeroFields(root: TypeNode, object: JsonValue | undefined): boolean {
  const apiVersion = isJsonObject(object) ? object['apiVersion'] : undefined;
  return root !== undefined && root.constraints === undefined && isBuiltinGroup(apiVersion);
}

function isBuiltinGroup(apiVersion: JsonValue | undefined): boolean {
  const group =
    typeof apiVersion === 'string' && apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/** What an absent field stands for: an empty struct, a null list, empty text, or `undefined` when it is simply absent. */
export function zeroField(path: string, kind: string, node: TypeNode): JsonValue | undefined {
  if (node?.type === 'object' && STRUCT_PATHS.has(path) && !POINTERS.has(`${path}@${kind}`)) {
    return EMPTY;
  }
  if (node?.type === 'array' && (LIST_PATHS.has(path) || LIST_PATHS.has(`${path}@${kind}`))) {
    return null;
  }
  return node?.type === 'string' && TEXT_PATHS.has(`${path}@${kind}`) ? '' : undefined;
}

/** Whether fields below this path may have zero values. */
export function mayHoldZeroFields(path: string, kind: string): boolean {
  return STRUCT_PATHS.has(path) && !POINTERS.has(`${path}@${kind}`);
}
