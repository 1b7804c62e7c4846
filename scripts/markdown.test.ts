import { describe, expect, it } from 'vitest';
import { anchors, codeBlocks, links } from './markdown.ts';

const page = [
  '# Who becomes leader?',
  '',
  'See [the code](src/election.ts#L3), `[not](a-link)` and [below](#when-is-a-reconcile-retried).',
  '',
  '<!-- file: apps/x/src/main.ts -->',
  '',
  '```ts',
  'const a = 1;',
  '```',
  '',
  '## When is a reconcile retried',
  '',
  '```ts run',
  '# no heading, [no link](x)',
  '```',
  '```sh',
  'ls',
  '```',
].join('\n');

describe('reading Markdown', () => {
  it('finds each fenced block with its words, its line and the file that it shows', () => {
    expect(codeBlocks(page)).toEqual([
      { language: 'ts', info: '', line: 7, file: 'apps/x/src/main.ts', code: 'const a = 1;\n' },
      { language: 'ts', info: 'run', line: 13, file: undefined, code: '# no heading, [no link](x)\n' },
      { language: 'sh', info: '', line: 16, file: undefined, code: 'ls\n' },
    ]);
  });

  it('finds links in prose only', () => {
    expect(links(page).map(({ target }) => target)).toEqual(['src/election.ts#L3', '#when-is-a-reconcile-retried']);
  });

  it('derives the anchors of headings, not of code', () => {
    expect([...anchors(page)]).toEqual(['who-becomes-leader', 'when-is-a-reconcile-retried']);
  });
});
