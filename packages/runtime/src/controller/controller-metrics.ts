/**
 * The series of one controller, under the names controller-runtime made customary, so that dashboards fit.
 */

import type { Metrics } from '../metrics.ts';
import type { QueueObserver } from '../queue/work-queue.ts';
import type { ReconcileResult } from './run-outcome.ts';

/** What a controller counts about its runs. */
export interface ControllerMetrics {
  /** For the queue. */
  readonly queue: QueueObserver;
  reconciled(result: ReconcileResult, seconds: number): void;
  terminalError(): void;
  panic(): void;
  timeout(): void;
  liveRead(kind: string): void;
  activeWorkers(count: number): void;
  stuck(count: number): void;
}

/** Declares the series in `metrics` and binds them to `controller`. */
export function controllerMetrics(metrics: Metrics, controller: string, concurrency: number): ControllerMetrics {
  const own = { controller };
  const queueLabels = { name: controller, controller };
  const counter = (name: string, help: string, labels: readonly string[] = ['controller']) =>
    metrics.counter({ name, help, labels });
  const total = counter('controller_runtime_reconcile_total', 'Runs by result.', ['controller', 'result']);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Runs that failed.');
  const terminal = counter('controller_runtime_terminal_reconcile_errors_total', 'Runs that failed for good.');
  const panics = counter('controller_runtime_reconcile_panics_total', 'Runs that failed by a programming error.');
  const timeouts = counter('controller_runtime_reconcile_timeouts_total', 'Runs that exceeded their timeout.');
  const seconds = metrics.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of runs.',
    labels: ['controller'],
  });
  const workers = metrics.gauge({
    name: 'controller_runtime_active_workers',
    help: 'Runs under way.',
    labels: ['controller'],
  });
  const stuck = metrics.gauge({
    name: 'k8sop_reconcile_stuck',
    help: 'Runs that ignore their abort signal; their keys are blocked.',
    labels: ['controller'],
  });
  const liveReads = counter('k8sop_live_reads_total', 'Reads no informer could answer.', ['controller', 'kind']);
  metrics
    .gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Runs allowed at once.',
      labels: ['controller'],
    })
    .set(concurrency, own);
  for (const result of ['success', 'error', 'requeue', 'requeue_after']) total.inc({ controller, result }, 0);
  for (const series of [errors, terminal, panics, timeouts]) series.inc(own, 0);
  stuck.set(0, own);
  return {
    queue: queueObserver(metrics, queueLabels),
    reconciled: (result, duration) => {
      total.inc({ controller, result });
      if (result === 'error') errors.inc(own);
      seconds.observe(duration, own);
    },
    terminalError: () => terminal.inc(own),
    panic: () => panics.inc(own),
    timeout: () => timeouts.inc(own),
    liveRead: (kind) => liveReads.inc({ controller, kind }),
    activeWorkers: (count) => workers.set(count, own),
    stuck: (count) => stuck.set(count, own),
  };
}

function queueObserver(
  metrics: Metrics,
  labels: { readonly name: string; readonly controller: string },
): QueueObserver {
  const names = ['name', 'controller'];
  const adds = metrics.counter({ name: 'workqueue_adds_total', help: 'Keys added.', labels: names });
  const retries = metrics.counter({ name: 'workqueue_retries_total', help: 'Keys retried.', labels: names });
  const waited = metrics.histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Time between becoming due and starting.',
    labels: names,
  });
  const worked = metrics.histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Time between starting and being done.',
    labels: names,
  });
  adds.inc(labels, 0);
  retries.inc(labels, 0);
  return {
    added: () => adds.inc(labels),
    retried: () => retries.inc(labels),
    started: (waitedMs) => waited.observe(waitedMs / 1000, labels),
    finished: (workedMs) => worked.observe(workedMs / 1000, labels),
  };
}
