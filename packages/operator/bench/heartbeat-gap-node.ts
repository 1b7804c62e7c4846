/**
 * Part of the bench `heartbeat-gap`: one node as a process of its own. Its main thread parses JSON when told to, as an operator
 * does that lists pods; consensus runs in its own thread.
 */
import { Worker } from 'node:worker_threads';
import type { FromThread, GapSetup, ToThread } from './heartbeat-gap-thread.ts';

export type ToNode =
  | { readonly type: 'setup'; readonly setup: GapSetup }
  | { readonly type: 'parse'; readonly text: { readonly sizeBytes: number; readonly times: number } }
  | ToThread;

export type FromNode =
  | FromThread
  | { readonly type: 'parsed'; readonly sizeBytes: number; readonly tookMs: readonly number[] }
  /** How much the process grew since it began to note, at its largest. */
  | { readonly type: 'memory'; readonly grownBytes: number };

let thread: Worker | undefined;
let rssBytes = process.memoryUsage.rss();
let peakBytes = rssBytes;
const say = (message: FromNode): void => void process.send?.(message);

process.on('message', (message: ToNode) => {
  switch (message.type) {
    case 'setup':
      thread = new Worker(new URL('./heartbeat-gap-thread.ts', import.meta.url), { workerData: message.setup });
      thread.on('message', (answer: FromThread) => say(answer));
      return;
    case 'parse':
      return parse(message.text);
    case 'write':
    case 'begin':
    case 'report':
      thread?.postMessage(message);
      if (message.type === 'begin') peakBytes = rssBytes = process.memoryUsage.rss();
      if (message.type === 'report') say({ type: 'memory', grownBytes: peakBytes - rssBytes });
  }
});
setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 50);
process.on('disconnect', () => process.exit(0));

/** Nothing else gets a turn on this thread meanwhile. */
function parse({ sizeBytes, times }: { readonly sizeBytes: number; readonly times: number }): void {
  const text = podList(sizeBytes);
  const tookMs: number[] = [];
  for (let n = 0; n < times; n++) {
    const startMs = performance.now();
    JSON.parse(text);
    tookMs.push(performance.now() - startMs);
  }
  say({ type: 'parsed', sizeBytes: text.length, tookMs });
}

/** A list of pods, roughly as a server writes it. */
function podList(sizeBytes: number): string {
  const pod = (i: number): object => ({
    metadata: {
      name: `pod-${i}`,
      namespace: `namespace-${i % 50}`,
      uid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      labels: { app: `app-${i % 200}`, 'pod-template-hash': `hash-${i % 1_000}` },
    },
    spec: {
      nodeName: `node-${i % 300}`,
      containers: Array.from({ length: 3 }, (_, c) => ({
        name: `container-${c}`,
        image: `registry.example.com/team/app:${i}`,
        env: Array.from({ length: 10 }, (__, e) => ({ name: `VARIABLE_${e}`, value: `value ${e} of ${i}` })),
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      })),
    },
    status: { phase: 'Running', podIP: '10.0.0.1', startTime: '2026-01-01T00:00:00Z' },
  });
  const count = Math.ceil(sizeBytes / JSON.stringify(pod(100_000)).length);
  return JSON.stringify({ items: Array.from({ length: count }, (_, i) => pod(i)) });
}
