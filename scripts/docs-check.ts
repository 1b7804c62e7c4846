/**
 * Holds the documentation to the code. For each Markdown file of the repository:
 *
 * - a block after `<!-- file: PATH -->` equals that file, byte for byte;
 * - a `ts` block type-checks as a module of the package it stands in (the root's blocks: apps/webapp-operator);
 * - a `ts run` block also runs, and each `// => value` equals what its statement gave;
 * - a `ts nocheck REASON` block states why it is not checked;
 * - relative links and their anchors resolve.
 *
 * Exit 0 when all hold, 1 with one line per problem. Writes only below ignored `.docs/` folders, which it removes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { anchors, type CodeBlock, codeBlocks, links } from './markdown.ts';

const root = resolve(import.meta.dirname, '..');
const homeOfRootBlocks = 'apps/webapp-operator';
const runLimitMs = 60_000;
const problems: string[] = [];

interface Snippet {
  readonly at: string;
  readonly home: string;
  readonly path: string;
  readonly run: boolean;
}

const files = globSync('**/*.md', { cwd: root, exclude: (name) => /^(node_modules|dist|\.changeset)$/.test(name) })
  .filter((file) => !/node_modules|CHANGELOG/.test(file))
  .sort();
const snippets: Snippet[] = [];
for (const file of files) {
  const markdown = readFileSync(join(root, file), 'utf8');
  for (const block of codeBlocks(markdown)) inspect(file, block);
  checkLinks(file, markdown);
}
try {
  typecheck();
  for (const snippet of snippets) if (snippet.run) execute(snippet);
} finally {
  for (const home of new Set(snippets.map((snippet) => snippet.home))) {
    rmSync(join(root, home, '.docs'), { recursive: true, force: true });
  }
}
for (const problem of problems) console.error(problem);
console.log(`docs: ${files.length} files, ${snippets.length} blocks, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function inspect(file: string, block: CodeBlock): void {
  const at = `${file}:${block.line}`;
  if (block.file !== undefined) {
    const path = join(root, block.file);
    if (!existsSync(path)) problems.push(`${at}: names ${block.file}, which does not exist`);
    else if (readFileSync(path, 'utf8') !== block.code) problems.push(`${at}: differs from ${block.file}`);
    return;
  }
  if (block.language !== 'ts') return;
  const [word = '', ...reason] = block.info.split(' ').filter(Boolean);
  if (word === 'nocheck') {
    if (reason.length === 0) problems.push(`${at}: "nocheck" needs a reason behind it`);
    return;
  }
  if (word !== '' && word !== 'run') {
    problems.push(`${at}: unknown word "${word}" behind ts; use run or nocheck REASON`);
    return;
  }
  const home = /^(?:packages|apps)\/[^/]+/.exec(file)?.[0] ?? homeOfRootBlocks;
  const path = join(home, '.docs', `${file.replaceAll(/[^a-z0-9]+/gi, '-')}-${block.line}.ts`);
  mkdirSync(join(root, home, '.docs'), { recursive: true });
  writeFileSync(join(root, path), word === 'run' ? withAssertions(block.code) : `${block.code}export {};\n`);
  snippets.push({ at, home, path, run: word === 'run' });
}

/** `const x = f(); // => 3`, `f(); // => 3` and `console.log(f()); // => 3` become assertions on the value. */
function withAssertions(code: string): string {
  const asserted = code.replaceAll(/^(.*\S) *\/\/ => (.*)$/gm, (_, statement: string, value: string) => {
    const bare = statement.trim().replace(/;$/, '');
    const logged = /^console\.log\((.*)\)$/.exec(bare)?.[1];
    if (logged !== undefined) return `expectDocs(${logged}, ${value});`;
    const name = /^(?:const|let) (\w+)\b/.exec(bare)?.[1];
    return name === undefined ? `expectDocs(${bare}, ${value});` : `${bare};\nexpectDocs(${name}, ${value});`;
  });
  const head = `import { deepStrictEqual as expectDocs } from 'node:assert';\n`;
  return `${head}${asserted}export {};\n`;
}

function typecheck(): void {
  for (const home of new Set(snippets.map((snippet) => snippet.home))) {
    const config = join(root, home, '.docs', 'tsconfig.json');
    const extend = relative(dirname(config), join(root, 'tsconfig.base.json'));
    writeFileSync(
      config,
      JSON.stringify({ extends: extend, compilerOptions: { isolatedDeclarations: false }, include: ['*.ts'] }),
    );
    const run = spawnSync('tsc', ['-p', config, '--pretty', 'false'], { cwd: root, encoding: 'utf8' });
    for (const line of `${run.stdout}${run.stderr}`.split('\n').filter((text) => text !== '')) {
      const snippet = snippets.find(({ path }) => line.includes(path));
      problems.push(snippet ? `${snippet.at}: ${line}` : line);
    }
  }
}

function execute({ at, path }: Snippet): void {
  const run = spawnSync(process.execPath, ['--conditions=@k8sop/source', path], {
    cwd: root,
    encoding: 'utf8',
    timeout: runLimitMs,
  });
  if (run.status !== 0) problems.push(`${at}: does not run: ${(run.stderr || String(run.error)).trim()}`);
}

function checkLinks(file: string, markdown: string): void {
  for (const { target, line } of links(markdown)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const full = path === '' ? join(root, file) : join(root, dirname(file), path);
    if (!existsSync(full)) problems.push(`${file}:${line}: link to ${target}, which does not exist`);
    else if (anchor !== undefined && full.endsWith('.md') && !anchors(readFileSync(full, 'utf8')).has(anchor)) {
      problems.push(`${file}:${line}: ${target} has no such heading`);
    }
  }
}
