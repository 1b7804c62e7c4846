/**
 * The built-in API of Kubernetes 1.36: its resources, and their schemas compiled from the generated bundle on first use.
 *
 * Not here: the table of resources (`builtin-resource-table.ts`), the generated text (`gen/`), its grammar
 * (`compile-definition.ts`).
 */
import { builtinResourceTable, subresourceVerbs } from './builtin-resource-table.ts';
import { compileDefinition, type DefinitionText } from './compile-definition.ts';
import { definitionsText } from './gen/definitions.ts';
import type { ResourceInfo, SubresourceInfo } from './resource-info.ts';
import type { SchemaNode } from './schema-node.ts';

let resources: readonly ResourceInfo[] | undefined;
let definitions: ReadonlyMap<string, DefinitionText> | undefined;
const compiled = new Map<string, SchemaNode | undefined>();

/** Every resource of the 22 group-versions served by default, groups in discovery order. */
export function builtinResources(): readonly ResourceInfo[] {
  return (resources ??= readTable(builtinResourceTable));
}

/** The schema of a served kind, also of the kinds of subresources (`autoscaling/v1 Scale`). The same object each time. */
export function builtinSchema(group: string, version: string, kind: string): SchemaNode | undefined {
  return definitionSchema(`${packageOf(group, version)}.${kind}`);
}

/** The schema of any definition of the bundle by `package.Type`, such as `core.PodSpec` or `meta.ObjectMeta`. */
export function definitionSchema(name: string): SchemaNode | undefined {
  if (!compiled.has(name)) compiled.set(name, compileDefinition(name, findDefinition));
  return compiled.get(name);
}

/** Names of all definitions, `package.Type`, sorted. */
export function definitionNames(): readonly string[] {
  return [...readDefinitions().keys()];
}

/** The package of a group-version in definition names: `core` for v1, `apps`, `autoscaling/v2`. */
export function packageOf(group: string, version: string): string {
  const label = group === '' ? 'core' : (group.split('.')[0] ?? group);
  return version === 'v1' ? label : `${label}/${version}`;
}

function findDefinition(name: string): DefinitionText | undefined {
  return readDefinitions().get(name);
}

function readDefinitions(): ReadonlyMap<string, DefinitionText> {
  return (definitions ??= new Map(
    definitionsText.split('\n').map((line) => {
      const equals = line.indexOf('=');
      const atomic = line[equals - 1] === '~';
      const name = line.slice(0, atomic ? equals - 1 : equals);
      return [name, { name, atomic, fields: line.slice(equals + 1) }];
    }),
  ));
}

function readTable(table: string): readonly ResourceInfo[] {
  const found: ResourceInfo[] = [];
  let group = '';
  let version = 'v1';
  for (const line of table.trim().split('\n')) {
    if (line.startsWith('= ')) [group, version] = splitGroupVersion(line.slice(2));
    else found.push(readRow(line, group, version));
  }
  return Object.freeze(found);
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function readRow(line: string, group: string, version: string): ResourceInfo {
  const [plural = '', kind = '', scope, verbs, ...rest] = line.split(' ');
  const list = (key: string): string[] =>
    rest
      .find((word) => word.startsWith(`${key}=`))
      ?.slice(key.length + 1)
      .split(',') ?? [];
  const subresources = rest.filter((word) => word.startsWith('/')).map((word) => readSubresource(word, kind));
  return Object.freeze({
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: list('short'),
    categories: list('cat'),
    namespaced: scope === 'N',
    verbs: readVerbs(verbs ?? '', rest),
    subresources,
    hasStatus: subresources.some(({ name }) => name === 'status'),
  });
}

function readVerbs(word: string, rest: readonly string[]): readonly string[] {
  if (word === 'review') return ['create'];
  if (word === 'read') return ['get', 'list'];
  return allVerbs.filter((verb) => !rest.includes(`-${verb}`));
}

function readSubresource(word: string, parentKind: string): SubresourceInfo {
  const [name = '', verbs = '', target] = word.slice(1).split(':');
  const slash = target?.lastIndexOf('/') ?? -1;
  const [group, version] = target === undefined ? [undefined, undefined] : splitGroupVersion(target.slice(0, slash));
  return {
    name,
    // discovery names a group-version only where it differs from the parent's, and the core group not at all
    group: group === '' ? undefined : group,
    version: group === '' ? undefined : version,
    kind: target?.slice(slash + 1) ?? parentKind,
    verbs: subresourceVerbs[verbs] ?? [],
  };
}

function splitGroupVersion(text: string): [group: string, version: string] {
  const slash = text.indexOf('/');
  return slash < 0 ? ['', text] : [text.slice(0, slash), text.slice(slash + 1)];
}
