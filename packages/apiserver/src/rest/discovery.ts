/** What is served, in the legacy and the aggregated form; computed anew only after the registry has changed. */
import { createHash } from 'node:crypto';
import { compareVersionPriority } from '../schema/kube-version.ts';
import type { ResourceInfo, SubresourceInfo } from '../schema/resource-info.ts';
import type { JsonObject } from '../store/kube-object.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { type ServedResource, storageGroup } from './served-resource.ts';

export interface EncodedDiscovery {
  readonly body: string;
  readonly etag: string;
}

export class Discovery {
  readonly #registry: ResourceRegistry;
  readonly #cache = new Map<string, EncodedDiscovery>();
  #generation = -1;

  constructor(registry: ResourceRegistry) {
    this.#registry = registry;
  }

  /** `/apis` as APIGroupList. */
  groupList(): EncodedDiscovery {
    return this.#cached('groups', () => ({
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [...this.#groups()].map(([name, versions]) => groupOf(name, versions)),
    }));
  }

  /** `/apis/GROUP`, or `undefined` when nothing of it is served. */
  group(name: string): EncodedDiscovery | undefined {
    const versions = this.#groups().get(name);
    if (versions === undefined) return undefined;
    return this.#cached(`group ${name}`, () => ({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name, versions) }));
  }

  /** `/api/v1` and `/apis/GROUP/VERSION`. */
  resources(group: string, version: string): EncodedDiscovery | undefined {
    const served = this.#ofVersion(group, version);
    if (served.length === 0) return undefined;
    return this.#cached(`resources ${group}/${version}`, () => ({
      kind: 'APIResourceList',
      ...(group === '' ? {} : { apiVersion: 'v1' }),
      groupVersion: group === '' ? version : `${group}/${version}`,
      resources: served.flatMap((resource) => legacyEntries(resource)),
    }));
  }

  /** All groups (or the core one) with all resources in one answer, apidiscovery.k8s.io/v2 or v2beta1. */
  aggregated(core: boolean, apiVersion: 'v2' | 'v2beta1'): EncodedDiscovery {
    return this.#cached(`aggregated ${core} ${apiVersion}`, () => ({
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${apiVersion}`,
      metadata: {},
      items: core
        ? [this.#aggregatedGroup('', ['v1'])]
        : [...this.#groups()].map(([name, versions]) => this.#aggregatedGroup(name, versions)),
    }));
  }

  #aggregatedGroup(group: string, versions: readonly string[]): JsonObject {
    return {
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((version) => ({
        version,
        resources: this.#ofVersion(group, version).map(({ info }) => aggregatedEntry(info)),
        freshness: 'Current',
      })),
    };
  }

  #ofVersion(group: string, version: string): ServedResource[] {
    const found = [...this.#registry.all()].filter(({ info }) => info.group === group && info.version === version);
    return found.sort((a, b) => (a.info.plural < b.info.plural ? -1 : 1));
  }

  /** Named groups in the order of the registry, each with its versions, most preferred first. */
  #groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const { info } of this.#registry.all()) {
      if (info.group === '') continue;
      const versions = groups.get(info.group) ?? [];
      if (!versions.includes(info.version)) versions.push(info.version);
      groups.set(info.group, versions);
    }
    for (const versions of groups.values()) versions.sort(compareVersionPriority);
    return groups;
  }

  #cached(key: string, build: () => JsonObject): EncodedDiscovery {
    if (this.#generation !== this.#registry.generation) {
      this.#cache.clear();
      this.#generation = this.#registry.generation;
    }
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const body = JSON.stringify(build());
    const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
    const encoded = { body, etag };
    this.#cache.set(key, encoded);
    return encoded;
  }
}

function groupOf(name: string, versions: readonly string[]): JsonObject {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] ?? {} };
}

function legacyEntries(served: ServedResource): JsonObject[] {
  const { info } = served;
  const main: JsonObject = {
    name: info.plural,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: [...info.verbs],
    ...namesOf(info),
  };
  if (info.verbs.includes('list') && info.verbs.includes('create')) main['storageVersionHash'] = storageHash(served);
  return [main, ...info.subresources.map((sub) => legacySubresource(info, sub))];
}

function legacySubresource(info: ResourceInfo, sub: SubresourceInfo): JsonObject {
  return {
    name: `${info.plural}/${sub.name}`,
    singularName: '',
    namespaced: info.namespaced,
    ...(sub.group === undefined ? {} : { group: sub.group }),
    ...(sub.version === undefined ? {} : { version: sub.version }),
    kind: sub.kind,
    verbs: [...sub.verbs],
  };
}

function aggregatedEntry(info: ResourceInfo): JsonObject {
  const entry: JsonObject = {
    resource: info.plural,
    responseKind: { group: '', version: '', kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: [...info.verbs],
    ...namesOf(info),
  };
  if (info.subresources.length > 0) {
    entry['subresources'] = info.subresources.map((sub) => ({
      subresource: sub.name,
      responseKind: { group: sub.group ?? '', version: sub.version ?? '', kind: sub.kind },
      verbs: [...sub.verbs],
    }));
  }
  return entry;
}

function namesOf(info: ResourceInfo): JsonObject {
  return {
    ...(info.shortNames.length === 0 ? {} : { shortNames: [...info.shortNames] }),
    ...(info.categories.length === 0 ? {} : { categories: [...info.categories] }),
  };
}

/** kube-apiserver still stores these kinds in a beta version; the hash says so. */
const betaStorage = new Set([
  'customresourcedefinitions.apiextensions.k8s.io',
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
]);

function storageHash(served: ServedResource): string {
  const { kind } = served.info;
  const slash = served.storageVersion.indexOf('/');
  const group = storageGroup(served);
  const version = betaStorage.has(served.qualifiedName) ? 'v1beta1' : served.storageVersion.slice(slash + 1);
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
