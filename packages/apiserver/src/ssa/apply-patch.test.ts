import { describe, expect, it } from 'vitest';
import { apply, CONFIG_MAP, DEPLOYMENT, type Kind, play, type Step, store, update, WIDGET } from './fixture-story.ts';
import { integer, keyedList, mapOf, string, struct, widget } from './fixture-schemas.ts';
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import type { JsonObject } from '../store/kube-object.ts';

interface Case {
  readonly why: string;
  readonly steps: readonly Step[];
  readonly fields: JsonObject;
  readonly owners: Readonly<Record<string, readonly string[]>>;
}

function summary(kind: Kind, steps: readonly Step[]): Omit<Case, 'why' | 'steps'> & { answer: string } {
  const { answer, fields, owners } = play(kind, steps);
  return { answer, fields, owners };
}

const data = (values: JsonValue): JsonObject => ({ data: values });
const spec = (values: JsonObject): JsonObject => ({ spec: values });
const forced = { force: true };

describe('one applier (what is applied is owned; what is dropped goes)', () => {
  it.each<Case>([
    {
      why: 'the first apply creates the object',
      steps: [apply('a', data({ k: '1' }))],
      fields: data({ k: '1' }),
      owners: { a: ['.data.k'] },
    },
    {
      why: 'a dropped key is removed',
      steps: [apply('a', data({ k: '1', j: '2' })), apply('a', data({ k: '1' }))],
      fields: data({ k: '1' }),
      owners: { a: ['.data.k'] },
    },
    {
      why: 'a changed value changes',
      steps: [apply('a', data({ k: '1' })), apply('a', data({ k: '2' }))],
      fields: data({ k: '2' }),
      owners: { a: ['.data.k'] },
    },
    {
      why: 'dropping the last key drops the field',
      steps: [apply('a', data({ k: '1' })), apply('a', {})],
      fields: {},
      owners: {},
    },
    {
      why: 'an empty map is owned as such',
      steps: [apply('a', data({ k: '1' })), apply('a', data({}))],
      fields: data({}),
      owners: { a: ['.data'] },
    },
    {
      why: 'labels and annotations are owned key by key',
      steps: [apply('a', { metadata: { labels: { x: '1' }, annotations: { y: '2' } } })],
      fields: { metadata: { labels: { x: '1' }, annotations: { y: '2' } } },
      owners: { a: ['.metadata.annotations.y', '.metadata.labels.x'] },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(CONFIG_MAP, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

const item = (id: string, rest: JsonObject = {}): JsonObject => ({ id, ...rest });

describe('nested structures of a custom resource', () => {
  it.each<Case>([
    {
      why: 'a declared struct is not owned, its leaves are',
      steps: [apply('a', spec({ items: [item('1', { nested: { a: 'x' } })] }))],
      fields: spec({ items: [item('1', { nested: { a: 'x' } })] }),
      owners: { a: ['.spec.items[id="1"]', '.spec.items[id="1"].id', '.spec.items[id="1"].nested.a'] },
    },
    {
      why: 'an empty struct is owned itself',
      steps: [apply('a', spec({ items: [item('1', { nested: {} })] }))],
      fields: spec({ items: [item('1', { nested: {} })] }),
      owners: { a: ['.spec.items[id="1"]', '.spec.items[id="1"].id', '.spec.items[id="1"].nested'] },
    },
    {
      why: 'the values of a map of structs are owned together with their fields',
      steps: [apply('a', spec({ limits: { cpu: { min: 1 } } }))],
      fields: spec({ limits: { cpu: { min: 1 } } }),
      owners: { a: ['.spec.limits.cpu', '.spec.limits.cpu.min'] },
    },
    {
      why: 'dropping one entry of a map of structs leaves the others',
      steps: [
        apply('a', spec({ limits: { cpu: { min: 1 }, mem: { max: 2 } } })),
        apply('a', spec({ limits: { mem: { max: 2 } } })),
      ],
      fields: spec({ limits: { mem: { max: 2 } } }),
      owners: { a: ['.spec.limits.mem', '.spec.limits.mem.max'] },
    },
    {
      why: 'dropping a struct drops all of it',
      steps: [
        apply('a', spec({ items: [item('1', { nested: { a: 'x', b: 'y' } })] })),
        apply('a', spec({ items: [item('1')] })),
      ],
      fields: spec({ items: [item('1')] }),
      owners: { a: ['.spec.items[id="1"]', '.spec.items[id="1"].id'] },
    },
    {
      why: 'dropping one field of a struct leaves the other',
      steps: [
        apply('a', spec({ items: [item('1', { nested: { a: 'x', b: 'y' } })] })),
        apply('a', spec({ items: [item('1', { nested: { b: 'y' } })] })),
      ],
      fields: spec({ items: [item('1', { nested: { b: 'y' } })] }),
      owners: { a: ['.spec.items[id="1"]', '.spec.items[id="1"].id', '.spec.items[id="1"].nested.b'] },
    },
    {
      why: 'a keyed item that is no longer applied goes',
      steps: [apply('a', spec({ items: [item('1'), item('2')] })), apply('a', spec({ items: [item('2')] }))],
      fields: spec({ items: [item('2')] }),
      owners: { a: ['.spec.items[id="2"]', '.spec.items[id="2"].id'] },
    },
    {
      why: 'an empty keyed list is owned by nobody and goes',
      steps: [apply('a', spec({ name: 'n', items: [item('1')] })), apply('a', spec({ name: 'n', items: [] }))],
      fields: spec({ name: 'n' }),
      owners: { a: ['.spec.name'] },
    },
    {
      why: 'items of a set are owned one by one',
      steps: [apply('a', spec({ tags: ['x', 'y'] })), apply('a', spec({ tags: ['y', 'z'] }))],
      fields: spec({ tags: ['y', 'z'] }),
      owners: { a: ['.spec.tags[="y"]', '.spec.tags[="z"]'] },
    },
    {
      why: 'numbers are set items too',
      steps: [apply('a', spec({ weights: [3, 1] }))],
      fields: spec({ weights: [3, 1] }),
      owners: { a: ['.spec.weights[=1]', '.spec.weights[=3]'] },
    },
    {
      why: 'an atomic list is replaced whole',
      steps: [
        apply('a', spec({ rules: [{ path: '/a' }, { path: '/b' }] })),
        apply('a', spec({ rules: [{ path: '/c' }] })),
      ],
      fields: spec({ rules: [{ path: '/c' }] }),
      owners: { a: ['.spec.rules'] },
    },
    {
      why: 'an atomic map is replaced whole',
      steps: [apply('a', spec({ options: { x: '1', y: '2' } })), apply('a', spec({ options: { z: '3' } }))],
      fields: spec({ options: { z: '3' } }),
      owners: { a: ['.spec.options'] },
    },
    {
      why: 'an atomic struct is replaced whole',
      steps: [apply('a', spec({ place: { zone: 'z', rack: 'r' } })), apply('a', spec({ place: { zone: 'y' } }))],
      fields: spec({ place: { zone: 'y' } }),
      owners: { a: ['.spec.place'] },
    },
    {
      why: 'null is a value of its own',
      steps: [apply('a', spec({ name: null, labels: null }))],
      fields: spec({ name: null, labels: null }),
      owners: { a: ['.spec.labels', '.spec.name'] },
    },
    {
      why: 'int-or-string takes either',
      steps: [apply('a', spec({ port: 80 })), apply('a', spec({ port: 'http' }))],
      fields: spec({ port: 'http' }),
      owners: { a: ['.spec.port'] },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(WIDGET, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

describe('several appliers', () => {
  it.each<Case>([
    {
      why: 'disjoint fields add up',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ y: '2' }))],
      fields: data({ x: '1', y: '2' }),
      owners: { a: ['.data.x'], b: ['.data.y'] },
    },
    {
      why: 'an equal value is shared, without conflict',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ x: '1' }))],
      fields: data({ x: '1' }),
      owners: { a: ['.data.x'], b: ['.data.x'] },
    },
    {
      why: 'a shared field stays when one owner drops it',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ x: '1' })), apply('a', {})],
      fields: data({ x: '1' }),
      owners: { b: ['.data.x'] },
    },
    {
      why: 'a shared field goes with its last owner',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ x: '1' })), apply('a', {}), apply('b', {})],
      fields: {},
      owners: {},
    },
    {
      why: 'force takes a field from its owner',
      steps: [apply('a', data({ x: '1', y: '1' })), apply('b', data({ x: '2' }), forced)],
      fields: data({ x: '2', y: '1' }),
      owners: { a: ['.data.y'], b: ['.data.x'] },
    },
    {
      why: 'who lost everything to force has no entry',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ x: '2' }), forced)],
      fields: data({ x: '2' }),
      owners: { b: ['.data.x'] },
    },
    {
      why: 'who lost a field to force no longer removes it by dropping it',
      steps: [apply('a', data({ x: '1', y: '1' })), apply('b', data({ x: '2' }), forced), apply('a', data({ y: '1' }))],
      fields: data({ x: '2', y: '1' }),
      owners: { a: ['.data.y'], b: ['.data.x'] },
    },
    {
      why: 'a field the other has dropped may be taken without force',
      steps: [apply('a', data({ x: '1', y: '1' })), apply('a', data({ y: '1' })), apply('b', data({ x: '2' }))],
      fields: data({ x: '2', y: '1' }),
      owners: { a: ['.data.y'], b: ['.data.x'] },
    },
    {
      why: 'an empty map of one stays as long as the other has keys in it',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ y: '1' })), apply('a', data({}))],
      fields: data({ y: '1' }),
      owners: { a: ['.data'], b: ['.data.y'] },
    },
    {
      why: 'set items of both stay side by side',
      steps: [apply('a', { metadata: { finalizers: ['a/1'] } }), apply('b', { metadata: { finalizers: ['b/2'] } })],
      fields: { metadata: { finalizers: ['a/1', 'b/2'] } },
      owners: { a: ['.metadata.finalizers[="a/1"]'], b: ['.metadata.finalizers[="b/2"]'] },
    },
    {
      why: 'a set item goes with its owner only',
      steps: [
        apply('a', { metadata: { finalizers: ['a/1', 'c/3'] } }),
        apply('b', { metadata: { finalizers: ['b/2', 'c/3'] } }),
        apply('a', {}),
      ],
      fields: { metadata: { finalizers: ['b/2', 'c/3'] } },
      owners: { b: ['.metadata.finalizers[="b/2"]', '.metadata.finalizers[="c/3"]'] },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(CONFIG_MAP, steps)).toEqual({ answer: 'applied', fields, owners });
  });

  it.each<Case>([
    {
      why: 'items of a keyed list belong to those who applied them',
      steps: [apply('a', spec({ items: [item('1')] })), apply('b', spec({ items: [item('2')] }))],
      fields: spec({ items: [item('1'), item('2')] }),
      owners: {
        a: ['.spec.items[id="1"]', '.spec.items[id="1"].id'],
        b: ['.spec.items[id="2"]', '.spec.items[id="2"].id'],
      },
    },
    {
      why: 'two may own different fields of one item',
      steps: [
        apply('a', spec({ items: [item('1', { qty: 1 })] })),
        apply('b', spec({ items: [item('1', { nested: { a: 'x' } })] })),
      ],
      fields: spec({ items: [item('1', { qty: 1, nested: { a: 'x' } })] }),
      owners: {
        a: ['.spec.items[id="1"]', '.spec.items[id="1"].id', '.spec.items[id="1"].qty'],
        b: ['.spec.items[id="1"]', '.spec.items[id="1"].id', '.spec.items[id="1"].nested.a'],
      },
    },
    {
      why: 'an item stays while somebody owns it, without the fields of who left',
      steps: [
        apply('a', spec({ items: [item('1', { qty: 1 })] })),
        apply('b', spec({ items: [item('1', { nested: { a: 'x' } })] })),
        apply('a', spec({ name: 'n' })),
      ],
      fields: spec({ name: 'n', items: [item('1', { nested: { a: 'x' } })] }),
      owners: {
        a: ['.spec.name'],
        b: ['.spec.items[id="1"]', '.spec.items[id="1"].id', '.spec.items[id="1"].nested.a'],
      },
    },
    {
      why: 'the applied order of shared items wins',
      steps: [
        apply('a', spec({ items: [item('1'), item('2'), item('3')] })),
        apply('b', spec({ items: [item('3'), item('1')] })),
      ],
      fields: spec({ items: [item('2'), item('3'), item('1')] }),
      owners: {
        a: [1, 2, 3].flatMap((id) => [`.spec.items[id="${id}"]`, `.spec.items[id="${id}"].id`]),
        b: [1, 3].flatMap((id) => [`.spec.items[id="${id}"]`, `.spec.items[id="${id}"].id`]),
      },
    },
    {
      why: 'new items before a shared one are placed before it',
      steps: [apply('a', spec({ tags: ['m', 'z'] })), apply('b', spec({ tags: ['a', 'm'] }))],
      fields: spec({ tags: ['a', 'm', 'z'] }),
      owners: { a: ['.spec.tags[="m"]', '.spec.tags[="z"]'], b: ['.spec.tags[="a"]', '.spec.tags[="m"]'] },
    },
    {
      why: 'the loser of an atomic map owns none of it',
      steps: [apply('a', spec({ options: { x: '1' }, name: 'n' })), apply('b', spec({ options: { y: '2' } }), forced)],
      fields: spec({ options: { y: '2' }, name: 'n' }),
      owners: { a: ['.spec.name'], b: ['.spec.options'] },
    },
    {
      why: 'an equal atomic list is shared',
      steps: [
        apply('a', spec({ rules: [{ path: '/' }] })),
        apply('b', spec({ rules: [{ path: '/' }] })),
        apply('a', {}),
      ],
      fields: spec({ rules: [{ path: '/' }] }),
      owners: { b: ['.spec.rules'] },
    },
    {
      why: 'a map entry stays for its owner when the other drops its fields in it',
      steps: [
        apply('a', spec({ limits: { cpu: { min: 1 } } })),
        apply('b', spec({ limits: { cpu: { max: 2 } } })),
        apply('a', {}),
      ],
      fields: spec({ limits: { cpu: { max: 2 } } }),
      owners: { b: ['.spec.limits.cpu', '.spec.limits.cpu.max'] },
    },
    {
      why: 'three may share one field',
      steps: [
        apply('a', spec({ size: 1 })),
        apply('b', spec({ size: 1 })),
        apply('c', spec({ size: 1 })),
        apply('b', spec({ name: 'n' })),
      ],
      fields: spec({ size: 1, name: 'n' }),
      owners: { a: ['.spec.size'], b: ['.spec.name'], c: ['.spec.size'] },
    },
    {
      why: 'the same name on the status is another manager',
      steps: [
        apply('a', spec({ size: 1 })),
        apply('a', { status: { phase: 'Ready' } }, { subresource: 'status' }),
        apply('a', spec({ name: 'n' })),
      ],
      fields: { spec: { name: 'n' }, status: { phase: 'Ready' } },
      owners: { a: ['.spec.name'], 'a /status': ['.status.phase'] },
    },
    {
      why: 'the same name in another version is the same applier',
      steps: [apply('a', spec({ size: 1 })), apply('a', spec({ name: 'n' }), { apiVersion: 'example.dev/v2' })],
      fields: spec({ name: 'n' }),
      owners: { a: ['.spec.name'] },
    },
    {
      why: 'an item applied next to one with a default key is the same item',
      steps: [
        apply('a', spec({ items: [item('1')] })),
        apply('b', spec({ items: [item('1')] })),
        apply('a', {}),
        apply('b', {}),
      ],
      fields: {},
      owners: {},
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(WIDGET, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

const ports = (list: JsonObject[]): JsonObject => ({
  spec: { template: { spec: { containers: [{ name: 'c', ports: list }] } } },
});
const portPath = (key: string): string => `.spec.template.spec.containers[name="c"].ports[${key}]`;
const containerPaths = ['.spec.template.spec.containers[name="c"]', '.spec.template.spec.containers[name="c"].name'];

describe('keys with a default (protocol TCP)', () => {
  it.each<Case>([
    {
      why: 'a missing key counts as its default',
      steps: [apply('a', ports([{ containerPort: 80 }]))],
      fields: ports([{ containerPort: 80 }]),
      owners: {
        a: [
          ...containerPaths,
          portPath('containerPort=80,protocol="TCP"'),
          `${portPath('containerPort=80,protocol="TCP"')}.containerPort`,
        ],
      },
    },
    {
      why: 'with and without the default it is one item',
      steps: [apply('a', ports([{ containerPort: 80 }])), apply('a', ports([{ containerPort: 80, protocol: 'TCP' }]))],
      fields: ports([{ containerPort: 80, protocol: 'TCP' }]),
      owners: {
        a: [
          ...containerPaths,
          portPath('containerPort=80,protocol="TCP"'),
          `${portPath('containerPort=80,protocol="TCP"')}.containerPort`,
          `${portPath('containerPort=80,protocol="TCP"')}.protocol`,
        ],
      },
    },
    {
      why: 'another value of the key is another item',
      steps: [apply('a', ports([{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }]))],
      fields: ports([{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }]),
      owners: {
        a: [
          ...containerPaths,
          portPath('containerPort=80,protocol="TCP"'),
          `${portPath('containerPort=80,protocol="TCP"')}.containerPort`,
          portPath('containerPort=80,protocol="UDP"'),
          `${portPath('containerPort=80,protocol="UDP"')}.containerPort`,
          `${portPath('containerPort=80,protocol="UDP"')}.protocol`,
        ],
      },
    },
    {
      why: 'dropping the item with the default key leaves the other',
      steps: [
        apply('a', ports([{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }])),
        apply('a', ports([{ containerPort: 80, protocol: 'UDP' }])),
      ],
      fields: ports([{ containerPort: 80, protocol: 'UDP' }]),
      owners: {
        a: [
          ...containerPaths,
          portPath('containerPort=80,protocol="UDP"'),
          `${portPath('containerPort=80,protocol="UDP"')}.containerPort`,
          `${portPath('containerPort=80,protocol="UDP"')}.protocol`,
        ],
      },
    },
    {
      why: 'the defaulted key of the stored item belongs to nobody until applied',
      steps: [
        apply('a', ports([{ containerPort: 80 }])),
        update('server', ports([{ containerPort: 80, protocol: 'TCP' }])),
        apply('a', ports([{ containerPort: 80, name: 'http' }])),
      ],
      fields: ports([{ containerPort: 80, protocol: 'TCP', name: 'http' }]),
      owners: {
        a: [
          ...containerPaths,
          portPath('containerPort=80,protocol="TCP"'),
          `${portPath('containerPort=80,protocol="TCP"')}.containerPort`,
          `${portPath('containerPort=80,protocol="TCP"')}.name`,
        ],
        'server (update)': [`${portPath('containerPort=80,protocol="TCP"')}.protocol`],
      },
    },
    {
      why: 'two appliers meet in the item whichever way they name it',
      steps: [
        apply('a', ports([{ containerPort: 80 }])),
        apply('b', ports([{ containerPort: 80, protocol: 'TCP' }])),
        apply('a', ports([])),
      ],
      fields: ports([{ containerPort: 80, protocol: 'TCP' }]),
      owners: {
        a: containerPaths,
        b: [
          ...containerPaths,
          portPath('containerPort=80,protocol="TCP"'),
          `${portPath('containerPort=80,protocol="TCP"')}.containerPort`,
          `${portPath('containerPort=80,protocol="TCP"')}.protocol`,
        ],
      },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(DEPLOYMENT, steps)).toEqual({ answer: 'applied', fields, owners });
  });

  it.each([
    {
      why: 'the same port twice, once by default',
      list: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }],
    },
    { why: 'the same port twice', list: [{ containerPort: 80 }, { containerPort: 80 }] },
  ])('refuses $why', ({ list }) => {
    expect(play(DEPLOYMENT, [apply('a', ports(list))]).answer).toContain(
      '.spec.template.spec.containers[name="c"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
    );
  });
});

describe('types the schema leaves open', () => {
  const free = (value: JsonValue): JsonObject => spec({ free: value });
  it.each<Case>([
    {
      why: 'objects are maps, key by key, inner objects owned too',
      steps: [apply('a', free({ x: { y: 1 } }))],
      fields: free({ x: { y: 1 } }),
      owners: { a: ['.spec.free.x', '.spec.free.x.y'] },
    },
    {
      why: 'lists are atomic',
      steps: [apply('a', free({ l: [1, 2] })), apply('b', free({ l: [3] }), forced)],
      fields: free({ l: [3] }),
      owners: { b: ['.spec.free.l'] },
    },
    {
      why: 'two appliers share an object',
      steps: [apply('a', free({ x: { y: 1 } })), apply('b', free({ x: { z: 2 } }))],
      fields: free({ x: { y: 1, z: 2 } }),
      owners: { a: ['.spec.free.x', '.spec.free.x.y'], b: ['.spec.free.x', '.spec.free.x.z'] },
    },
    {
      why: 'dropped keys go',
      steps: [apply('a', free({ x: { y: 1 }, w: 1 })), apply('a', free({ w: 1 }))],
      fields: free({ w: 1 }),
      owners: { a: ['.spec.free.w'] },
    },
    {
      why: 'an object may become a scalar',
      steps: [apply('a', free({ x: { y: 1 } })), apply('a', free({ x: 'text' }))],
      fields: free({ x: 'text' }),
      owners: { a: ['.spec.free.x'] },
    },
    {
      why: 'a scalar may become an object',
      steps: [apply('a', free({ x: 'text' })), apply('a', free({ x: { y: 1 } }))],
      fields: free({ x: { y: 1 } }),
      owners: { a: ['.spec.free.x', '.spec.free.x.y'] },
    },
    {
      why: 'an update that turns an object into a scalar takes it from its applier',
      steps: [apply('a', free({ x: { y: 1 } })), update('u', free({ x: 'text' }))],
      fields: free({ x: 'text' }),
      owners: { 'u (update)': ['.spec.free.x'] },
    },
    {
      why: 'an empty object is owned',
      steps: [apply('a', free({ x: {} }))],
      fields: free({ x: {} }),
      owners: { a: ['.spec.free.x'] },
    },
    {
      why: 'declared fields keep their type beside unknown ones',
      steps: [apply('a', spec({ open: { known: 1, unknown: { y: 2 } } }))],
      fields: spec({ open: { known: 1, unknown: { y: 2 } } }),
      owners: { a: ['.spec.open.known', '.spec.open.unknown', '.spec.open.unknown.y'] },
    },
    {
      why: 'unknown fields of an open struct go like any other',
      steps: [apply('a', spec({ open: { known: 1, unknown: 2 } })), apply('a', spec({ open: { known: 1 } }))],
      fields: spec({ open: { known: 1 } }),
      owners: { a: ['.spec.open.known'] },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(WIDGET, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

describe('fields nobody owns', () => {
  const onStatus = { subresource: 'status' };
  it.each<Case>([
    {
      why: 'apiVersion, kind and name',
      steps: [apply('a', {})],
      fields: {},
      owners: {},
    },
    {
      why: 'the namespace',
      steps: [apply('a', { metadata: { namespace: 'n' } })],
      fields: { metadata: { namespace: 'n' } },
      owners: {},
    },
    {
      why: 'server metadata in a configuration, which is not taken either',
      steps: [apply('a', { metadata: { creationTimestamp: null, generation: 7, uid: 'u', resourceVersion: '5' } })],
      fields: {},
      owners: {},
    },
    {
      why: 'server metadata of the stored object survives an apply',
      steps: [
        update('u', { metadata: { uid: 'u', resourceVersion: '5', generation: 2 } }),
        apply('a', { metadata: { creationTimestamp: null, generation: 7, labels: { l: '1' } } }),
      ],
      fields: { metadata: { uid: 'u', resourceVersion: '5', generation: 2, labels: { l: '1' } } },
      owners: { a: ['.metadata.labels.l'] },
    },
    {
      why: 'the status in an apply to the main resource',
      steps: [apply('a', { spec: { size: 1 }, status: { phase: 'Ready' } })],
      fields: { spec: { size: 1 } },
      owners: { a: ['.spec.size'] },
    },
    {
      why: 'the status in an update of the main resource',
      steps: [update('u', { spec: { size: 1 }, status: { phase: 'Ready' } })],
      fields: { spec: { size: 1 }, status: { phase: 'Ready' } },
      owners: { 'u (update)': ['.spec', '.spec.size'] },
    },
    {
      why: 'the spec in an apply to the status',
      steps: [apply('a', spec({ size: 1 })), apply('c', { spec: { size: 9 }, status: { phase: 'Ready' } }, onStatus)],
      fields: { spec: { size: 1 }, status: { phase: 'Ready' } },
      owners: { a: ['.spec.size'], 'c /status': ['.status.phase'] },
    },
    {
      why: 'labels in an apply to the status',
      steps: [
        apply('a', spec({ size: 1 })),
        apply('c', { metadata: { labels: { l: '1' } }, status: { count: 1 } }, onStatus),
      ],
      fields: { spec: { size: 1 }, status: { count: 1 } },
      owners: { a: ['.spec.size'], 'c /status': ['.status.count'] },
    },
    {
      why: 'the spec in an update of the status',
      steps: [
        update('u', spec({ size: 1 })),
        update('c', { spec: { size: 1, name: 'n' }, status: { count: 1 } }, onStatus),
      ],
      fields: { spec: { size: 1, name: 'n' }, status: { count: 1 } },
      owners: { 'u (update)': ['.spec', '.spec.size'], 'c /status (update)': ['.status', '.status.count'] },
    },
    {
      why: 'status fields dropped by their applier go without touching the spec',
      steps: [
        apply('a', spec({ size: 1 })),
        apply('c', { status: { phase: 'Ready', count: 1 } }, onStatus),
        apply('c', { status: { count: 1 } }, onStatus),
      ],
      fields: { spec: { size: 1 }, status: { count: 1 } },
      owners: { a: ['.spec.size'], 'c /status': ['.status.count'] },
    },
    {
      why: 'a spec applied without the status keeps the status',
      steps: [
        apply('a', spec({ size: 1 })),
        apply('c', { status: { phase: 'Ready' } }, onStatus),
        apply('a', spec({ size: 2 })),
      ],
      fields: { spec: { size: 2 }, status: { phase: 'Ready' } },
      owners: { a: ['.spec.size'], 'c /status': ['.status.phase'] },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(WIDGET, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

describe('re-apply of what is already there', () => {
  const full = spec({
    name: 'n',
    tags: ['x'],
    items: [item('1', { qty: 1, nested: { a: 'x' } })],
    rules: [{ path: '/' }],
    limits: { cpu: { min: 1 } },
    labels: { l: '1' },
    options: { o: '1' },
    place: { zone: 'z' },
    free: { x: { y: [1] } },
    port: 80,
  });
  it.each([
    { why: 'a scalar', fields: spec({ name: 'n' }) },
    { why: 'a set', fields: spec({ tags: ['x', 'y'] }) },
    { why: 'a keyed list', fields: spec({ items: [item('1', { qty: 1 }), item('2')] }) },
    { why: 'an atomic list', fields: spec({ rules: [{ path: '/' }] }) },
    { why: 'a map of structs', fields: spec({ limits: { cpu: { min: 1 } } }) },
    { why: 'a map', fields: spec({ labels: { l: '1' } }) },
    { why: 'an atomic map', fields: spec({ options: { o: '1' } }) },
    { why: 'an atomic struct', fields: spec({ place: { zone: 'z' } }) },
    { why: 'a part without structure', fields: spec({ free: { x: { y: [1] } } }) },
    { why: 'an empty map', fields: spec({ labels: {} }) },
    { why: 'null', fields: spec({ name: null }) },
    { why: 'metadata', fields: { metadata: { labels: { l: '1' }, finalizers: ['f/1'] } } },
    { why: 'everything', fields: full },
  ])('changes nothing, not even the time: $why', ({ fields }) => {
    const first = play(WIDGET, [apply('a', fields)]);
    const again = play(WIDGET, [apply('a', fields), apply('a', fields, { now: '2027-01-01T00:00:00Z' })]);
    expect(again.object).toEqual(first.object);
  });

  it('by another manager only adds an entry, without a time, since the object did not change', () => {
    const outcome = play(WIDGET, [apply('a', full), apply('b', spec({ name: 'n' }))]);
    expect(outcome.object?.metadata.managedFields).toContainEqual({
      manager: 'b',
      operation: 'Apply',
      apiVersion: 'example.dev/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:name': {} } },
    });
  });

  it('of a smaller configuration that removes nothing keeps the time', () => {
    const later = { now: '2027-01-01T00:00:00Z' };
    const outcome = play(WIDGET, [
      apply('a', spec({ name: 'n', size: 1 })),
      apply('b', spec({ size: 1 })),
      apply('a', spec({ name: 'n' }), later),
    ]);
    expect(outcome.object?.metadata.managedFields).toMatchObject([
      { manager: 'b' },
      { manager: 'a', time: '2026-01-01T00:00:00Z' },
    ]);
  });
});

describe('appliers and updaters', () => {
  it.each<Case>([
    {
      why: 'an update that changes an applied value takes it',
      steps: [apply('a', data({ x: '1', y: '1' })), update('u', data({ x: '2', y: '1' }))],
      fields: data({ x: '2', y: '1' }),
      owners: { a: ['.data.y'], 'u (update)': ['.data.x'] },
    },
    {
      why: 'an update that removes a key leaves it to nobody',
      steps: [apply('a', data({ x: '1', y: '1' })), update('u', data({ y: '1' }))],
      fields: data({ y: '1' }),
      owners: { a: ['.data.y'] },
    },
    {
      why: 'a key an updater added survives all applies',
      steps: [apply('a', data({ x: '1' })), update('u', data({ x: '1', z: '3' })), apply('a', data({ x: '2' }))],
      fields: data({ x: '2', z: '3' }),
      owners: { a: ['.data.x'], 'u (update)': ['.data.z'] },
    },
    {
      why: 'an applied field that an updater also owns stays when the applier drops it',
      steps: [update('u', data({ x: '1' })), apply('a', data({ x: '1' })), apply('a', {})],
      fields: data({ x: '1' }),
      owners: { 'u (update)': ['.data', '.data.x'] },
    },
    {
      why: 'objects nobody tracked belong to before-first-apply',
      steps: [store(data({ x: '1', y: '1' })), apply('a', data({ x: '2' }), forced)],
      fields: data({ x: '2', y: '1' }),
      owners: { a: ['.data.x'], 'before-first-apply (update)': ['.data', '.data.y'] },
    },
    {
      why: 'an equal first apply shares with before-first-apply',
      steps: [store(data({ x: '1' })), apply('a', data({ x: '1' }))],
      fields: data({ x: '1' }),
      owners: { a: ['.data.x'], 'before-first-apply (update)': ['.data', '.data.x'] },
    },
    {
      why: 'updates of an object nobody tracks stay untracked',
      steps: [store(data({ x: '1' })), update('u', data({ x: '2' }))],
      fields: data({ x: '2' }),
      owners: {},
    },
    {
      why: 'a client may reset all entries',
      steps: [apply('a', data({ x: '1' })), update('u', { metadata: { managedFields: [{}] }, ...data({ x: '1' }) })],
      fields: data({ x: '1' }),
      owners: {},
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(CONFIG_MAP, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

describe('duplicates in stored lists (only appliers are held to unique items)', () => {
  const tags = (...list: string[]): JsonObject => spec({ tags: list });
  it.each<Case>([
    {
      why: 'are owned as one item',
      steps: [update('u', tags('x', 'x', 'y'))],
      fields: tags('x', 'x', 'y'),
      owners: { 'u (update)': ['.spec', '.spec.tags', '.spec.tags[="x"]', '.spec.tags[="y"]'] },
    },
    {
      why: 'stay when an applier owns another item',
      steps: [update('u', tags('x', 'x')), apply('a', tags('y'))],
      fields: tags('x', 'x', 'y'),
      owners: { a: ['.spec.tags[="y"]'], 'u (update)': ['.spec', '.spec.tags', '.spec.tags[="x"]'] },
    },
    {
      why: 'collapse into the applied item',
      steps: [
        update('u', spec({ items: [item('1', { qty: 1 }), item('1', { qty: 2 })] })),
        apply('a', spec({ items: [item('1')] }), forced),
      ],
      fields: spec({ items: [item('1')] }),
      owners: {
        a: ['.spec.items[id="1"]', '.spec.items[id="1"].id'],
        'u (update)': ['.spec', '.spec.items'],
      },
    },
    {
      why: 'become a plain item again',
      steps: [update('u', tags('x', 'x')), update('v', tags('x'))],
      fields: tags('x'),
      owners: { 'u (update)': ['.spec', '.spec.tags'], 'v (update)': ['.spec.tags[="x"]'] },
    },
    {
      why: 'make the item theirs who doubled it',
      steps: [update('u', tags('x')), update('v', tags('x', 'x'))],
      fields: tags('x', 'x'),
      owners: { 'u (update)': ['.spec', '.spec.tags'], 'v (update)': ['.spec.tags[="x"]'] },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(WIDGET, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

describe('a schema that changed since ownership was recorded', () => {
  const changed = (field: string, node: SchemaNode): { schema: SchemaNode } => {
    const inner = widget.properties?.get('spec');
    const fields = Object.fromEntries([...(inner?.properties ?? []), [field, node] as const]);
    return {
      schema: struct({ ...Object.fromEntries(widget.properties ?? []), spec: struct(fields) }, { constraints: {} }),
    };
  };
  const atomicLabels = changed('labels', mapOf(string, { mapType: 'atomic' }));
  const granularOptions = changed('options', mapOf(string));
  const atomicItems = changed('items', { ...keyedList('id', struct({ id: string })), listType: 'atomic' });
  const granularRules = changed('rules', keyedList('path', struct({ path: string, weight: integer })));
  it.each<Case>([
    {
      why: 'granular to atomic map: its owners own it whole',
      steps: [apply('a', spec({ labels: { x: '1' } })), apply('b', spec({ size: 1 }), atomicLabels)],
      fields: spec({ labels: { x: '1' }, size: 1 }),
      owners: { a: ['.spec.labels'], b: ['.spec.size'] },
    },
    {
      why: 'granular to atomic map: two owners share it',
      steps: [
        apply('a', spec({ labels: { x: '1' } })),
        apply('b', spec({ labels: { y: '2' } })),
        apply('c', spec({ size: 1 }), atomicLabels),
      ],
      fields: spec({ labels: { x: '1', y: '2' }, size: 1 }),
      owners: { a: ['.spec.labels'], b: ['.spec.labels'], c: ['.spec.size'] },
    },
    {
      why: 'granular to atomic map: its owner replaces it whole from now on',
      steps: [apply('a', spec({ labels: { x: '1' } })), apply('a', spec({ labels: { y: '2' } }), atomicLabels)],
      fields: spec({ labels: { y: '2' } }),
      owners: { a: ['.spec.labels'] },
    },
    {
      why: 'granular to atomic list',
      steps: [apply('a', spec({ items: [item('1')] })), apply('b', spec({ size: 1 }), atomicItems)],
      fields: spec({ items: [item('1')], size: 1 }),
      owners: { a: ['.spec.items'], b: ['.spec.size'] },
    },
    {
      why: 'atomic to granular map: the owner keeps the map, keys are free',
      steps: [apply('a', spec({ options: { x: '1' } })), apply('b', spec({ options: { x: '2' } }), granularOptions)],
      fields: spec({ options: { x: '2' } }),
      owners: { a: ['.spec.options'], b: ['.spec.options.x'] },
    },
    {
      why: 'atomic to granular list: the owner keeps the list, items are free',
      steps: [
        apply('a', spec({ rules: [{ path: '/' }] })),
        apply('b', spec({ rules: [{ path: '/b' }] }), granularRules),
      ],
      fields: spec({ rules: [{ path: '/' }, { path: '/b' }] }),
      owners: { a: ['.spec.rules'], b: ['.spec.rules[path="/b"]', '.spec.rules[path="/b"].path'] },
    },
    {
      why: 'an update sees the new schema too',
      steps: [apply('a', spec({ labels: { x: '1' } })), update('u', spec({ labels: { x: '2' } }), atomicLabels)],
      fields: spec({ labels: { x: '2' } }),
      owners: { 'u (update)': ['.spec.labels'] },
    },
    {
      why: 'what did not change type stays as recorded',
      steps: [apply('a', spec({ tags: ['x'], labels: { x: '1' } })), apply('b', spec({ size: 1 }), granularOptions)],
      fields: spec({ tags: ['x'], labels: { x: '1' }, size: 1 }),
      owners: { a: ['.spec.labels.x', '.spec.tags[="x"]'], b: ['.spec.size'] },
    },
  ])('$why', ({ steps, fields, owners }) => {
    expect(summary(WIDGET, steps)).toEqual({ answer: 'applied', fields, owners });
  });
});

describe('handover from client-side apply (only to the manager kubectl)', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const lastApplied = (fields: JsonObject): JsonObject => ({
    annotations: {
      [annotation]: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, ...fields }),
    },
  });
  const before = update('kubectl-client-side-apply', {
    metadata: lastApplied(data({ x: '1' })),
    ...data({ x: '1', y: '1' }),
  });

  it('takes fields that still have the value applied from the client', () => {
    const outcome = play(CONFIG_MAP, [before, apply('kubectl', data({ x: '2' }))]);
    expect(outcome.answer).toBe('applied');
    expect(outcome.fields).toMatchObject(data({ x: '2', y: '1' }));
    expect(outcome.owners['kubectl']).toEqual(['.data.x']);
  });

  it('updates the annotation to the configuration applied now', () => {
    const outcome = play(CONFIG_MAP, [before, apply('kubectl', data({ x: '2' }))]);
    expect(outcome.object?.metadata.annotations?.[annotation]).toBe(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"x":"2"}}\n',
    );
  });

  it.each([
    { why: 'a field the client never applied', manager: 'kubectl', fields: data({ y: '2' }), refused: '.data.y' },
    { why: 'another manager', manager: 'helm', fields: data({ x: '2' }), refused: '.data.x' },
  ])('refuses $why', ({ manager, fields, refused }) => {
    expect(play(CONFIG_MAP, [before, apply(manager, fields)]).answer).toBe(
      `Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: ${refused}`,
    );
  });

  it('refuses a field that somebody has changed since', () => {
    const changed = update('edit', { metadata: lastApplied(data({ x: '1' })), ...data({ x: '5', y: '1' }) });
    expect(play(CONFIG_MAP, [before, changed, apply('kubectl', data({ x: '2' }))]).answer).toBe(
      'Apply failed with 1 conflict: conflict with "edit" using v1: .data.x',
    );
  });
});

describe('conflict texts', () => {
  it.each([
    {
      why: 'one field of one applier',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ x: '2' }))],
      answer: 'Apply failed with 1 conflict: conflict with "a": .data.x',
    },
    {
      why: 'one field of an updater names its version',
      steps: [update('u', data({ x: '1' })), apply('b', data({ x: '2' }))],
      answer: 'Apply failed with 1 conflict: conflict with "u" using v1: .data.x',
    },
    {
      why: 'several fields as a list',
      steps: [apply('a', data({ x: '1', y: '1' })), apply('b', data({ x: '2', y: '2' }))],
      answer: 'Apply failed with 2 conflicts: conflicts with "a":\n- .data.x\n- .data.y',
    },
    {
      why: 'several managers, sorted',
      steps: [apply('b', data({ y: '1' })), apply('a', data({ x: '1' })), apply('c', data({ x: '2', y: '2' }))],
      answer: 'Apply failed with 2 conflicts: conflicts with "a":\n- .data.x\nconflicts with "b":\n- .data.y',
    },
    {
      why: 'a field with two owners counts twice',
      steps: [apply('a', data({ x: '1' })), apply('b', data({ x: '1' })), apply('c', data({ x: '2' }))],
      answer: 'Apply failed with 2 conflicts: conflicts with "a":\n- .data.x\nconflicts with "b":\n- .data.x',
    },
    {
      why: 'a manager name with a quote',
      steps: [apply('a"b', data({ x: '1' })), apply('c', data({ x: '2' }))],
      answer: 'Apply failed with 1 conflict: conflict with "a\\"b": .data.x',
    },
  ])('$why', ({ steps, answer }) => {
    expect(play(CONFIG_MAP, steps).answer).toBe(answer);
  });

  it.each([
    {
      why: 'a subresource',
      steps: [update('scaler', spec({ replicas: 1 }), { subresource: 'scale' }), apply('a', spec({ replicas: 2 }))],
      answer:
        'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    },
    {
      why: 'a field inside a list item',
      steps: [
        apply('a', { spec: { template: { spec: { containers: [{ name: 'c', image: '1' }] } } } }),
        apply('b', { spec: { template: { spec: { containers: [{ name: 'c', image: '2' }] } } } }),
      ],
      answer: 'Apply failed with 1 conflict: conflict with "a": .spec.template.spec.containers[name="c"].image',
    },
    {
      why: 'an atomic field',
      steps: [
        apply('a', spec({ selector: { matchLabels: { x: '1' } } })),
        apply('b', spec({ selector: { matchLabels: { y: '1' } } })),
      ],
      answer: 'Apply failed with 1 conflict: conflict with "a": .spec.selector',
    },
  ])('$why', ({ steps, answer }) => {
    expect(play(DEPLOYMENT, steps).answer).toBe(answer);
  });

  it('leaves the object as it was', () => {
    const outcome = play(CONFIG_MAP, [apply('a', data({ x: '1' })), apply('b', data({ x: '2', y: '3' }))]);
    expect(outcome.fields).toEqual(data({ x: '1' }));
    expect(outcome.owners).toEqual({ a: ['.data.x'] });
  });
});

describe('configurations that are refused', () => {
  const failed = (problem: string): string =>
    `failed to create typed patch object (/x; example.dev/v1, Kind=Widget): ${problem}`;
  it.each([
    { why: 'an undeclared field', fields: { bogus: 1 }, problem: '.bogus: field not declared in schema' },
    {
      why: 'an undeclared field deep inside',
      fields: spec({ items: [item('1', { zap: 1 })] }),
      problem: '.spec.items[id="1"].zap: field not declared in schema',
    },
    {
      why: 'an undeclared field in an atomic struct',
      fields: spec({ place: { room: 'r' } }),
      problem: '.spec.place.room: field not declared in schema',
    },
    {
      why: 'an undeclared field in an atomic list',
      fields: spec({ rules: [{ x: 1 }] }),
      problem: '.spec.rules[0].x: field not declared in schema',
    },
    {
      why: 'a string for a number',
      fields: spec({ size: 'many' }),
      problem: '.spec.size: expected numeric (int or float), got string',
    },
    {
      why: 'an object for a number',
      fields: spec({ size: {} }),
      problem: '.spec.size: expected numeric (int or float), got map[string]interface {}',
    },
    {
      why: 'a number for a string',
      fields: spec({ name: 5 }),
      problem: '.spec.name: expected string, got &value.valueUnstructured{Value:5}',
    },
    {
      why: 'a boolean for a string in a map',
      fields: spec({ labels: { l: true } }),
      problem: '.spec.labels.l: expected string, got &value.valueUnstructured{Value:true}',
    },
    {
      why: 'a list for a map',
      fields: spec({ labels: ['a', 'b'] }),
      problem: '.spec.labels: expected map, got &{[a b]}',
    },
    { why: 'a string for a struct', fields: { spec: 'text' }, problem: '.spec: expected map, got &{text}' },
    {
      why: 'a map for a list',
      fields: spec({ tags: { a: 1 } }),
      problem: '.spec.tags: expected list, got &{map[a:1]}',
    },
    {
      why: 'an object for int-or-string',
      fields: spec({ port: { a: 1 } }),
      problem: '.spec.port: expected any scalar, got &{map[a:1]}',
    },
    {
      why: 'a repeated key',
      fields: spec({ items: [item('1'), item('1')] }),
      problem: '.spec.items: duplicate entries for key [id="1"]',
    },
    {
      why: 'a repeated set item',
      fields: spec({ tags: ['a', 'a'] }),
      problem: '.spec.tags: duplicate entries for key [="a"]',
    },
    {
      why: 'a scalar in a keyed list',
      fields: spec({ items: ['x'] }),
      problem: '.spec.items: element 0: associative list with keys may not have non-map elements',
    },
    {
      why: 'null in a keyed list',
      fields: spec({ items: [null] }),
      problem: '.spec.items: element 0: associative list with keys may not have a null element',
    },
    {
      why: 'an object in a set',
      fields: spec({ tags: [{}] }),
      problem: ".spec.tags: element 0: associative list without keys has an element that's a map type",
    },
    {
      why: 'several problems together',
      fields: { bogus: 1, spec: { size: 'x' } },
      problem:
        'errors:\n  .bogus: field not declared in schema\n  .spec.size: expected numeric (int or float), got string',
    },
  ])('$why', ({ fields, problem }) => {
    expect(play(WIDGET, [apply('a', fields)]).answer).toBe(failed(problem));
  });

  it('names namespace and group-version-kind of the configuration', () => {
    expect(play(CONFIG_MAP, [apply('a', { metadata: { namespace: 'ns' }, data: 5 })]).answer).toBe(
      'failed to create typed patch object (ns/x; /v1, Kind=ConfigMap): .data: expected map, got &{5}',
    );
  });

  it.each([
    { why: 'managedFields', fields: { metadata: { managedFields: [] } }, answer: 'metadata.managedFields must be nil' },
    { why: 'another kind', fields: { kind: 'Gadget' }, answer: 'invalid object type: example.dev/v1, Kind=Gadget' },
    { why: 'another version', fields: { apiVersion: 'v1' }, answer: 'invalid object type: /v1, Kind=Widget' },
    { why: 'no type at all', fields: { apiVersion: '', kind: '' }, answer: 'invalid object type: /, Kind=' },
  ])('$why', ({ fields, answer }) => {
    expect(play(WIDGET, [apply('a', spec({ size: 1 })), apply('a', fields)]).answer).toBe(answer);
  });

  it('a keyed item without its key is for validation to refuse', () => {
    expect(play(WIDGET, [apply('a', spec({ items: [{ qty: 1 }] }))]).answer).toBe('applied');
  });
});
