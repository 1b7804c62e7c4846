/**
 * What a module exports for `k8sop-manifests`. Helpers, settings and types are left alone; what was meant as a manifest and is
 * none (a promise, a list with one wrong item, an object without metadata) is a problem, never dropped.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isBuilderError, type Problem } from '../builder-error.ts';
import type { ManifestsInput } from '../manifests.ts';

/** The manifests of `file`. @throws Error, naming the file, when it can't be loaded or has none */
export async function exportedManifests(file: string, problems: Problem[]): Promise<readonly ManifestsInput[]> {
  const module = await load(file, problems);
  if (module === undefined) return [];
  const before = problems.length;
  for (const [name, value] of Object.entries(module)) {
    const message = misfit(value);
    if (message !== undefined) problems.push({ code: 'TYPE', path: `${file} export ${name}`, message });
  }
  const found = Object.values(module).filter(isManifest);
  if (found.length > 0 || problems.length > before) return found;
  const names = Object.keys(module).join(', ');
  throw new Error(`${file} exports no builder, bundle or manifest${names === '' ? '' : ` (it exports ${names})`}`);
}

async function load(file: string, problems: Problem[]): Promise<Record<string, unknown> | undefined> {
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Error(`${file} does not exist`);
  if (found.isDirectory()) throw new Error(`${file} is a directory; name the modules in it`);
  try {
    const options = path.endsWith('.json') ? { with: { type: 'json' } } : {};
    return (await import(pathToFileURL(path).href, options)) as Record<string, unknown>;
  } catch (error) {
    if (!isBuilderError(error)) throw new Error(`${file}: ${reason(error)}`, { cause: error });
    problems.push(...error.problems);
    return undefined;
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return `throws ${String(error)}`;
  const isTypeScript = 'code' in error && error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
  return isTypeScript ? `${error.message}; compile the file first, or write it without` : error.message;
}

/** Recognised by shape, never by class: `toJSON`, apiVersion with kind and metadata, a List; arrays of those. */
function isManifest(value: unknown): value is ManifestsInput {
  if (Array.isArray(value)) return value.length > 0 && value.every(isManifest);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof URL) return false;
  if ('toJSON' in value && typeof value.toJSON === 'function') return true;
  return isTyped(value) && ('metadata' in value || (value.kind === 'List' && 'items' in value));
}

function isTyped(value: object): value is { readonly apiVersion: unknown; readonly kind: unknown } {
  return 'apiVersion' in value && 'kind' in value;
}

/** What's wrong with a value that looks like a manifest, `undefined` for manifests and for everything else. */
function misfit(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || isManifest(value)) return undefined;
  if (Array.isArray(value)) {
    const index = value.findIndex((item) => !isManifest(item));
    const isMeant = value.some((item) => isManifest(item) || misfit(item) !== undefined);
    return isMeant ? `[${index}] ${misfit(value[index]) ?? 'is no builder, bundle or manifest'}` : undefined;
  }
  if ('then' in value && typeof value.then === 'function') return 'is a promise; await it before you export it';
  return isTyped(value) ? 'has apiVersion and kind but no metadata' : undefined;
}
