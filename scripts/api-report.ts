/**
 * Writes each package's public API as one file of declarations, `etc/<entry>.api.md`, so that a change of the API is a diff that
 * somebody reads. Without `--write` it only compares, as `npm run verify` does.
 *
 *     node scripts/api-report.ts --write
 *
 * Declarations come from the sources, file by file, which `isolatedDeclarations` makes possible; comments are left out. Generated
 * Kubernetes types (`@k8sop/builders/k8s/…`) are not reported: their source is Kubernetes.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '..');

interface Entry {
  readonly title: string;
  readonly source: string;
  readonly report: string;
}

/** Every entry of every package that people write imports of. */
export function entries(): Entry[] {
  return globSync('packages/*/package.json', { cwd: root })
    .sort()
    .flatMap((manifest) => {
      const folder = resolve(root, dirname(manifest));
      const { name, exports } = JSON.parse(readFileSync(resolve(root, manifest), 'utf8')) as {
        name: string;
        exports: Record<string, string | Record<string, string>>;
      };
      return Object.entries(exports).flatMap(([path, target]) => {
        const source = typeof target === 'string' ? undefined : target['@k8sop/source'];
        if (source === undefined || path.startsWith('./k8s/')) return [];
        const file = `${[basename(folder), ...path.split('/').slice(1)].join('-')}.api.md`;
        return [{ title: name + path.slice(1), source: resolve(folder, source), report: resolve(folder, 'etc', file) }];
      });
    });
}

/** The report of an entry: its declarations in the order of their names. */
export function apiReport({ title, source }: Pick<Entry, 'title' | 'source'>): string {
  const sorted = exportsOf(source)
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))) // a type and a value of one name keep their order
    .map(({ text }) => text);
  return `# API of \`${title}\`\n\nWritten from the sources by \`npm run api\`.\n\n\`\`\`ts nocheck generated\n${sorted.join('\n\n')}\n\`\`\`\n`;
}

interface Exported {
  readonly name: string;
  readonly text: string;
}

/** What a file exports, followed to where it is declared. */
function exportsOf(path: string): Exported[] {
  return declarationsOf(path).statements.flatMap((statement): Exported[] => {
    if (!ts.isExportDeclaration(statement)) return declared(statement).map((one) => withHelpers(one, path));
    const from = statement.moduleSpecifier;
    const module = from !== undefined && ts.isStringLiteral(from) ? from.text : undefined;
    if (module === undefined) return named(statement).map(({ name, local }) => ({ name, text: `export { ${local} }` }));
    const clause = statement.exportClause;
    if (clause === undefined || ts.isNamespaceExport(clause)) return [{ name: `* ${module}`, text: print(statement) }];
    if (!module.startsWith('.')) {
      return named(statement).map(({ name, local }) => ({
        name,
        text: `export { ${alias(local, name)} } from '${module}';`,
      }));
    }
    const there = new Map<string, string[]>();
    for (const { name, text } of exportsOf(resolve(dirname(path), module)))
      there.set(name, [...(there.get(name) ?? []), text]);
    return named(statement).map(({ name, local }) => {
      const text = there.get(local)?.join('\n');
      if (text === undefined) throw new Error(`${relative(root, path)}: ${module} declares no ${local}`);
      return { name, text: name === local ? text : `// as ${name}\n${text}` };
    });
  });
}

function alias(local: string, name: string): string {
  return local === name ? name : `${local} as ${name}`;
}

function named(statement: ts.ExportDeclaration): { name: string; local: string }[] {
  const clause = statement.exportClause;
  if (clause === undefined || !ts.isNamedExports(clause)) return [];
  return clause.elements.map(({ name, propertyName }) => ({ name: name.text, local: (propertyName ?? name).text }));
}

/** With the declarations of its file that it names and that are not exported, such as the class behind a typed constructor. */
function withHelpers({ name, text }: Exported, path: string): Exported {
  const hidden = new Map<string, string>();
  for (const statement of declarationsOf(path).statements) {
    const local = ts.isImportDeclaration(statement) || isExported(statement) ? undefined : nameOf(statement);
    if (local !== undefined) hidden.set(local, print(statement));
  }
  const texts = [text];
  for (let i = 0; i < texts.length; i++) {
    for (const [word] of (texts[i] ?? '').matchAll(/\w+/g)) {
      const helper = hidden.get(word);
      hidden.delete(word);
      if (helper !== undefined) texts.push(helper);
    }
  }
  return { name, text: texts.join('\n') };
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function nameOf(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0]?.name.getText();
  return (statement as ts.DeclarationStatement).name?.getText();
}

function declared(statement: ts.Statement): Exported[] {
  const name = isExported(statement) ? nameOf(statement) : undefined;
  return name === undefined ? [] : [{ name, text: print(statement) }];
}

const parsed = new Map<string, ts.SourceFile>();
const printer = ts.createPrinter({ removeComments: true });

function print(statement: ts.Statement): string {
  return printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile());
}

/** A file as its `.d.ts` would be. */
function declarationsOf(path: string): ts.SourceFile {
  let file = parsed.get(path);
  if (file === undefined) {
    const compilerOptions = { target: ts.ScriptTarget.ES2023, declaration: true, removeComments: true };
    const { outputText } = ts.transpileDeclaration(readFileSync(path, 'utf8'), { fileName: path, compilerOptions });
    file = ts.createSourceFile(path.replace(/\.ts$/, '.d.ts'), outputText, ts.ScriptTarget.ES2023, true);
    parsed.set(path, file);
  }
  return file;
}

function main(): void {
  const write = process.argv.includes('--write');
  const stale = entries().filter((entry) => {
    const text = apiReport(entry);
    if (readIfThere(entry.report) === text) return false;
    if (!write) return true;
    mkdirSync(dirname(entry.report), { recursive: true });
    writeFileSync(entry.report, text);
    return false;
  });
  for (const { report } of stale)
    console.error(`${relative(root, report)} is not the current API: run npm run api, read the diff`);
  if (stale.length > 0) process.exitCode = 1;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // a new entry
  }
}

if (import.meta.main) main();
