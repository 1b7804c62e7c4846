/**
 * Writes docs/reference/errors.md from the comments beside each code, so that the reference cannot drift.
 *
 *     node scripts/error-reference.ts --write
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
export const referencePath: string = resolve(root, 'docs/reference/errors.md');

const sources: readonly { title: string; file: string; text: string }[] = [
  {
    title: '`RuntimeError` (`@k8sop/runtime`, `@k8sop/operator`)',
    file: 'packages/runtime/src/errors.ts',
    text: "What the runtime refuses or fails at. The API server's own answers are `StatusError`, with its `code`, `reason` and `details`; authors throw `RequeueError` and `TerminalError`.",
  },
  {
    title: '`RaftError` (`@k8sop/raft-core` and its adapters)',
    file: 'packages/raft-core/src/errors.ts',
    text: 'Consensus, transport and storage share one class, so that a caller switches over one union.',
  },
  {
    title: '`DiscoveryError` (`@k8sop/discovery-dns`)',
    file: 'packages/discovery-dns/src/discovery-error.ts',
    text: 'Names that cannot be used; lookups themselves do not throw.',
  },
  {
    title: '`BuilderError` (`@k8sop/builders`)',
    file: 'packages/builders/src/builder-error.ts',
    text: 'One error, `BUILDER_INVALID`, lists all problems of an object; each has one of these codes and a path.',
  },
  {
    title: 'Problems of custom resource definitions (`@k8sop/builders/crd`)',
    file: 'packages/builders/src/crd/crd-problem.ts',
    text: 'Codes of the problems that `customResource` and `checkCrd` report.',
  },
  {
    title: '`ApiServerError` (`@k8sop/apiserver`)',
    file: 'packages/apiserver/src/errors.ts',
    text: 'Towards whoever starts a server. What its clients see is HTTP, as Kubernetes answers.',
  },
];

/** Codes with their meaning, from lines such as `| 'CODE' // meaning`. */
export function codesOf(source: string): { code: string; meaning: string }[] {
  return [...source.matchAll(/^\s*\|\s*'([A-Z][A-Z0-9_]+)';?\s*;?\s*\/\/ (.*)$/gm)].map(
    ([, code = '', meaning = '']) => ({
      code,
      meaning,
    }),
  );
}

export function errorReference(): string {
  const sections = sources.map(({ title, file, text }) => {
    const rows = codesOf(readFileSync(resolve(root, file), 'utf8')).map(
      ({ code, meaning }) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |`,
    );
    return `## ${title}\n\n${text}\n\n| Code | Meaning |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  return `# Errors\n\nEvery error that k8sop throws on purpose carries a \`code\`. Codes are API and change only in majors; messages are for people,\nname field, value and fix, and may change at any time. This page is written from the sources by \`npm run fix\`.\n\n${sections.join('\n')}`;
}

if (process.argv.includes('--write')) writeFileSync(referencePath, errorReference());
