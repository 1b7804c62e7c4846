#!/usr/bin/env node
/**
 * `k8sop-apiserver [--port N] [--kubeconfig FILE]`: a Kubernetes API server on loopback. Prints `KUBECONFIG=FILE` once it
 * answers; SIGTERM, SIGINT and SIGHUP end it with exit code 0. Exit code 1: it couldn't start, with one sentence why.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startApiServer } from '../index.ts';

const usage = 'usage: k8sop-apiserver [--port N] [--kubeconfig FILE]';

function readArguments(): { port: number; kubeconfig: string | undefined; help: boolean } {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, kubeconfig: { type: 'string' }, help: { type: 'boolean' } },
  });
  const port = values.port ?? '0';
  if (!/^\d+$/.test(port)) throw new Error(`--port ${port} is not a number`);
  return { port: Number(port), kubeconfig: values.kubeconfig, help: values.help === true };
}

async function main(): Promise<void> {
  const { port, kubeconfig, help } = readArguments();
  if (help) {
    console.log(usage);
    return;
  }
  const stopping = new Promise<void>((done) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => done());
  });
  await using api = await startApiServer({ port });
  const scratch = kubeconfig === undefined ? await mkdtemp(join(tmpdir(), 'k8sop-apiserver-')) : undefined;
  const file = resolve(kubeconfig ?? join(scratch ?? '', 'kubeconfig'));
  await writeFile(file, api.kubeconfig(), { mode: 0o600 });
  console.log(`KUBECONFIG=${file}`);
  const idle = setInterval(() => undefined, 2 ** 30); // keeps the process while nobody is connected
  await stopping;
  clearInterval(idle);
  if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
}

try {
  await main();
} catch (error) {
  console.error(`k8sop-apiserver: ${error instanceof Error ? error.message : String(error)}; ${usage}`);
  process.exitCode = 1;
}
