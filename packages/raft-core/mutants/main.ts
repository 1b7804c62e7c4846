/**
 * `npm run mutants -- [--only TEXT] [--jobs J] [--simulate SECONDS] [--json]`: breaks the rules of the core one by one
 * and reports which test or simulation noticed, and after how many milliseconds.
 *
 * Each mutant must fall to the test that it names. Exits 1 when one survives, when only another test or the simulator
 * notices, or when its text is no longer found. Under `--json` the last line of stdout is one JSON object.
 */
import { parseArgs } from 'node:util';
import { judge, type JudgeOptions, type Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { openSandbox } from './sandbox.ts';
import { mutants } from './table.ts';

interface Settings extends JudgeOptions {
  readonly mutants: readonly Mutant[];
  readonly jobs: number;
  readonly json: boolean;
}

type Result = Verdict & { readonly mutant: Mutant };

const usage = 'usage: npm run mutants -- [--only TEXT] [--jobs J] [--simulate SECONDS] [--json]';

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = readSettings();
  if (typeof settings === 'string') {
    process.stderr.write(`${settings}\n${usage}\n`);
    return 2;
  }
  const queue = [...settings.mutants];
  const results: Result[] = [];
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: settings.jobs }, () => work(queue, settings, results)));
  return report(results, settings, Math.round(performance.now() - startedMs));
}

function readSettings(): Settings | string {
  const options = {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '1' },
    simulate: { type: 'string', default: '12' },
    json: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ options, strict: true });
    const chosen = mutants.filter(({ name, rule }) => `${rule} ${name}`.includes(values.only));
    if (chosen.length === 0) return `--only ${values.only} names no mutant`;
    return {
      mutants: chosen,
      jobs: wholeNumber('jobs', values.jobs, { min: 1, max: 64 }),
      simulationSeconds: wholeNumber('simulate', values.simulate, { min: 0, max: 3600 }),
      deadlineMs: 60_000 + 2000 * wholeNumber('simulate', values.simulate, { min: 0, max: 3600 }),
      json: values.json,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wholeNumber(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} ${text} is not a whole number from ${min} to ${max}`);
}

/** One worker: its own copy of the sources, mutants from the common queue until it is empty. */
async function work(queue: Mutant[], settings: Settings, results: Result[]): Promise<void> {
  const sandbox = await openSandbox();
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const result = { mutant, ...(await judge(sandbox, mutant, settings)) };
      results.push(result);
      process.stderr.write(`${line(result)}\n`);
    }
  } finally {
    await sandbox.remove();
  }
}

function line({ mutant, by, killer, tookMs }: Result): string {
  const subject = `${mutant.rule}: ${mutant.name}`;
  return `${by.padEnd(10)} ${String(tookMs).padStart(6)} ms  ${subject.padEnd(70)}  ${killer.split('\n')[0] ?? ''}`;
}

function report(results: readonly Result[], { json }: Settings, tookMs: number): number {
  const names = (wanted: (result: Result) => boolean): string[] =>
    results.filter(wanted).map(({ mutant }) => `${mutant.rule}: ${mutant.name}`);
  const survived = names(({ by }) => by === 'survived');
  const broken = names(({ by }) => by === 'broken');
  const elsewhere = names(({ by }) => by === 'other test' || by === 'simulation' || by === 'hang');
  const killed = results.length - survived.length - broken.length;
  process.stderr.write(`${killed} of ${results.length} mutants killed in ${Math.round(tookMs / 1000)} s\n`);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ mutants: results.length, killed, survived, killedElsewhere: elsewhere, broken, tookMs })}\n`,
    );
  }
  return survived.length + broken.length + elsewhere.length === 0 ? 0 : 1;
}
