/**
 * Scores the embedded API server against recorded answers of a real kube-apiserver.
 *
 *     npm run conformance -- DIR [--group g] [--verbose] [--json]
 *
 * DIR holds transcripts; beside it lies `recorder/` with record.mjs (plays the same steps against any server) and
 * compare.mjs (normalises what is volatile and prints each difference). Both run unchanged. The last line under
 * `--json` is `{"groups":{g:[same,total]},"same":n,"total":n}`; a step that was not played counts in `total`.
 * Exit 0 whenever there is a score, 2 with a sentence when there is no data or the arguments are off.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startApiServer } from '@k8sop/apiserver';
import { parseScore } from './conformance-score.ts';

const recordingLimitMs = 8 * 60_000;

function refuse(sentence: string): never {
  console.error(`conformance: ${sentence}`);
  process.exit(2);
}

function readArguments(): { dir: string; group: string | undefined; verbose: boolean; json: boolean } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { group: { type: 'string' }, verbose: { type: 'boolean' }, json: { type: 'boolean' } },
    });
    const [dir] = positionals;
    if (dir === undefined || positionals.length > 1) throw new Error('name exactly one directory of transcripts');
    return { dir: resolve(dir), group: values.group, verbose: values.verbose === true, json: values.json === true };
  } catch (error) {
    return refuse(`${(error as Error).message}; usage: npm run conformance -- DIR [--group NAME] [--verbose] [--json]`);
  }
}

/** Runs one of the data's own scripts and returns its standard output, whatever its exit code. */
function play(script: string, args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), recordingLimitMs);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', fail);
    child.once('close', () => {
      clearTimeout(timer);
      done(output);
    });
  });
}

const { dir, group, verbose, json } = readArguments();
const recorder = join(dirname(dir), 'recorder');
if (!existsSync(join(dir, 'index.json'))) {
  refuse(`no transcripts in ${dir} (index.json is missing); name a directory of recorded answers`);
}
for (const script of ['record.mjs', 'compare.mjs']) {
  if (!existsSync(join(recorder, script)))
    refuse(`${join(recorder, script)} is missing; it plays or compares the steps`);
}

const scratch = await mkdtemp(join(tmpdir(), 'k8sop-conformance-'));
try {
  await using api = await startApiServer({
    controllers: 'none',
    auth: 'rbac',
    tokens: {
      'admin-token': { name: 'admin', groups: ['system:masters'] },
      'alice-token': { name: 'alice', groups: ['devs'] },
    },
  });
  const ca = join(scratch, 'ca.crt');
  await writeFile(ca, api.ca);
  const candidate = join(scratch, 'candidate');
  const played = await play(
    join(recorder, 'record.mjs'),
    [],
    {
      ...process.env,
      BASE: api.url,
      CA: ca,
      OUT: candidate,
      ADMIN_TOKEN: 'admin-token',
      ALICE_TOKEN: 'alice-token',
      ONLY: group ?? '',
    },
    scratch,
  );
  if (verbose) console.error(played);
  const compared = await play(
    join(recorder, 'compare.mjs'),
    [dir, candidate, ...(group === undefined ? [] : [`--group=${group}`]), ...(verbose ? ['--verbose'] : [])],
    process.env,
    scratch,
  );
  const score = parseScore(compared);
  if (score.total === 0) refuse(`nothing to compare: ${group === undefined ? dir : `no group "${group}" in ${dir}`}`);
  if (json) {
    console.error(compared);
    console.log(JSON.stringify(score));
  } else {
    console.log(compared);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
