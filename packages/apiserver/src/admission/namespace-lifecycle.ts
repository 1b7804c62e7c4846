/**
 * Namespaces guard what is created in them: a missing one answers 404, a terminating one 403, and the namespaces of
 * the system can't be deleted.
 */
import { forbidden, notFound, type ResourceName } from '../rest/status-error.ts';
import type { Collection } from '../store/collection.ts';
import type { JsonObject } from '../store/kube-object.ts';

const namespaces: ResourceName = { group: '', plural: 'namespaces' };
const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** @throws StatusError 404 or 403 (cause NamespaceTerminating). */
export function admitCreation(collection: Collection, namespace: string, resource: ResourceName, name: string): void {
  const entry = collection.get(namespace);
  if (entry === undefined) throw notFound(namespaces, namespace);
  const phase = (entry.object['status'] as JsonObject | undefined)?.['phase'];
  if (entry.object.metadata.deletionTimestamp === undefined && phase !== 'Terminating') return;
  throw forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  );
}

/** @throws StatusError 403 for the namespaces every cluster has. */
export function admitNamespaceDeletion(name: string): void {
  if (immortal.has(name)) throw forbidden(namespaces, name, 'this namespace may not be deleted');
}
