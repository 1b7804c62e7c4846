/**
 * Series read at scrape time: depths and ages, which would be stale if they were set when they change.
 */

import type { QueueStats } from '../queue/work-queue.ts';
import type { PrometheusMetrics } from './prometheus-metrics.ts';

export interface ManagerMetricsSource {
  readonly queues: () => readonly { readonly name: string; readonly stats: QueueStats }[];
  readonly leading: () => boolean;
}

/** Declares the series; the result records one event-loop lag in milliseconds. */
export function declareManagerMetrics(
  metrics: PrometheusMetrics,
  source: ManagerMetricsSource,
): (lagMs: number) => void {
  declareQueueGauges(metrics, source.queues);
  metrics.collectedGauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads.',
    labels: ['name'],
    collect: (set) => set(source.leading() ? 1 : 0, { name: 'k8sop' }),
  });
  const lag = metrics.histogram({
    name: 'k8sop_event_loop_lag_seconds',
    help: 'How late the event loop was, measured every 500 ms.',
    labels: [],
  });
  return (lagMs) => lag.observe(lagMs / 1000);
}

function declareQueueGauges(metrics: PrometheusMetrics, queues: ManagerMetricsSource['queues']): void {
  metrics.collectedGauge({
    name: 'workqueue_depth',
    help: 'Due keys.',
    labels: ['name', 'controller', 'priority'],
    collect: (set) => {
      for (const { name, stats } of queues()) {
        if (stats.ready === 0) set(0, { name, controller: name, priority: '0' });
        for (const [priority, count] of stats.readyByPriority) {
          set(count, { name, controller: name, priority: String(priority) });
        }
      }
    },
  });
  metrics.collectedGauge({
    name: 'workqueue_unfinished_work_seconds',
    help: 'Age of all runs under way, added up.',
    labels: ['name', 'controller'],
    collect: (set) => {
      for (const { name, stats } of queues()) set(stats.unfinishedMs / 1000, { name, controller: name });
    },
  });
  metrics.collectedGauge({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'Age of the oldest run under way.',
    labels: ['name', 'controller'],
    collect: (set) => {
      for (const { name, stats } of queues()) set(stats.longestRunningMs / 1000, { name, controller: name });
    },
  });
}
