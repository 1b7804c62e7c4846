import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../store/kube-object.ts';
import { prepareNewBuiltin, seedNewBuiltin } from './new-object.ts';

function prepare(group: string, kind: string, object: JsonObject): JsonObject {
  return prepareNewBuiltin({ metadata: { name: 'x', uid: 'u' }, ...object }, group, kind);
}

const labels = {
  'batch.kubernetes.io/controller-uid': 'u',
  'batch.kubernetes.io/job-name': 'x',
  'controller-uid': 'u',
  'job-name': 'x',
};

describe('a new built-in object', () => {
  it.each<{ group: string; kind: string; given: JsonObject; becomes: JsonObject }>([
    { group: '', kind: 'ConfigMap', given: { data: {} }, becomes: { data: {} } },
    {
      group: '',
      kind: 'Node',
      given: { spec: {} },
      becomes: { spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] } },
    },
    {
      group: 'batch',
      kind: 'Job',
      given: { spec: { template: { spec: {} } } },
      becomes: {
        metadata: { name: 'x', uid: 'u', labels },
        spec: {
          selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
          template: { metadata: { labels }, spec: {} },
        },
      },
    },
    {
      group: 'batch',
      kind: 'Job',
      given: { spec: { manualSelector: true } },
      becomes: { spec: { manualSelector: true } },
    },
  ])('$kind', ({ group, kind, given, becomes }) => {
    expect(prepare(group, kind, given)).toMatchObject(becomes);
  });

  it('a volume claim stays free of finalizers that nobody would lift', () => {
    expect(prepare('', 'PersistentVolumeClaim', {})).toEqual({ metadata: { name: 'x', uid: 'u' } });
  });

  it.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
  ])('a pod with resources %j is %s', (resources, qosClass) => {
    expect(prepare('', 'Pod', { spec: { containers: [{ resources }] } })).toMatchObject({
      status: { phase: 'Pending', qosClass },
    });
  });
});

it('a DaemonSet counts its templates in an annotation that belongs to its creator', () => {
  const annotations = { 'deprecated.daemonset.template.generation': '1' };
  expect(seedNewBuiltin({ metadata: { name: 'x' } }, 'apps', 'DaemonSet')).toEqual({
    metadata: { name: 'x', annotations },
  });
  const other = { metadata: { name: 'x' } };
  expect(seedNewBuiltin(other, 'apps', 'Deployment')).toBe(other);
});
