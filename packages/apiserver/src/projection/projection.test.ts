import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';
import { humanDuration } from './human-duration.ts';
import { evaluateJsonPath } from './json-path.ts';
import { kindPrinter } from './kind-printers.ts';
import { builtinScalePaths, scaleOf, withReplicas } from './scale.ts';
import { customPrinter, renderTable } from './table.ts';

const createdAt = '2024-05-01T12:00:00Z';
const nowMs = Date.parse('2024-05-01T12:05:10Z');

function object(parts: JsonObject): KubeObject {
  const metadata = { name: 'x', creationTimestamp: createdAt };
  return { apiVersion: 'v1', kind: 'K', ...parts, metadata: { ...metadata, ...(parts['metadata'] as JsonObject) } };
}

const template = {
  spec: {
    containers: [
      { name: 'a', image: 'i:1' },
      { name: 'b', image: 'i:2' },
    ],
  },
};

describe('ages', () => {
  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [310, '5m10s'],
    [3600, '60m'],
    [4 * 3600 + 60, '4h1m'],
    [47 * 3600, '47h'],
    [3 * 86_400 + 3600, '3d1h'],
    [400 * 86_400, '400d'],
    [3 * 365 * 86_400, '3y'],
    [-1, '0s'],
    [-60, '<invalid>'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });
});

describe('JSON paths', () => {
  const value = {
    spec: {
      'a.b': 1,
      list: [
        { type: 'A', n: 1 },
        { type: 'B', n: 2 },
      ],
      deep: { x: 'y' },
    },
  };

  it.each([
    ['.spec.deep.x', ['y']],
    ['$.spec.deep.x', ['y']],
    ['.spec.list[0].n', [1]],
    ['.spec.list[-1].n', [2]],
    ['.spec.list[*].type', ['A', 'B']],
    ['.spec.list[?(@.type=="B")].n', [2]],
    ['.spec.list[?(@.n > 1)].type', ['B']],
    ["['spec']['a.b']", [1]],
    ['.spec.a\\.b', [1]],
    ['.spec.none.x', []],
    ['.spec..x', []],
  ])('%s', (path, found) => {
    expect(evaluateJsonPath(value, path)).toEqual(found);
  });
});

describe('cells of built-in kinds', () => {
  it.each<{ group: string; kind: string; given: JsonObject; cells: unknown[] }>([
    {
      group: 'apps',
      kind: 'Deployment',
      given: {
        spec: { replicas: 3, template, selector: { matchLabels: { app: 'x' } } },
        status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
      },
      cells: ['x', '2/3', 3, 1, '5m10s', 'a,b', 'i:1,i:2', 'app=x'],
    },
    {
      group: 'apps',
      kind: 'ReplicaSet',
      given: {
        spec: { replicas: 1, template, selector: { matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] } },
      },
      cells: ['x', 1, 0, 0, '5m10s', 'a,b', 'i:1,i:2', 'k in (v)'],
    },
    { group: '', kind: 'ConfigMap', given: { data: { a: '1' }, binaryData: { b: '' } }, cells: ['x', 2, '5m10s'] },
    { group: '', kind: 'Namespace', given: { status: { phase: 'Active' } }, cells: ['x', 'Active', '5m10s'] },
    {
      group: '',
      kind: 'Service',
      given: {
        spec: { type: 'NodePort', clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }] },
      },
      cells: ['x', 'NodePort', '10.0.0.1', '<none>', '80:30080/TCP', '5m10s', '<none>'],
    },
    {
      group: 'batch',
      kind: 'CronJob',
      given: { spec: { schedule: '* * * * *', suspend: false, jobTemplate: { spec: { template } } } },
      cells: ['x', '* * * * *', '<none>', 'False', 0, '<none>', '5m10s', 'a,b', 'i:1,i:2', '<none>'],
    },
    {
      group: '',
      kind: 'Node',
      given: {
        metadata: { labels: { 'node-role.kubernetes.io/worker': '' } },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      },
      cells: ['x', 'Ready', 'worker', '5m10s', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
    },
    {
      group: '',
      kind: 'Event',
      given: {
        involvedObject: { kind: 'Pod', name: 'p' },
        source: { component: 'c' },
        type: 'Normal',
        reason: 'R',
        message: 'M',
        lastTimestamp: createdAt,
        firstTimestamp: createdAt,
      },
      cells: ['5m10s', 'Normal', 'R', 'pod/p', '', 'c', 'M', '5m10s', 1, 'x'],
    },
    { group: 'node.k8s.io', kind: 'RuntimeClass', given: {}, cells: ['x', '5m10s'] },
  ])('$kind', ({ group, kind, given, cells }) => {
    const printer = kindPrinter(group, kind);
    expect(printer.cells(object(given), nowMs)).toEqual(cells);
    expect(printer.columns).toHaveLength(cells.length);
  });

  it.each<{ status: JsonObject; cells: unknown[]; metadata?: JsonObject }>([
    { status: { phase: 'Pending' }, cells: ['0/2', 'Pending', '0'] },
    {
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            ready: true,
            restartCount: 2,
            state: { running: {} },
            lastState: { terminated: { finishedAt: createdAt } },
          },
          { ready: false, restartCount: 0, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      },
      cells: ['1/2', 'CrashLoopBackOff', '2 (5m10s ago)'],
    },
    {
      status: { phase: 'Pending', initContainerStatuses: [{ state: { running: {} } }] },
      cells: ['0/2', 'Init:0/1', '0'],
    },
    { status: { phase: 'Running' }, metadata: { deletionTimestamp: createdAt }, cells: ['0/2', 'Terminating', '0'] },
  ])('a pod in state $status', ({ status, cells, metadata = {} }) => {
    const pod = object({ spec: { ...template.spec, initContainers: [{ name: 'i' }] }, status, metadata });
    expect(kindPrinter('', 'Pod').cells(pod, nowMs).slice(1, 4)).toEqual(cells);
  });
});

describe('tables', () => {
  const column = { name: 'Size', type: 'integer', format: '', description: 'd', priority: 0, jsonPath: '.spec.size' };
  const age = { ...column, name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

  it('show custom columns, and nothing where the type differs', () => {
    const printer = customPrinter([column, age]);
    expect(printer.cells(object({ spec: { size: 3 } }), nowMs)).toEqual(['x', 3, '5m10s']);
    expect(printer.cells(object({ spec: { size: 'big' } }), nowMs)).toEqual(['x', null, '5m10s']);
    expect(printer.columns.map(({ name }) => name)).toEqual(['Name', 'Size', 'Age']);
  });

  it('carry metadata, the object or nothing with each row', () => {
    const one = object({ spec: { size: 1 } });
    const row = (includeObject: 'Metadata' | 'Object' | 'None'): unknown =>
      (renderTable([one], customPrinter([]), { nowMs, includeObject, metadata: {} })['rows'] as unknown[])[0];
    expect(row('Metadata')).toMatchObject({ cells: ['x'], object: { kind: 'PartialObjectMetadata' } });
    expect(row('Object')).toEqual({ cells: ['x'], object: one });
    expect(row('None')).toEqual({ cells: ['x'] });
  });

  it('leave columns out of later watch events', () => {
    expect(renderTable([], customPrinter([]), { nowMs, includeColumns: false, metadata: {} })).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: {},
      columnDefinitions: null,
      rows: [],
    });
  });
});

describe('scale', () => {
  it('shows replicas and selector of a workload', () => {
    const deployment = object({ metadata: { uid: 'u' }, spec: { replicas: 2 }, status: { replicas: 1 } });
    expect(scaleOf(deployment, builtinScalePaths, 'app=x')).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'x', uid: 'u', creationTimestamp: createdAt },
      spec: { replicas: 2 },
      status: { replicas: 1, selector: 'app=x' },
    });
  });

  it('follows the paths of a custom resource both ways', () => {
    const paths = {
      specReplicasPath: '.spec.crew.size',
      statusReplicasPath: '.status.n',
      labelSelectorPath: '.status.s',
    };
    const scaled = withReplicas(object({ spec: { other: 1 }, status: { n: 4, s: 'a=b' } }), paths, 7);
    expect(scaled['spec']).toEqual({ other: 1, crew: { size: 7 } });
    expect(scaleOf(scaled, paths)).toMatchObject({ spec: { replicas: 7 }, status: { replicas: 4, selector: 'a=b' } });
  });
});
