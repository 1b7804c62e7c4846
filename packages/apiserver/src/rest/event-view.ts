/** Events have two shapes over one storage: core/v1, which is stored, and events.k8s.io/v1. */
import type { JsonObject, KubeObject } from '../store/kube-object.ts';
import type { ObjectView } from './served-resource.ts';

/** core/v1 name → events.k8s.io/v1 name, in the order in which each shows its fields. */
const names = [
  ['eventTime', 'eventTime'],
  ['series', 'series'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
  ['action', 'action'],
  ['reason', 'reason'],
  ['involvedObject', 'regarding'],
  ['related', 'related'],
  ['message', 'note'],
  ['type', 'type'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
] as const;

/** core/v1 always shows these, be they empty. */
const alwaysShown = new Set(['reportingComponent', 'reportingInstance']);

export const eventView: ObjectView = {
  fromStorage: (stored) => {
    const { metadata } = stored as KubeObject;
    const event: JsonObject = { kind: 'Event', apiVersion: 'events.k8s.io/v1', metadata };
    for (const [core, named] of names) {
      const value = stored[core];
      if (value !== undefined && value !== '') event[named] = value;
    }
    return event;
  },
  toStorage: (served) => {
    const { metadata } = served as KubeObject;
    const event: JsonObject = { kind: 'Event', apiVersion: 'v1', metadata };
    for (const [core, named] of names) {
      const value = served[named] ?? (alwaysShown.has(core) ? '' : undefined);
      if (value !== undefined) event[core] = value;
      else if (named in served) event[core] = null;
    }
    return event;
  },
};
