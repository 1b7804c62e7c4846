import { describe, expect, it } from 'vitest';
import { definitionSchema } from '../schema/bundle.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { strategicMerge } from './strategic-merge.ts';

const podSpec = definitionSchema('core.PodSpec');
const objectMeta = definitionSchema('meta.ObjectMeta');
const deploymentSpec = definitionSchema('apps.DeploymentSpec');

const a = { name: 'a', image: 'a:1' };
const b = { name: 'b', image: 'b:1' };

describe('lists with a merge key', () => {
  it.each<{ what: string; target: JsonObject; patch: JsonObject; result: JsonObject }>([
    {
      what: 'merge by key and keep their order',
      target: { containers: [a, b] },
      patch: { containers: [{ name: 'b', image: 'b:2' }] },
      result: { containers: [a, { name: 'b', image: 'b:2' }] },
    },
    {
      what: 'take new items first where no order is given',
      target: { containers: [a] },
      patch: { containers: [b] },
      result: { containers: [b, a] },
    },
    {
      what: 'follow the order that the patch sets, others staying behind their neighbours',
      target: { containers: [a, { name: 'server' }, b] },
      patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b', tty: true }] },
      result: { containers: [{ name: 'server' }, { ...b, tty: true }, a] },
    },
    {
      what: 'reorder without changing an item',
      target: { containers: [a, b] },
      patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      result: { containers: [b, a] },
    },
    {
      what: 'lose an item that the patch deletes, and ignore one that is not there',
      target: { containers: [a, b] },
      patch: {
        containers: [
          { $patch: 'delete', name: 'a' },
          { $patch: 'delete', name: 'z' },
        ],
      },
      result: { containers: [b] },
    },
    {
      what: 'are replaced whole on demand',
      target: { containers: [a, b] },
      patch: { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      result: { containers: [{ name: 'c' }] },
    },
    {
      what: 'use one key where apply uses two',
      target: { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }] },
      patch: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }] },
      result: { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] }] },
    },
    {
      what: 'merge the lists inside their items',
      target: { containers: [{ name: 'a', env: [{ name: 'X', value: '1' }] }] },
      patch: { containers: [{ name: 'a', env: [{ name: 'X', value: null, valueFrom: {} }] }] },
      result: { containers: [{ name: 'a', env: [{ name: 'X', valueFrom: {} }] }] },
    },
    {
      what: 'keep of an item only what retainKeys names',
      target: { volumes: [{ name: 'v', emptyDir: {} }] },
      patch: { volumes: [{ $retainKeys: ['name', 'secret'], name: 'v', secret: { secretName: 's' } }] },
      result: { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
    },
  ])('$what', ({ target, patch, result }) => {
    expect(strategicMerge(target, patch, podSpec)).toEqual({ ok: true, value: result });
  });
});

describe('maps, plain values and other lists', () => {
  it.each<{ what: string; target: JsonObject; patch: JsonObject; result: JsonObject }>([
    {
      what: 'null removes a field',
      target: { nodeName: 'n', hostname: 'h' },
      patch: { nodeName: null },
      result: { hostname: 'h' },
    },
    {
      what: 'a list without a merge key is replaced',
      target: { tolerations: [{ key: 'a' }, { key: 'b' }] },
      patch: { tolerations: [{ key: 'c' }] },
      result: { tolerations: [{ key: 'c' }] },
    },
    {
      what: 'a map merges, even where apply owns it whole',
      target: { nodeSelector: { a: '1' } },
      patch: { nodeSelector: { b: '2' } },
      result: { nodeSelector: { a: '1', b: '2' } },
    },
    {
      what: 'a map is replaced on demand',
      target: { nodeSelector: { a: '1' } },
      patch: { nodeSelector: { $patch: 'replace', b: '2' } },
      result: { nodeSelector: { b: '2' } },
    },
    {
      what: 'a map is deleted on demand',
      target: { nodeSelector: { a: '1' }, nodeName: 'n' },
      patch: { nodeSelector: { $patch: 'delete' } },
      result: { nodeName: 'n' },
    },
  ])('$what', ({ target, patch, result }) => {
    expect(strategicMerge(target, patch, podSpec)).toEqual({ ok: true, value: result });
  });

  it('adds to a list of plain values, and removes what the patch names', () => {
    const target = { finalizers: ['x', 'y'] };
    expect(strategicMerge(target, { finalizers: ['z', 'x'] }, objectMeta)).toEqual({
      ok: true,
      value: { finalizers: ['z', 'x', 'y'] },
    });
    expect(strategicMerge(target, { '$deleteFromPrimitiveList/finalizers': ['x'] }, objectMeta)).toEqual({
      ok: true,
      value: { finalizers: ['y'] },
    });
  });

  it('switches the strategy of a Deployment without leftovers', () => {
    const target = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };
    const patch = { strategy: { $retainKeys: ['type'], type: 'Recreate' } };
    expect(strategicMerge(target, patch, deploymentSpec)).toEqual({
      ok: true,
      value: { strategy: { type: 'Recreate' } },
    });
  });
});

it.each<{ what: string; patch: JsonObject; problem: string; message: string }>([
  {
    what: 'an unknown directive',
    patch: { nodeSelector: { $patch: 'drop' } },
    problem: 'format',
    message: 'Unknown patch type: "drop"',
  },
  {
    what: 'an item without its key',
    patch: { containers: [{ image: 'x' }] },
    problem: 'key',
    message: 'map: map[image:x] does not contain declared merge key: name',
  },
  {
    what: 'an order that leaves out what is patched',
    patch: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] },
    problem: 'format',
    message: 'invalid patch format of setElementOrder list',
  },
  {
    what: 'fields beyond retainKeys',
    patch: { volumes: [{ $retainKeys: ['name'], name: 'v', secret: {} }] },
    problem: 'format',
    message: 'invalid patch format of retainKeys',
  },
])('refuses $what', ({ patch, problem, message }) => {
  const target = { containers: [a], volumes: [{ name: 'v' }] };
  expect(strategicMerge(target, patch, podSpec)).toEqual({
    ok: false,
    problem,
    message: expect.stringContaining(message),
  });
});

it('leaves its inputs as they are', () => {
  const target = { containers: [a, b] };
  const patch = {
    '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
    containers: [{ name: 'b', tty: true }],
  };
  const before = structuredClone({ target, patch });
  strategicMerge(target, patch, podSpec);
  expect({ target, patch }).toEqual(before);
});
