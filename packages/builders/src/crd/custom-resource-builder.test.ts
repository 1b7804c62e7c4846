import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { customResource } from './custom-resource.ts';

const WebApp = customResource({
  group: 'example.com',
  version: 'v1',
  kind: 'WebApp',
  spec: Type.Object({ image: Type.String(), replicas: Type.Integer({ minimum: 0 }) }),
});

describe('the builder of a custom resource', () => {
  it('builds a whole object, with the metadata calls of every builder', () => {
    const shop = WebApp.builder('shop').namespace('prod').label('team', 'a').spec({ image: 'shop:2', replicas: 3 });
    expect(shop.toJSON()).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'WebApp',
      metadata: { name: 'shop', namespace: 'prod', labels: { team: 'a' } },
      spec: { image: 'shop:2', replicas: 3 },
    });
  });

  it('leaves its receiver as it was, and its input too', () => {
    const spec = { image: 'a', replicas: 1 };
    const first = WebApp.builder('a').spec(spec);
    const second = first.spec({ image: 'b', replicas: 2 });
    spec.image = 'changed';
    expect([first.toJSON().spec.image, second.toJSON().spec.image]).toEqual(['a', 'b']);
  });

  it('takes the escape hatches', () => {
    const scaled = WebApp.builder('a').spec({ image: 'a', replicas: 1 }).set('spec.replicas', 9);
    expect(scaled.toJSON().spec.replicas).toBe(9);
  });

  it('refuses a namespace for a cluster-scoped kind', () => {
    const Zone = customResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Zone',
      scope: 'Cluster',
      spec: Type.Object({}),
    });
    expect(() => Zone.builder('z').namespace('prod').spec({}).toJSON()).toThrow('cluster-scoped');
  });

  it('leaves the meaning of names in its spec to the schema, and holds metadata to its types', () => {
    const Odd = customResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Odd',
      plural: 'odds',
      spec: Type.Object({
        image: Type.Integer(),
        replicas: Type.Union([Type.String(), Type.Null()]),
        args: Type.Boolean(),
      }),
    });
    const spec = { image: 1, replicas: null, args: true };
    expect(Odd.builder('o').spec(spec).toJSON().spec).toEqual(spec);
    expect(() =>
      Odd.builder('o')
        .label('a', 1 as unknown as string)
        .spec(spec)
        .toJSON(),
    ).toThrow('metadata.labels[a]  TYPE');
  });

  it('says what is missing, to the compiler and at run time', () => {
    const incomplete = WebApp.builder('bad_name');
    // @ts-expect-error '.spec()' is missing
    const missing: never = incomplete['~missing'];
    expect(missing).toBeUndefined();
    expect(() => incomplete.toJSON()).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining([
          expect.objectContaining({ code: 'MISSING_CALL', path: 'spec' }),
          expect.objectContaining({ code: 'NAME' }),
        ]),
      }),
    );
  });
});
