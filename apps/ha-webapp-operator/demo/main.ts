/**
 * Three replicas of an operator, and what becomes of their work when one of them dies, leaves or freezes.
 *
 *     npm run demo:ha                            tells the story, then stays up for your own kubectl
 *     npm run demo:ha -- --once                  ends after the story: 0, or 1 if a step failed
 *     npm run demo:ha -- --once --json           the same, and stdout ends in one JSON line
 *     npm run demo:ha -- --once --rounds 5       kills, hands over and freezes five times each
 */
import { parseArgs } from 'node:util';
import { endOfExperiment } from '../harness/end-of-experiment.ts';
import type { Replica } from '../harness/replica.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, startLoad, type SteadyLoad } from '../harness/steady-load.ts';
import { takeOver, type TakeOver } from '../harness/take-over.ts';
import { StepError, Storyteller } from './storyteller.ts';

const stepLimitMs = 30_000;
const objects = 20;

const options = readOptions();
const over = endOfExperiment();
const storyteller = new Storyteller((line) => (options.json ? console.error : console.log)(line), stepLimitMs, over);
const measured = { crashMs: [] as number[], handoverMs: [] as number[], freezeMs: [] as number[] };

let opening: Promise<Stage> | undefined;
let stage: Stage | undefined;
let load: SteadyLoad | undefined;
let failure: StepError | undefined;
/** The replica that was killed, ended or frozen last. */
let absent = -1;

try {
  await tell();
  if (!options.once) await stayUp();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  if (!over.aborted) failure = error;
} finally {
  await load?.stop();
  const opened = await opening?.catch(() => undefined); // an interrupted opening would go on and keep the process alive
  await opened?.[Symbol.asyncDispose]();
}
report();
process.exit(); // an interrupted opening leaves a server, which ends with this process

async function tell(): Promise<void> {
  storyteller.say('\nk8sop: one operator, three replicas, and never two writers\n');
  await storyteller.step('server', openStage);
  await storyteller.step('replicas', startReplicas);
  await storyteller.step('voters', awaitVoters);
  await storyteller.step('work', startWork);
  for (let round = 0; round < options.rounds; round++) {
    await storyteller.step('SIGKILL', crash);
    await storyteller.step('restart', restart);
    await storyteller.step('SIGTERM', handOver);
    await storyteller.step('restart', restart);
    await storyteller.step('SIGSTOP', freeze);
    await storyteller.step('SIGCONT', thaw);
  }
  await storyteller.step('fence', judge);
}

async function openStage(): Promise<Told> {
  opening = Stage.open({ source: false, signal: over });
  stage = await opening;
  return { tells: `a Kubernetes API server answers at ${stage.server.access.url}` };
}

async function startReplicas(): Promise<Told> {
  const { replicas } = onStage();
  await onStage().startAll();
  const pids = replicas.map(({ ordinal, pid }) => `${ordinal} (pid ${pid})`).join(', ');
  const leader = await onStage().awaitLeader();
  return { tells: `replicas ${pids}; replica ${leader.ordinal} leads` };
}

async function awaitVoters(): Promise<Told> {
  await onStage().awaitVoters(3);
  return { tells: 'the two that joined have caught up and vote: any one may fail now' };
}

async function startWork(): Promise<Told> {
  await createWebApps(onStage().api, objects);
  load = startLoad(onStage().api, { objects, everyMs: 10 });
  await onStage().server.nextWrite(() => true);
  return { tells: `one of ${objects} WebApps changes every 10 ms, so the leader always has something to write` };
}

async function crash(): Promise<Told> {
  const { from, to, failoverMs } = await observe((leader) => leader.signal('SIGKILL'));
  measured.crashMs.push(rounded(failoverMs));
  return { tells: `replica ${from} was killed with kill -9; replica ${to} made its first write after`, ms: failoverMs };
}

async function handOver(): Promise<Told> {
  const { from, to, gapMs } = await observe((leader) => leader.signal('SIGTERM'));
  measured.handoverMs.push(rounded(gapMs));
  const code = await onStage().replica(from).ended();
  if (code !== 0) throw new Error(`replica ${from} ended with code ${code} after SIGTERM`);
  return { tells: `replica ${from} was asked to end and handed over to replica ${to}; nobody wrote for`, ms: gapMs };
}

async function freeze(): Promise<Told> {
  const { from, to, failoverMs } = await observe((leader) => leader.signal('SIGSTOP'));
  measured.freezeMs.push(rounded(failoverMs));
  return {
    tells: `replica ${from} was frozen and knows nothing of it; replica ${to} made its first write after`,
    ms: failoverMs,
  };
}

async function thaw(): Promise<Told> {
  const replica = onStage().replica(absent);
  const contMs = replica.signal('SIGCONT');
  const steppedDown = replica.logged(
    ({ msg, role, atMs }) => msg === 'raft: role' && role === 'follower' && atMs > contMs,
  );
  const { atMs } = await steppedDown;
  await replica.ready(over);
  return { tells: `replica ${absent} went on where it was, wrote nothing, and followed after`, ms: atMs - contMs };
}

async function restart(): Promise<Told> {
  const replica: Replica = onStage().replica(absent);
  await replica.ended();
  const fromMs = performance.now();
  replica.start();
  await replica.ready(over);
  return { tells: `replica ${absent} started again, caught up and is ready after`, ms: performance.now() - fromMs };
}

async function judge(): Promise<Told> {
  await load?.stop();
  const { count, overlaps, clusterIds } = onStage().server.oracle;
  if (overlaps.length > 0)
    throw new Error(`${overlaps.length} of ${count} writes came after a write of a newer leader`);
  if (clusterIds.length !== 1) throw new Error(`there are ${clusterIds.length} clusters: ${clusterIds.join(', ')}`);
  return { tells: `${count} writes in the server's order: none follows one of a newer leader` };
}

async function observe(act: (leader: Replica) => number): Promise<TakeOver> {
  const seen = await takeOver(onStage(), act);
  absent = seen.from;
  return seen;
}

async function stayUp(): Promise<void> {
  const { directory, replicas } = onStage();
  load = startLoad(onStage().api, { objects, everyMs: 1_000 });
  const leader = await onStage().awaitLeader();
  storyteller.say('\nEverything stays up until Ctrl-C. Try it yourself:\n');
  storyteller.say(`  export KUBECONFIG=${directory}/kubeconfig`);
  storyteller.say('  kubectl get webapps,deployments --watch');
  for (const { ordinal, pid } of replicas) {
    storyteller.say(
      `  kill -9 ${pid}${' '.repeat(8 - String(pid).length)}# replica ${ordinal}${ordinal === leader.ordinal ? ', which leads' : ''}`,
    );
  }
  storyteller.say('');
  await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
}

function report(): void {
  const overlaps = stage?.server.oracle.overlaps.length ?? 0;
  if (failure !== undefined) {
    console.error(`\nstep "${failure.step}" failed: ${failure.message}\n`);
    for (const { ordinal, tail } of stage?.replicas ?? [])
      console.error(`The last lines of replica ${ordinal}:\n${tail}\n`);
  }
  const ok = failure === undefined && !(over.aborted && options.once);
  if (!ok) process.exitCode = 1;
  const why = ok ? {} : { failed: failure?.step ?? '', error: failure?.message ?? 'interrupted' };
  if (options.json) console.log(JSON.stringify({ ok, ...measured, overlaps, ...why }));
}

interface Told {
  readonly tells: string;
  readonly ms?: number;
}

function onStage(): Stage {
  if (stage === undefined) throw new Error('the server has not started');
  return stage;
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function readOptions(): { once: boolean; json: boolean; rounds: number } {
  try {
    const { values } = parseArgs({
      options: { once: { type: 'boolean' }, json: { type: 'boolean' }, rounds: { type: 'string', default: '1' } },
    });
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is no count of at least 1`);
    return { once: values.once === true || values.json === true, json: values.json === true, rounds };
  } catch (error) {
    console.error(`demo:ha: ${(error as Error).message}; usage: npm run demo:ha -- [--once] [--json] [--rounds N]`);
    process.exit(2);
  }
}
