/** Writes one file per object. The only file of the library that touches the disk; loaded when first needed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installRank } from '../install-order.ts';
import type { KubeObject } from '../kinds/kind.ts';

/** Writes `objects` into `directory`, which is created; returns the paths. */
export async function writeManifests(
  directory: string,
  extension: string,
  objects: readonly KubeObject[],
  render: (object: KubeObject) => string,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const paths: string[] = [];
  for (const object of objects) {
    const path = join(directory, `${fileName(object)}.${extension}`);
    await writeFile(path, render(object));
    paths.push(path);
  }
  return paths;
}

/** Such as `07-deployment_shop_web`: rank, kind, namespace, name; `_` occurs in none of them. */
function fileName(object: KubeObject): string {
  const { name, generateName, namespace } = object.metadata;
  const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/', 1)[0] ?? '') : '';
  const builtIn = !group.includes('.') || group.endsWith('.k8s.io');
  const kind = builtIn ? object.kind.toLowerCase() : `${object.kind.toLowerCase()}.${group}`;
  const parts = [kind, namespace, name ?? generateName ?? ''].filter((part) => part !== undefined);
  return `${String(installRank(object)).padStart(2, '0')}-${parts.map(encodeURIComponent).join('_')}`;
}
