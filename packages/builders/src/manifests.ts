/**
 * Bundles: builders and plain objects that belong together, in installation order, checked as a whole.
 */
import { BuilderError, isBuilderError, type Problem } from './builder-error.ts';
import { installOrder } from './install-order.ts';
import type { KubeObject } from './kinds/kind.ts';
import { type Finding, type LintOptions, lintObjects } from './lint/lint-objects.ts';
import { objectName } from './object-name.ts';
import { canonical } from './render/canonical.ts';
import { toYaml, toYamlDocuments } from './render/yaml.ts';

/** Anything complete that yields one object or a list of objects: builders, plain objects, bundles, lists of those. */
export type ManifestsInput =
  | KubeObject
  | { readonly '~missing': never; toJSON(): KubeObject | ObjectList }
  | readonly ManifestsInput[];

/** A `v1` List, as kubectl takes it. */
export interface ObjectList {
  readonly apiVersion: 'v1';
  readonly kind: 'List';
  readonly items: readonly KubeObject[];
}

/** How {@link Manifests.write} writes. */
export interface WriteOptions {
  /** @default 'yaml' */
  readonly format?: 'yaml' | 'json';
}

/** A frozen bundle; made by {@link manifests}. */
export class Manifests {
  /** A bundle is always complete. */
  declare readonly '~missing': never;
  /** Plain objects in installation order. */
  readonly objects: readonly KubeObject[];

  constructor(objects: readonly KubeObject[]) {
    this.objects = Object.freeze(installOrder(objects));
    Object.freeze(this);
  }

  /** The bundle as a fresh `v1` List. */
  toJSON(): ObjectList {
    return { apiVersion: 'v1', kind: 'List', items: canonical(this.objects) };
  }

  /** One YAML document per object, separated by `---`. */
  toYAML(): string {
    return toYamlDocuments(this.objects);
  }

  /**
   * Writes one file per object into `directory`, which is created. Names sort in installation order and depend on the
   * object only, so `kubectl apply -f DIRECTORY` works and adding an object renames no file. Other files stay.
   *
   * @returns the paths written, in installation order
   */
  async write(directory: string, options: WriteOptions = {}): Promise<string[]> {
    const format = options.format ?? 'yaml';
    const render = format === 'json' ? (object: KubeObject) => `${JSON.stringify(object, undefined, 2)}\n` : toYaml;
    const { writeManifests } = await import('./render/write-manifests.ts');
    return writeManifests(directory, format, this.objects, render);
  }

  /** What is wrong between the objects, such as a Service that selects no pod; see {@link LintOptions}. */
  lint(options: LintOptions = {}): Finding[] {
    return lintObjects(this.objects, options);
  }
}

/**
 * A bundle of all `items`.
 *
 * @throws BuilderError listing every problem of every item, and every object that occurs twice
 */
export function manifests(...items: readonly ManifestsInput[]): Manifests {
  const problems: Problem[] = [];
  const objects = items.flatMap((item, index) => collect(item, problems, `[${index}]`));
  problems.push(...duplicates(objects));
  if (problems.length > 0) throw new BuilderError('manifests', problems);
  return new Manifests(objects);
}

function collect(item: ManifestsInput, problems: Problem[], path: string): KubeObject[] {
  if (isList(item)) return item.flatMap((member, index) => collect(member, problems, `${path}[${index}]`));
  const before = problems.length;
  const value: unknown = typeof item === 'object' && item !== null ? toPlain(item, problems) : item;
  if (problems.length > before) return [];
  if (isObjectList(value))
    return value.items.flatMap((member, index) => collect(member, problems, `${path}[${index}]`));
  if (isKubeObject(value)) return [value];
  problems.push({
    code: 'TYPE',
    path,
    message: 'must be a builder, a bundle, or an object with apiVersion, kind and metadata',
  });
  return [];
}

function isObjectList(value: unknown): value is ObjectList {
  const { kind, items } = (value ?? {}) as Partial<ObjectList>;
  return kind === 'List' && Array.isArray(items);
}

/** TypeScript checks it; plain JavaScript and what `toJSON` of others yields are looked at here. */
function isKubeObject(value: unknown): value is KubeObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubeObject>;
  return (
    typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata === 'object' && metadata !== null
  );
}

function isList(item: ManifestsInput): item is readonly ManifestsInput[] {
  return Array.isArray(item);
}

function toPlain(
  item: Exclude<ManifestsInput, readonly ManifestsInput[]>,
  problems: Problem[],
): KubeObject | ObjectList | undefined {
  if (!('toJSON' in item)) return canonical(item);
  try {
    return item.toJSON();
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    const subject = (error as Error).message.split(': ', 1)[0] ?? '';
    for (const problem of error.problems) problems.push({ ...problem, path: `${subject} ${problem.path}`.trim() });
    return undefined;
  }
}

function duplicates(objects: readonly KubeObject[]): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const object of objects) {
    if (object.metadata.name === undefined) continue;
    const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/', 1)[0] ?? '') : '';
    const key = `${group} ${objectName(object)}`;
    if (seen.has(key)) {
      problems.push({ code: 'DUPLICATE', path: objectName(object), message: 'occurs twice; remove one or rename it' });
    }
    seen.add(key);
  }
  return problems;
}
