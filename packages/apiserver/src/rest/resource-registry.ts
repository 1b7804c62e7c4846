/**
 * Which resources are served right now: the built-in kinds, and those of established CustomResourceDefinitions.
 * Discovery and OpenAPI recompute when `generation` has changed.
 */
import type { ResourceInfo } from '../schema/resource-info.ts';
import type { ServedResource } from './served-resource.ts';

export class ResourceRegistry {
  readonly #builtin = new Map<string, ServedResource>();
  /** By CRD name. */
  readonly #custom = new Map<string, readonly ServedResource[]>();
  #lookup = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, ServedResource>();
  readonly #byName = new Map<string, ServedResource>();
  #groupVersions = new Set<string>();
  #generation = 0;

  constructor(builtin: readonly ServedResource[]) {
    for (const served of builtin) this.#builtin.set(keyOf(served.info), served);
    this.#rebuild();
  }

  get generation(): number {
    return this.#generation;
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#lookup.get(`${group}/${version}/${plural}`);
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.#groupVersions.has(`${group}/${version}`);
  }

  hasGroup(group: string): boolean {
    for (const served of this.#lookup.values()) if (served.info.group === group) return true;
    return false;
  }

  /** By kind, for whoever knows only an object's apiVersion and kind. */
  findKind(groupVersion: string, kind: string): ServedResource | undefined {
    return this.#byKind.get(`${groupVersion} ${kind}`);
  }

  /** Any served version of `resource.group`, the first in discovery order. */
  findQualified(qualifiedName: string): ServedResource | undefined {
    return this.#byName.get(qualifiedName);
  }

  /** A resource that is always there. */
  builtin(qualifiedName: string): ServedResource {
    const served = this.#byName.get(qualifiedName);
    if (served === undefined) throw new TypeError(`${qualifiedName} is not a built-in resource`);
    return served;
  }

  all(): IterableIterator<ServedResource> {
    return this.#lookup.values();
  }

  custom(crdName: string): readonly ServedResource[] {
    return this.#custom.get(crdName) ?? [];
  }

  setCustom(crdName: string, served: readonly ServedResource[]): void {
    if (served.length === 0 && !this.#custom.has(crdName)) return;
    if (served.length === 0) this.#custom.delete(crdName);
    else this.#custom.set(crdName, served);
    this.#rebuild();
  }

  #rebuild(): void {
    this.#lookup = new Map(this.#builtin);
    for (const versions of this.#custom.values()) {
      for (const served of versions) this.#lookup.set(keyOf(served.info), served);
    }
    this.#byKind.clear();
    this.#byName.clear();
    for (const served of this.#lookup.values()) {
      this.#byKind.set(`${served.groupVersion} ${served.info.kind}`, served);
      if (!this.#byName.has(served.qualifiedName)) this.#byName.set(served.qualifiedName, served);
    }
    this.#groupVersions = new Set([...this.#lookup.values()].map(({ info }) => `${info.group}/${info.version}`));
    this.#generation++;
  }
}

function keyOf(info: ResourceInfo): string {
  return `${info.group}/${info.version}/${info.plural}`;
}
