/** A copy of the package in a temporary directory, where rules are broken one at a time. The work tree stays as it is. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Mutant } from './mutant.ts';

const packageDirectory = resolve(import.meta.dirname, '..');
const root = resolve(packageDirectory, '../..');

const configuration = `export default { test: { include: ['{src,test}/**/*.test.ts'] } };\n`;

export class Sandbox {
  readonly directory: string;
  #whole: { readonly file: string; readonly text: string } | null = null;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Breaks the rule. @throws `Error` when the text to replace is not there exactly once. */
  async break(mutant: Mutant): Promise<void> {
    const file = join(this.directory, 'src', mutant.file);
    const text = await readFile(file, 'utf8');
    await writeFile(file, mutated(mutant, text));
    this.#whole = { file, text };
  }

  /** Puts the text back that stood there before. */
  async repair(): Promise<void> {
    if (this.#whole !== null) await writeFile(this.#whole.file, this.#whole.text);
    this.#whole = null;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function openSandbox(): Promise<Sandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'raft-core-mutant-'));
  for (const folder of ['src', 'test', 'mutants']) {
    await cp(join(packageDirectory, folder), join(directory, folder), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }\n');
  await writeFile(join(directory, 'vitest.config.ts'), configuration);
  return new Sandbox(directory);
}

/** The text with the rule broken. @throws `Error`. */
export function mutated({ name, file, find, replace }: Mutant, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`mutant "${name}": ${file} holds its text ${parts.length - 1} times, not once`);
  return parts.join(replace);
}
