/**
 * Who notices a broken rule: the test that the mutant names, else any other test of the package, else the simulator.
 *
 * Each step is a process of its own with a deadline, because broken code may never come to an end.
 */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';
import type { Sandbox } from './sandbox.ts';

/** How a mutant ended. */
export interface Verdict {
  /** `survived`: nothing noticed. `broken`: the mutant does not even load. */
  readonly by: 'named test' | 'other test' | 'simulation' | 'hang' | 'survived' | 'broken';
  /** Name of the test or rule that failed first. */
  readonly killer: string;
  /** From start to kill. */
  readonly tookMs: number;
}

export interface JudgeOptions {
  /** Ends the longest of the three steps. */
  readonly deadlineMs: number;
  /** How long the simulator may look; 0: not at all. */
  readonly simulationSeconds: number;
}

/** Breaks one rule, looks who notices, and repairs it. */
export async function judge(sandbox: Sandbox, mutant: Mutant, options: JudgeOptions): Promise<Verdict> {
  const startedMs = performance.now();
  await sandbox.break(mutant);
  try {
    const found = await firstToNotice(sandbox, mutant, options);
    return { ...found, tookMs: Math.round(performance.now() - startedMs) };
  } finally {
    await sandbox.repair();
  }
}

type Finding = Omit<Verdict, 'tookMs'>;

async function firstToNotice(sandbox: Sandbox, mutant: Mutant, options: JudgeOptions): Promise<Finding> {
  const [file, name] = mutant.test;
  const named = await runTests(sandbox, [file], options.deadlineMs);
  const other = named.failed.find((title) => title.includes(name)) ?? named.failed[0];
  if (named.problem !== undefined) return { by: 'broken', killer: named.problem };
  if (named.hung) return { by: 'hang', killer: `${file} never ended` };
  if (other !== undefined) return { by: other.includes(name) ? 'named test' : 'other test', killer: other };
  const all = await runTests(
    sandbox,
    ['--bail=1', '--exclude=test/simulation/**', '--exclude=test/mutants.test.ts'],
    options.deadlineMs,
  );
  if (all.hung) return { by: 'hang', killer: 'the tests never ended' };
  if (all.failed[0] !== undefined) return { by: 'other test', killer: all.failed[0] };
  return await simulate(sandbox, options);
}

interface TestRun {
  readonly failed: readonly string[];
  readonly hung: boolean;
  readonly problem: string | undefined;
}

interface TestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function runTests(sandbox: Sandbox, args: readonly string[], deadlineMs: number): Promise<TestRun> {
  const output = join(sandbox.directory, 'report.json');
  await rm(output, { force: true });
  const vitest = join(sandbox.directory, 'node_modules/vitest/vitest.mjs');
  const report = ['--reporter=json', `--outputFile.json=${output}`, '--maxWorkers=1', '--no-isolate'];
  const { hung, stderr } = await run([vitest, 'run', ...args, ...report], sandbox.directory, deadlineMs);
  if (hung) return { failed: [], hung, problem: undefined };
  const text = await readFile(output, 'utf8').catch(() => undefined);
  if (text === undefined) return { failed: [], hung, problem: stderr.slice(-300) };
  const { testResults } = JSON.parse(text) as TestReport;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  const unloaded = testResults.find(({ assertionResults }) => assertionResults.length === 0);
  return { failed, hung, problem: failed.length > 0 ? undefined : unloaded?.message };
}

async function simulate(sandbox: Sandbox, { simulationSeconds, deadlineMs }: JudgeOptions): Promise<Finding> {
  if (simulationSeconds === 0) return { by: 'survived', killer: '' };
  const hunt = join(sandbox.directory, 'mutants/hunt.ts');
  const { hung, stdout, stderr } = await run([hunt, String(simulationSeconds)], sandbox.directory, deadlineMs);
  if (hung) return { by: 'hang', killer: 'a simulated run never ended' };
  if (stdout === '') return { by: 'broken', killer: stderr.slice(-300) };
  const violation = JSON.parse(stdout) as string | null;
  return violation === null ? { by: 'survived', killer: '' } : { by: 'simulation', killer: violation };
}

interface Outcome {
  readonly hung: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], cwd: string, deadlineMs: number): Promise<Outcome> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  let hung = false;
  const deadline = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, deadlineMs);
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  clearTimeout(deadline);
  return { hung, ...texts };
}
