import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../store/kube-object.ts';
import { metadata, string, struct } from './fixture-schemas.ts';
import { apply, CONFIG_MAP, DEPLOYMENT, play, update, WIDGET } from './fixture-story.ts';

const data = (values: JsonObject): JsonObject => ({ data: values });
const at = (hour: number): { now: string } => ({ now: `2026-01-01T0${hour}:00:00Z` });

describe('ownership after creates and updates', () => {
  it('a create owns everything it wrote, maps included', () => {
    expect(play(CONFIG_MAP, [update('u', { metadata: { labels: { l: '1' } }, ...data({ k: '1' }) })]).owners).toEqual({
      'u (update)': ['.data', '.data.k', '.metadata.labels', '.metadata.labels.l'],
    });
  });

  it('structs of built-in kinds are always there, so nobody owns them', () => {
    const containers = [{ name: 'c', resources: { limits: { cpu: '1' } } }];
    const spec = {
      strategy: { rollingUpdate: { maxSurge: 1 } },
      template: { spec: { containers, securityContext: {} } },
    };
    expect(play(DEPLOYMENT, [update('u', { spec })]).object?.metadata.managedFields).toEqual([
      {
        manager: 'u',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} } },
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"c"}': {
                    '.': {},
                    'f:name': {},
                    'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {} } },
                  },
                },
                'f:securityContext': {},
              },
            },
          },
        },
      },
    ]);
  });

  it('text that an Event always has is not owned while it is empty', () => {
    const fields = { reason: string, reportingComponent: string };
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      schema: struct({ apiVersion: string, kind: string, metadata, ...fields }),
    };
    expect(play(event, [update('u', { reason: 'R', reportingComponent: '' })]).owners).toEqual({
      'u (update)': ['.reason'],
    });
    expect(play(event, [update('u', { reason: 'R', reportingComponent: 'c' })]).owners).toEqual({
      'u (update)': ['.reason', '.reportingComponent'],
    });
  });

  it('structs of custom resources are owned by who wrote them first', () => {
    const steps = [update('u', { spec: { size: 1 } }), update('v', { spec: { size: 1, name: 'n' } })];
    expect(play(WIDGET, steps).owners).toEqual({ 'u (update)': ['.spec', '.spec.size'], 'v (update)': ['.spec.name'] });
  });

  it('an update owns what it added or changed, and adds to what it owned', () => {
    const steps = [
      update('u', data({ a: '1', b: '1' })),
      update('v', data({ a: '2', b: '1' })),
      update('v', data({ a: '2', b: '1', c: '1' })),
    ];
    expect(play(CONFIG_MAP, steps).owners).toEqual({
      'u (update)': ['.data', '.data.b'],
      'v (update)': ['.data.a', '.data.c'],
    });
  });

  it('an update that removes a map takes it from all owners', () => {
    expect(
      play(CONFIG_MAP, [update('u', data({ a: '1' })), apply('a', data({ b: '1' })), update('v', {})]).owners,
    ).toEqual({});
  });

  it('one name in two versions is two updaters', () => {
    const steps = [
      update('u', { spec: { size: 1 } }),
      update('u', { spec: { size: 1, name: 'n' } }, { apiVersion: 'example.dev/v2' }),
    ];
    const entries = play(WIDGET, steps).object?.metadata.managedFields;
    expect(entries).toMatchObject([{ apiVersion: 'example.dev/v1' }, { apiVersion: 'example.dev/v2' }]);
  });

  it('takes edited entries from the client, but not through a subresource', () => {
    const edited = [
      {
        manager: 'me',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:k': {} } },
      },
    ];
    const change = { metadata: { managedFields: edited }, ...data({ k: '1' }) };
    expect(play(CONFIG_MAP, [update('u', data({ k: '1' })), update('u', change)]).owners).toEqual({ me: ['.data.k'] });
    expect(
      play(CONFIG_MAP, [update('u', data({ k: '1' })), update('u', change, { subresource: 'status' })]).owners,
    ).toEqual({
      'u (update)': ['.data', '.data.k'],
    });
  });

  it.each([
    {
      why: 'an unknown operation',
      entry: { manager: 'm', operation: 'Zap', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} },
    },
    { why: 'no apiVersion', entry: { manager: 'm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: {} } },
    { why: 'no fieldsType', entry: { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsV1: {} } },
    {
      why: 'broken fields',
      entry: { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { x: 1 } },
    },
  ])('keeps the stored entries when a client sends $why', ({ entry }) => {
    const change = { metadata: { managedFields: [entry] }, ...data({ k: '1' }) };
    expect(play(CONFIG_MAP, [update('u', data({ k: '1' })), update('u', change)]).owners).toEqual({
      'u (update)': ['.data', '.data.k'],
    });
  });
});

describe('times and order of entries', () => {
  it('an update that changes nothing returns the entries themselves', () => {
    const first = play(CONFIG_MAP, [update('u', data({ k: '1' }), at(1))]);
    const again = play(CONFIG_MAP, [update('u', data({ k: '1' }), at(1)), update('v', data({ k: '1' }), at(2))]);
    expect(again.object).toEqual(first.object);
  });

  it('only the writer gets the time of the write', () => {
    const steps = [update('u', data({ a: '1', b: '1' }), at(1)), update('v', data({ a: '2', b: '1' }), at(2))];
    expect(play(CONFIG_MAP, steps).object?.metadata.managedFields).toMatchObject([
      { manager: 'u', time: at(1).now },
      { manager: 'v', time: at(2).now },
    ]);
  });

  it('a write that only removes keeps the time of the writer', () => {
    const steps = [update('u', data({ a: '1', b: '1' }), at(1)), update('u', data({ a: '1' }), at(2))];
    expect(play(CONFIG_MAP, steps).object?.metadata.managedFields).toMatchObject([{ manager: 'u', time: at(1).now }]);
  });

  it('a write through /scale carries no time', () => {
    const steps = [
      update('u', { spec: { replicas: 1 } }),
      update('s', { spec: { replicas: 2 } }, { subresource: 'scale' }),
    ];
    expect(play(DEPLOYMENT, steps).object?.metadata.managedFields).toEqual([
      {
        manager: 's',
        operation: 'Update',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        subresource: 'scale',
      },
    ]);
  });

  it('appliers come first, then the older, then by name', () => {
    const steps = [
      update('z', data({ a: '1' }), at(1)),
      update('y', data({ a: '1', b: '1' }), at(1)),
      update('x', data({ a: '1', b: '1', c: '1' }), at(2)),
      apply('w', data({ d: '1' }), at(3)),
      apply('v', data({ e: '1' }), at(3)),
    ];
    const names = play(CONFIG_MAP, steps).object?.metadata.managedFields?.map(
      (entry) => (entry as JsonObject)['manager'],
    );
    expect(names).toEqual(['v', 'w', 'y', 'z', 'x']);
  });
});

describe('more than ten updaters', () => {
  const writers = (count: number): JsonObject =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${String(index).padStart(2, '0')}`, '1']));
  const writes = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      update(`m${String(index).padStart(2, '0')}`, data(writers(index + 1)), {
        now: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
      }),
    );

  it('ten stay as they are', () => {
    expect(Object.keys(play(CONFIG_MAP, writes(10)).owners)).toHaveLength(10);
  });

  it('the eleventh merges the two oldest into ancient-changes', () => {
    const { owners } = play(CONFIG_MAP, writes(11));
    expect(Object.keys(owners)).toHaveLength(10);
    expect(owners['ancient-changes (update)']).toEqual(['.data', '.data.k00', '.data.k01']);
  });

  it('later ones go on merging into it, and it carries the time of the youngest', () => {
    const { owners, object } = play(CONFIG_MAP, writes(14));
    expect(owners['ancient-changes (update)']).toEqual([
      '.data',
      '.data.k00',
      '.data.k01',
      '.data.k02',
      '.data.k03',
      '.data.k04',
    ]);
    expect(object?.metadata.managedFields?.[0]).toMatchObject({
      manager: 'ancient-changes',
      time: '2026-01-01T00:00:04Z',
    });
  });

  it('appliers do not count', () => {
    const { owners } = play(CONFIG_MAP, [...writes(10), apply('a', data({ a: '1' })), apply('b', data({ b: '1' }))]);
    expect(Object.keys(owners)).toHaveLength(12);
  });
});
