/**
 * The Kubernetes API as `@kubernetes/client-node` describes it: models with their fields, and kinds with their
 * place in the API. The generators of types, kind table and server schemas all read it through this file.
 *
 * Not here: what the package does not know (enumerations, merge keys, quantities); see `field-knowledge.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('./gen/', import.meta.resolve('@kubernetes/client-node'));

/** One field of a model. `type` is client-node's spelling: `Array<V1Container>`, `{ [key: string]: string; }`, `Date`. */
export interface ModelField {
  /** Name on the wire, also where the JavaScript name differs (`_from` is `from`). */
  readonly name: string;
  readonly type: string;
  /** `int32`, `int64`, `double`, `byte`, `date-time`, or empty. */
  readonly format: string;
  readonly required: boolean;
}

/** A model: its class name in client-node (`V1Deployment`) and its fields in alphabetical order. */
export interface Model {
  readonly name: string;
  readonly fields: readonly ModelField[];
}

/** A kind the API serves, at one group and version. */
export interface ModelKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Class name of the root model. */
  readonly model: string;
  /** True for kinds that can only be created, such as reviews. */
  readonly createOnly: boolean;
}

/** `X.Y` of the Kubernetes release the models come from. */
export function kubernetesVersion(): string {
  const found = /OpenAPI spec version: release-(\d+\.\d+)/.exec(read('models/V1Pod.d.ts'));
  if (found?.[1] === undefined) throw new Error('models/V1Pod.d.ts no longer states its OpenAPI spec version');
  return found[1];
}

/** All live models by name: the exports of `all`, never the leftovers of old releases in the same folder. */
export async function readModels(): Promise<ReadonlyMap<string, Model>> {
  const names = [...read('models/all.d.ts').matchAll(/'\.\.\/models\/(\w+)\.js'/g)].map(([, name = '']) => name);
  const models = new Map<string, Model>();
  for (const name of names.toSorted()) {
    const module = (await import(new URL(`models/${name}.js`, root).href)) as Record<string, ModelClass>;
    const attributes = module[name]?.attributeTypeMap;
    if (attributes === undefined) continue;
    const optional = new Set(
      [...read(`models/${name}.d.ts`).matchAll(/^ {4}'([^']+)'\?:/gm)].map(([, field]) => field),
    );
    const fields = attributes.map((attribute) => ({
      name: attribute.baseName,
      type: attribute.type,
      format: attribute.format,
      required: !optional.has(attribute.name),
    }));
    models.set(name, { name, fields: fields.toSorted((a, b) => (a.name < b.name ? -1 : 1)) });
  }
  return models;
}

/** All kinds, ordered by group, version and kind. */
export function readKinds(): readonly ModelKind[] {
  const live = new Set(
    [...read('types/PromiseAPI.d.ts').matchAll(/^export declare class Promise(\w+Api) /gm)].map(([, name]) => name),
  );
  const kinds = new Map<string, ModelKind>();
  for (const file of readdirSync(new URL('apis/', root))) {
    if (!file.endsWith('Api.js') || !live.has(file.slice(0, -3))) continue;
    for (const kind of kindsOfApi(read(`apis/${file}`))) {
      const key = `${kind.group}/${kind.version}/${kind.kind}`;
      const known = kinds.get(key);
      if (known === undefined || (known.createOnly && !kind.createOnly)) kinds.set(key, kind);
    }
  }
  return [...kinds.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

interface ModelClass {
  readonly attributeTypeMap?: readonly { name: string; baseName: string; type: string; format: string }[];
}

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** `read*` operations name every stored kind; `create*` adds kinds that have no read, such as reviews. */
function kindsOfApi(source: string): ModelKind[] {
  const paths = new Map<string, string>();
  for (const [, method = '', path = ''] of source.matchAll(
    /async ((?:read|create)\w+)\([^)]*_options\) \{[\s\S]*?localVarPath = '([^']+)'/g,
  )) {
    paths.set(method, path);
  }
  const kinds: ModelKind[] = [];
  for (const [, method = '', model = ''] of source.matchAll(
    /async ((?:read|create)\w+)WithHttpInfo\(response\) \{[\s\S]*?contentType\), "(\w+)"/g,
  )) {
    const kind = kindAt(paths.get(method) ?? '', model, method.startsWith('create'));
    if (kind) kinds.push(kind);
  }
  return kinds;
}

function kindAt(path: string, model: string, created: boolean): ModelKind | undefined {
  const found = /^\/(?:api|apis\/([^/]+))\/(v\d\w*)\/(namespaces\/\{namespace\}\/)?([a-z]+)(\/\{name\})?$/.exec(path);
  if (!found) return undefined;
  const [, group = '', version = '', namespace, plural = '', item] = found;
  if (created === (item !== undefined)) return undefined;
  const kind = new RegExp(`^\\w*?${version[0]?.toUpperCase()}${version.slice(1)}(\\w+)$`).exec(model)?.[1];
  if (kind === undefined || !/^[A-Z]/.test(kind)) return undefined;
  return { group, version, kind, plural, namespaced: namespace !== undefined, model, createOnly: created };
}
