/** Temporary data directories for tests: made, copied at a moment, damaged, and removed at the end. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry, LogStore, StoredState } from '@k8sop/raft-core';
import { openLevelLogStore } from '../src/open-level-log-store.ts';

export const signal: AbortSignal = new AbortController().signal;
const made: string[] = [];

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'k8sop-level-'));
  made.push(directory);
  return directory;
}

export function removeDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** What a crash would leave at this moment: the bytes that the kernel has. */
export function copyOf(directory: string): string {
  const copy = newDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

export function discard(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** Flips one bit of the byte at a position; which one follows from the position. */
export function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
  writeFileSync(path, bytes);
}

export function entry(index: number, term: number, text = `command ${index}`): Entry {
  return { index, term, type: 'command', data: Buffer.from(text) };
}

export function openStore(directory: string): Promise<LogStore> {
  return openLevelLogStore({ directory });
}

/** Everything a node would read back, in a form that compares. The commit hint and the start count may differ. */
export interface Content {
  readonly state: Omit<StoredState, 'commit' | 'identity'> & { readonly uuid: string };
  readonly entries: readonly string[];
}

export async function contentOf(store: LogStore): Promise<Content> {
  const { identity, commit: _, ...state } = await store.load({ signal });
  const { firstIndex: from, lastIndex: to } = state;
  const entries = to < from ? [] : await store.read({ from, to, maxBytes: Number.MAX_SAFE_INTEGER }, { signal });
  return {
    state: { ...state, uuid: identity.uuid },
    entries: entries.map(({ index, term, type, data }) => `${index} ${term} ${type} ${Buffer.from(data).toString()}`),
  };
}

/** Opens a directory, reads it back and closes it; a refusal is `{ refused: code }`. */
export async function reopen(directory: string): Promise<Content | { readonly refused: string }> {
  try {
    await using store = await openStore(directory);
    return await contentOf(store);
  } catch (error) {
    return { refused: (error as { code?: string }).code ?? String(error) };
  }
}
