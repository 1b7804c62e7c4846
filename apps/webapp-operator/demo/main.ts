/**
 * The story around the operator: an API server, a custom resource, and what the operator makes of it.
 *
 *     npm run demo                    tells the story, then stays up for your own kubectl
 *     npm run demo -- --once          ends after the story: 0, or 1 if a step failed or took over 10 s
 *     npm run demo -- --once --json   the same, and stdout ends in one JSON line
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ApiServer, startApiServer } from '@k8sop/apiserver';
import { WebApp } from '../src/web-app.ts';
import { type Cluster, connect, type Thing } from './cluster.ts';
import { type OperatorProcess, startOperator } from './operator-process.ts';
import { StepError, Storyteller } from './storyteller.ts';

const stepLimitMs = 10_000;
const token = 'demo-token';
const webapps = '/apis/example.com/v1/namespaces/default/webapps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const services = '/api/v1/namespaces/default/services';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Between the first Ctrl-C and one that means it: a single one can arrive twice within milliseconds. */
const secondSignalAfterMs = 500;

let starting: Promise<ApiServer> | undefined;
let cluster: Cluster | undefined;
let operator: OperatorProcess | undefined;
let failure: StepError | undefined;

const options = readOptions();
const scratch = mkdtempSync(join(tmpdir(), 'k8sop-demo-'));
const over = endOfStory();
const storyteller = new Storyteller((line) => (options.json ? console.error : console.log)(line), stepLimitMs, over);

try {
  await tell();
  if (!options.once) await stayUp();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  if (!over.aborted) failure = error;
} finally {
  if (failure) operator?.kill();
  else await operator?.stop();
  const api = await starting?.catch(() => undefined); // an interrupted start would go on and keep the process alive
  await cluster?.close();
  await api?.stop();
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
}
report();

async function tell(): Promise<void> {
  storyteller.say('\nk8sop: a Kubernetes API server, an operator, and a story\n');
  await storyteller.step('server', startServer);
  await storyteller.step('crd', installCrd);
  await storyteller.step('operator', launchOperator);
  await storyteller.step('create', createTwoWebApps);
  await storyteller.step('edit', editOne);
  await storyteller.step('self-heal', deleteBehindItsBack);
  await storyteller.step('delete', deleteOne);
  if (options.once) await storyteller.step('stop', stopOperator);
}

async function startServer(): Promise<string> {
  starting = startApiServer({ tokens: { [token]: { name: 'demo', groups: ['system:masters'] } } });
  const api = await starting;
  cluster = connect(api.url, { ca: api.ca, token }, over);
  await writeFile(join(scratch, 'kubeconfig'), api.kubeconfig('demo'), { mode: 0o600 });
  return `a Kubernetes API server answers at ${api.url}`;
}

async function installCrd(): Promise<string> {
  await inCluster().create(crds, WebApp.crd());
  await inCluster().until(crds, (byName) => established(byName.get('webapps.example.com')));
  return 'the cluster learned a new kind: WebApp';
}

async function launchOperator(): Promise<string> {
  operator = startOperator(join(scratch, 'kubeconfig'));
  await operator.logged('controller leads');
  return `process ${operator.pid} watches WebApps; all it got was a kubeconfig`;
}

async function createTwoWebApps(): Promise<string> {
  await inCluster().create(webapps, WebApp.manifest('hello', { spec: { image: 'nginx:1.29', replicas: 1 } }));
  await inCluster().create(webapps, WebApp.manifest('shop', { spec: { image: 'shop:2.0', replicas: 2 } }));
  const both = (byName: ReadonlyMap<string, Thing>): boolean => byName.has('hello') && byName.has('shop');
  await inCluster().until(deployments, both);
  await inCluster().until(services, both);
  await inCluster().until(webapps, (byName) => both(byName) && [...byName.values()].every(reported));
  return 'WebApps hello and shop got Deployments, Services and a status';
}

async function editOne(): Promise<string> {
  await inCluster().patch(`${webapps}/shop`, { spec: { replicas: 5 } });
  await inCluster().until(deployments, (byName) => replicasOf(byName.get('shop')) === 5);
  return 'shop was edited from 2 to 5 replicas, its Deployment followed';
}

async function deleteBehindItsBack(): Promise<string> {
  const before = await inCluster().until(deployments, (byName) => byName.has('hello'));
  const uid = before.get('hello')?.metadata.uid;
  await inCluster().delete(`${deployments}/hello`);
  await inCluster().until(deployments, (byName) => byName.has('hello') && byName.get('hello')?.metadata.uid !== uid);
  return 'Deployment hello was deleted behind its back and is there again';
}

async function deleteOne(): Promise<string> {
  await inCluster().delete(`${webapps}/shop`);
  await inCluster().until(webapps, gone('shop'));
  await inCluster().until(deployments, gone('shop'));
  await inCluster().until(services, gone('shop'));
  return 'WebApp shop went: its finalizer ran, its children were collected';
}

async function stopOperator(): Promise<string> {
  const code = await operator?.stop();
  if (code !== 0) throw new Error(`the operator ended with code ${code}`);
  return 'the operator finished its work on SIGTERM and exited with 0';
}

async function stayUp(): Promise<void> {
  storyteller.say(`\nServer and operator stay up until Ctrl-C. Look around with your own kubectl:\n`);
  storyteller.say(`  export KUBECONFIG=${join(scratch, 'kubeconfig')}`);
  storyteller.say('  kubectl get webapps,deployments,services');
  storyteller.say('  kubectl delete service hello && kubectl get services --watch\n');
  console.log(`KUBECONFIG=${join(scratch, 'kubeconfig')}`);
  if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
}

function report(): void {
  const { steps } = storyteller;
  if (failure) {
    console.error(`\nstep "${failure.step}" failed: ${failure.message}\n`);
    if (operator) console.error(`The operator's last lines:\n${operator.tail()}\n`);
    if (options.json) console.log(JSON.stringify({ ok: false, steps, failed: failure.step, error: failure.message }));
    process.exitCode = 1;
  } else if (over.aborted && options.once) {
    if (options.json) console.log(JSON.stringify({ ok: false, steps, failed: '', error: 'interrupted' }));
    process.exitCode = 1;
  } else if (options.json) {
    console.log(JSON.stringify({ ok: true, steps }));
  }
}

function inCluster(): Cluster {
  if (!cluster) throw new Error('the server has not started');
  return cluster;
}

function established(crd: Thing | undefined): boolean {
  const conditions = (crd?.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions;
  return conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true;
}

function reported(webapp: Thing): boolean {
  return webapp.status !== undefined;
}

function replicasOf(deployment: Thing | undefined): number | undefined {
  return (deployment?.spec as { replicas?: number } | undefined)?.replicas;
}

function gone(name: string): (byName: ReadonlyMap<string, Thing>) => boolean {
  return (byName) => !byName.has(name);
}

function readOptions(): { once: boolean; json: boolean } {
  try {
    const { values } = parseArgs({ options: { once: { type: 'boolean' }, json: { type: 'boolean' } } });
    return { once: values.once === true || values.json === true, json: values.json === true };
  } catch (error) {
    console.error(`demo: ${(error as Error).message}; usage: npm run demo -- [--once] [--json]`);
    process.exit(2);
  }
}

/** Ends at once. */
function leave(): never {
  operator?.kill();
  rmSync(scratch, { recursive: true, force: true });
  process.exit(1);
}

/**
 * Aborts on Ctrl-C, SIGTERM, a closed terminal or pipe, and when npm is gone: a SIGTERM to npm alone ends npm without telling
 * its children, so the process that called us is polled. A second signal ends everything at once.
 */
function endOfStory(): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort(new Error('interrupted'));
  let firstSignalMs = Number.POSITIVE_INFINITY;
  const onSignal = (): void => {
    if (performance.now() - firstSignalMs >= secondSignalAfterMs) leave();
    firstSignalMs = Math.min(firstSignalMs, performance.now());
    end();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', leave); // nobody listens to the story any more
  const parent = Number(process.env.K8SOP_PARENT);
  if (parent > 0) {
    setInterval(() => {
      try {
        process.kill(parent, 0);
      } catch {
        end();
      }
    }, 500).unref();
  }
  return controller.signal;
}
