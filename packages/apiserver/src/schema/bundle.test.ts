import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtinResources, builtinSchema, definitionNames, definitionSchema } from './bundle.ts';
import type { SchemaNode } from './schema-node.ts';

function at(node: SchemaNode | undefined, ...path: string[]): SchemaNode | undefined {
  return path.reduce((found, step) => (step === '[]' ? found?.items : found?.properties?.get(step)), node);
}

describe('built-in resources', () => {
  it('cover 22 group-versions', () => {
    expect(new Set(builtinResources().map(({ group, version }) => `${group}/${version}`)).size).toBe(22);
  });

  it.each([
    { plural: 'pods', kind: 'Pod', shortNames: ['po'], categories: ['all'], namespaced: true, hasStatus: true },
    { plural: 'endpoints', kind: 'Endpoints', shortNames: ['ep'], categories: [], namespaced: true, hasStatus: false },
    { plural: 'namespaces', kind: 'Namespace', shortNames: ['ns'], categories: [], namespaced: false, hasStatus: true },
  ])('know $plural', (expected) => {
    expect(builtinResources().find(({ plural }) => plural === expected.plural)).toMatchObject(expected);
  });

  it('cannot delete all namespaces at once', () => {
    expect(builtinResources().find(({ plural }) => plural === 'namespaces')?.verbs).not.toContain('deletecollection');
  });

  it('scale through autoscaling/v1', () => {
    const deployments = builtinResources().find(({ plural }) => plural === 'deployments');
    expect(deployments?.subresources.find(({ name }) => name === 'scale')).toEqual({
      name: 'scale',
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it.each(builtinResources().map((info) => [`${info.group}/${info.version} ${info.kind}`, info] as const))(
    'have a schema: %s',
    (_name, { group, version, kind }) => {
      expect(builtinSchema(group, version, kind)?.properties?.has('metadata')).toBe(true);
    },
  );
});

describe('built-in schemas', () => {
  const deployment = builtinSchema('apps', 'v1', 'Deployment');
  const podSpec = at(deployment, 'spec', 'template', 'spec');

  it('are compiled once', () => {
    expect(builtinSchema('apps', 'v1', 'Deployment')).toBe(deployment);
  });

  it.each([
    { path: ['containers'], listType: 'map', listMapKeys: ['name'], patchMergeKey: undefined },
    {
      path: ['containers', '[]', 'ports'],
      listType: 'map',
      listMapKeys: ['containerPort', 'protocol'],
      patchMergeKey: 'containerPort',
    },
    { path: ['tolerations'], listType: 'atomic', listMapKeys: [], patchMergeKey: undefined },
  ])('carry merge keys at $path', ({ path, ...expected }) => {
    expect(at(podSpec, ...path)).toMatchObject(expected);
  });

  it.each([
    { path: ['replicas'], type: 'integer', format: 'int32', emission: undefined },
    { path: ['paused'], type: 'boolean', format: undefined, emission: 'omit-zero' },
    { path: ['strategy'], type: 'object', emission: 'write-zero', patchStrategy: 'retainKeys' },
    { path: ['strategy', 'rollingUpdate', 'maxSurge'], intOrString: true },
    { path: ['selector'], mapType: 'atomic', typeName: 'meta.LabelSelector' },
  ])('type spec.$path', ({ path, ...expected }) => {
    expect(at(deployment, 'spec', ...path)).toMatchObject(expected);
  });

  it('find the type of recursive definitions', () => {
    const schema = definitionSchema('apiextensions.JSONSchemaProps');
    expect(at(schema, 'not', 'not')?.typeName).toBe('apiextensions.JSONSchemaProps');
  });

  it('give an unknown kind nothing', () => {
    expect(builtinSchema('apps', 'v1', 'Gadget')).toBeUndefined();
    expect(builtinSchema('apps', 'v1beta1', 'Deployment')).toBeUndefined();
  });

  it('hold 59 associative lists, 16 sets, 33 map and struct markers and 41 quantities', () => {
    expect(markerCounts()).toEqual({ maps: 59, sets: 16, markers: 33, quantities: 41 });
  });
});

function markerCounts(): Record<string, number> {
  const fields = definitionNames().flatMap((name) => [...(definitionSchema(name)?.properties?.values() ?? [])]);
  const atomicTypes = definitionNames().filter((name) => definitionSchema(name)?.mapType === 'atomic');
  const atomicMaps = fields.filter((node) => node.mapType === 'atomic' && node.typeName === undefined);
  const granular = 2; // claimRef and allocatedResourceStatuses are marked, though granular
  const isQuantity = (node: SchemaNode | undefined): boolean => node?.format === 'quantity';
  return {
    maps: fields.filter(({ listType }) => listType === 'map').length,
    sets: fields.filter(({ listType }) => listType === 'set').length,
    markers: atomicTypes.length + atomicMaps.length + granular,
    quantities: fields.filter((n) => isQuantity(n) || isQuantity(n.additionalProperties) || isQuantity(n.items)).length,
  };
}

const recordings = new URL('../../../../../shared/conformance/kube-apiserver-1.36.2/', import.meta.url);

/** Aggregated discovery of a real server, where the recordings lie beside the project. */
function recordedDiscovery(): unknown[] {
  return ['047-aggregated-api', '048-aggregated-apis'].flatMap((name) => {
    const text = readFileSync(new URL(`${name}.json`, recordings), 'utf8');
    return (JSON.parse(text) as { response: { body: { items: unknown[] } } }).response.body.items;
  });
}

describe.runIf(existsSync(recordings))('compared with a recorded server (runs where recordings are present)', () => {
  it('shows the same resources in the same order', () => {
    expect(ourDiscovery()).toEqual(recordedDiscovery().map((item) => withoutTimestamp(item)));
  });
});

function ourDiscovery(): unknown[] {
  const groups = Map.groupBy(builtinResources(), ({ group }) => group);
  return [...groups].map(([name, members]) => {
    const versions = [...Map.groupBy(members, ({ version }) => version)];
    return dropEmptyLists({
      metadata: name === '' ? {} : { name },
      versions: versions.map(([version, infos]) => ({
        version,
        resources: infos.map(asDiscovery),
        freshness: 'Current',
      })),
    });
  });
}

function asDiscovery(info: ReturnType<typeof builtinResources>[number]): unknown {
  return {
    resource: info.plural,
    responseKind: { group: '', version: '', kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: info.verbs,
    shortNames: info.shortNames,
    categories: info.categories,
    subresources: info.subresources.map((sub) => ({
      subresource: sub.name,
      responseKind: { group: sub.group ?? '', version: sub.version ?? '', kind: sub.kind },
      verbs: sub.verbs,
    })),
  };
}

/** Empty lists are absent from discovery documents. */
function dropEmptyLists(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, member) => (Array.isArray(member) && member.length === 0 ? undefined : member)),
  );
}

function withoutTimestamp(item: unknown): unknown {
  return JSON.parse(JSON.stringify(item, (key, member) => (key === 'creationTimestamp' ? undefined : member)));
}
