/**
 * The metrics port bound to a prom-client registry. One registry per manager; users may add their own series to it.
 */

import type {
  Counter as CounterSeries,
  Gauge as GaugeSeries,
  Histogram as HistogramSeries,
  Registry,
} from 'prom-client';
import type { Counter, Gauge, Histogram, MetricDeclaration, MetricLabels, Metrics } from '../metrics.ts';
import { PromCounter, PromGauge, PromHistogram, PromRegistry } from './prom-client-parts.ts';

/** Bounds in seconds that suit both a 1 ms cache hit and a 1 min reconcile. */
export const DURATION_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** A gauge whose values are read at scrape time. */
export interface CollectedGauge extends MetricDeclaration {
  readonly collect: (set: (value: number, labels?: MetricLabels) => void) => void;
}

export class PrometheusMetrics implements Metrics {
  readonly registry: Registry;

  constructor(registry: Registry = new PromRegistry()) {
    this.registry = registry;
  }

  counter(declaration: MetricDeclaration): Counter {
    const series =
      (this.registry.getSingleMetric(declaration.name) as CounterSeries | undefined) ??
      new PromCounter({ ...this.#common(declaration) });
    return { inc: (labels = {}, by = 1) => series.inc(labels, by) };
  }

  gauge(declaration: MetricDeclaration): Gauge {
    const series =
      (this.registry.getSingleMetric(declaration.name) as GaugeSeries | undefined) ??
      new PromGauge({ ...this.#common(declaration) });
    return { set: (value, labels = {}) => series.set(labels, value) };
  }

  histogram(declaration: MetricDeclaration): Histogram {
    const series =
      (this.registry.getSingleMetric(declaration.name) as HistogramSeries | undefined) ??
      new PromHistogram({
        ...this.#common(declaration),
        buckets: [...(declaration.buckets ?? DURATION_BUCKETS)],
      });
    return { observe: (value, labels = {}) => series.observe(labels, value) };
  }

  /** Declares a gauge that asks `collect` at each scrape; series not set again disappear. */
  collectedGauge(declaration: CollectedGauge): void {
    new PromGauge({
      ...this.#common(declaration),
      collect() {
        this.reset();
        declaration.collect((value, labels = {}) => this.set(labels, value));
      },
    });
  }

  /** The Prometheus text of every series. */
  async text(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  #common({ name, help, labels }: MetricDeclaration): {
    name: string;
    help: string;
    labelNames: string[];
    registers: Registry[];
  } {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
