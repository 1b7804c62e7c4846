/** The built-in resources, ready to serve. */
import { builtinResourceSchema } from '../schema/builtin-schema.ts';
import { builtinResources } from '../schema/bundle.ts';
import type { ResourceSchema } from '../schema/resource-schema.ts';
import type { ResourceInfo } from '../schema/resource-info.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { autoscalerView } from './autoscaler-view.ts';
import { eventView } from './event-view.ts';
import type { ObjectView, ServedResource } from './served-resource.ts';
import { qualified } from './status-error.ts';

interface SharedStorage {
  /** Collection in the store. */
  readonly collection: string;
  readonly storageVersion: string;
  readonly view: ObjectView | undefined;
}

/** Resources that several versions or groups show, by group-version and plural. */
const sharedStorage: Readonly<Record<string, SharedStorage>> = {
  'events.k8s.io/v1 events': { collection: 'events', storageVersion: 'v1', view: eventView },
  'autoscaling/v1 horizontalpodautoscalers': {
    collection: 'horizontalpodautoscalers.autoscaling',
    storageVersion: 'autoscaling/v2',
    view: autoscalerView,
  },
};

export function serveBuiltins(store: ObjectStore): ServedResource[] {
  return builtinResources().map((info) => serve(store, info));
}

function serve(store: ObjectStore, info: ResourceInfo): ServedResource {
  const groupVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
  const qualifiedName = qualified(info.group, info.plural);
  const shared = sharedStorage[`${groupVersion} ${info.plural}`];
  let compiled: ResourceSchema | undefined;
  const rules = (): ResourceSchema | undefined => (compiled ??= builtinResourceSchema(info));
  return {
    info,
    groupVersion,
    qualifiedName,
    collection: store.collection(shared?.collection ?? qualifiedName),
    storageVersion: shared?.storageVersion ?? groupVersion,
    get rules() {
      return rules();
    },
    get schema() {
      return rules()?.node;
    },
    custom: undefined,
    deprecation: undefined,
    view: shared?.view,
  };
}
