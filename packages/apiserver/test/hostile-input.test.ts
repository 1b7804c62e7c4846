import { describe, expect, it } from 'vitest';
import { serveTests } from './serve-tests.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const { client } = await serveTests();

const mapWith = (name: string, data: string): string =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":${data}}`;

describe('keys that JavaScript objects inherit', () => {
  it('are data like any other in a built-in kind', async () => {
    const data = '{"__proto__":"p","constructor":"c","toString":"t","hasOwnProperty":"h"}';
    const { status, body } = await client.create(maps, mapWith('inherited', data));
    expect(status).toBe(201);
    expect(new Map(Object.entries(body.data))).toEqual(new Map(Object.entries(JSON.parse(data))));
  });

  it('are fields with defaults in a custom resource', async () => {
    const fields = '{"__proto__":{"type":"string","default":"p"},"constructor":{"type":"string","default":"c"}}';
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'traps.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'traps', kind: 'Trap' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: JSON.parse(fields) } },
              },
            },
          },
        ],
      },
    };
    await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    const trap = { apiVersion: 'example.com/v1', kind: 'Trap', metadata: { name: 'one' }, spec: {} };
    const { body } = await client.create('/apis/example.com/v1/namespaces/default/traps', trap);
    expect(JSON.stringify(body.spec)).toContain('"constructor":"c"');
    expect(Object.hasOwn(body.spec, '__proto__')).toBe(true);
  });
});

describe('a document that nests too deep', () => {
  it.each([1_500, 5_000, 200_000])('is a bad request at %i levels', async (depth) => {
    const nested = '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
    const { status, body } = await client.create(maps, mapWith('deep', nested));
    expect([status, body.reason]).toEqual([400, 'BadRequest']);
    expect(body.message).toContain('exceeded max depth');
  });
});

describe('a JSON patch with many operations', () => {
  const additions = (count: number): unknown[] =>
    Array.from({ length: count }, (_, index) => ({ op: 'add', path: `/data/k${index}`, value: 'v' }));

  it('is refused above 10,000', async () => {
    await client.create(maps, mapWith('refused', '{"a":"b"}'));
    const answer = await client.send('PATCH', `${maps}/refused`, { body: additions(10_001), headers: jsonPatch });
    expect(answer.status).toBe(413);
    expect(answer.body.message).toBe('The allowed maximum operations in a JSON patch is 10000, got 10001');
  });

  it('costs time in proportion to its size', async () => {
    await client.create(maps, mapWith('many', '{"a":"b"}'));
    const answer = await client.send('PATCH', `${maps}/many`, { body: additions(10_000), headers: jsonPatch });
    expect(Object.keys(answer.body.data)).toHaveLength(10_001);
  });
});

describe('patterns that make other engines backtrack', () => {
  it('answer at once, in schemas and in rules', async () => {
    const code = { type: 'string', pattern: '^(a+)+$' };
    const rule = { rule: "self.code.matches('^(([a-z])+.)+[A-Z]([a-z])+$')", message: 'no match' };
    const spec = {
      type: 'object',
      properties: { code: { ...code, maxLength: 100 } },
      'x-kubernetes-validations': [rule],
    };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'pits.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'pits', kind: 'Pit' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
          },
        ],
      },
    };
    await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    const pit = (text: string): object => ({
      apiVersion: 'example.com/v1',
      kind: 'Pit',
      metadata: { name: 'one' },
      spec: { code: text },
    });
    const started = performance.now();
    const wrong = await client.create('/apis/example.com/v1/namespaces/default/pits', pit(`${'a'.repeat(60)}!`));
    const right = await client.create('/apis/example.com/v1/namespaces/default/pits', pit('a'.repeat(90)));
    expect(performance.now() - started).toBeLessThan(20_000);
    expect([wrong.status, wrong.body.message]).toEqual([422, expect.stringContaining("should match '^(a+)+$'")]);
    expect([right.status, right.body.message]).toEqual([422, expect.stringContaining('no match')]);
  });
});
