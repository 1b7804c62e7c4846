/**
 * `k8sop-manifests FILE…`: imports modules and prints what they export as manifests.
 *
 * Exit codes: 0 done, 1 problems or lint errors (all of them on stderr), 2 bad usage.
 */
import { parseArgs } from 'node:util';
import { BuilderError, isBuilderError, type Problem } from '../builder-error.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { Finding } from '../lint/lint-objects.ts';
import { type Manifests, manifests, type ManifestsInput } from '../manifests.ts';
import { exportedManifests } from './exported-manifests.ts';

const USAGE = `usage: k8sop-manifests FILE… [options]

Imports JavaScript or TypeScript modules and prints their exported builders, bundles, arrays and plain manifests.

  --format yaml|json   output format (default: yaml)
  --out DIR            write one file per object into DIR instead of printing
  --lint               also check the objects against each other; findings go to stderr
  --external NAME      a name that exists outside, such as Secret/db (repeatable; for --lint)
  --help               this text
`;

/** Where the command writes. */
export interface ManifestsOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

interface Arguments {
  readonly files: readonly string[];
  readonly format: 'yaml' | 'json';
  readonly directory: string | undefined;
  readonly lint: boolean;
  readonly external: readonly string[];
  readonly help: boolean;
}

/** Runs the command with `args` and returns its exit code. */
export async function runManifests(args: readonly string[], output: ManifestsOutput): Promise<0 | 1 | 2> {
  const parsed = parseArguments(args);
  if (typeof parsed === 'string') {
    output.err(`k8sop-manifests: ${parsed}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help) {
    output.out(USAGE);
    return 0;
  }
  try {
    const bundle = await loadBundle(parsed.files);
    await print(bundle, parsed, output);
    return parsed.lint && hasErrors(lint(bundle, parsed, output)) ? 1 : 0;
  } catch (error) {
    output.err(`k8sop-manifests: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function parseArguments(args: readonly string[]): Arguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: 'string', default: 'yaml' },
        out: { type: 'string' },
        lint: { type: 'boolean', default: false },
        external: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { format, help, lint: linted, external, out } = values;
    if (format !== 'yaml' && format !== 'json') return `--format ${format} must be yaml or json`;
    if (positionals.length === 0 && !help) return 'name at least one FILE';
    return { files: positionals, format, directory: out, lint: linted, external, help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function loadBundle(files: readonly string[]): Promise<Manifests> {
  const objects = new Map<string, KubeObject>();
  const problems: Problem[] = [];
  for (const file of files) {
    for (const item of await exportedManifests(file, problems)) {
      for (const object of objectsOf(item, problems)) objects.set(JSON.stringify(object), object);
    }
  }
  if (problems.length > 0) throw new BuilderError(files.join(', '), unique(problems));
  return manifests(...objects.values());
}

/** The objects of one export. A bundle and its members may both be exported: equal objects count once. */
function objectsOf(item: ManifestsInput, problems: Problem[]): readonly KubeObject[] {
  try {
    return manifests(item).objects;
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

async function print(bundle: Manifests, { directory, format }: Arguments, output: ManifestsOutput): Promise<void> {
  if (directory !== undefined) {
    const paths = await bundle.write(directory, { format });
    output.out(paths.map((path) => `${path}\n`).join(''));
    return;
  }
  output.out(format === 'json' ? `${JSON.stringify(bundle, undefined, 2)}\n` : bundle.toYAML());
}

function lint(bundle: Manifests, { external }: Arguments, output: ManifestsOutput): readonly Finding[] {
  const findings = bundle.lint({ external });
  for (const { severity, rule, object, path, message } of findings) {
    output.err(`${severity}  ${rule}  ${object}  ${path}  ${message}\n`);
  }
  return findings;
}

function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}
