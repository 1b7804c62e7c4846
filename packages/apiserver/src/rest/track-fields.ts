/** Keeps `metadata.managedFields` in step with every write that isn't an apply. */
import { trackUpdate } from '../ssa/track-update.ts';
import { timestamp } from '../store/clock.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import { statusWriterMetadata } from './object-metadata.ts';
import type { ServedResource } from './served-resource.ts';
import type { WriteContext } from './write-object.ts';

/** `next` with the managers that its difference to `old` calls for. */
export function trackFields(
  core: ApiCore,
  served: ServedResource,
  old: KubeObject | undefined,
  next: KubeObject,
  context: WriteContext,
): KubeObject {
  if (context.fieldsTracked === true) return next;
  const heard =
    context.subresource === 'status' && old !== undefined
      ? { ...next, metadata: statusWriterMetadata(served, next.metadata, old.metadata) }
      : next;
  return trackUpdate({
    old,
    new: heard,
    manager: context.manager,
    apiVersion: served.groupVersion,
    subresource: context.subresource ?? '',
    schema: served.schema,
    now: timestamp(core.clock.nowMs()),
    hasStatus: served.info.hasStatus,
  }).object;
}
