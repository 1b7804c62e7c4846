/**
 * Port: metrics. Layers below the manager declare what they count; the manager binds the port to a
 * Prometheus registry. Label values never hold object names or namespaces, so the number of series
 * does not grow with the number of objects.
 */

export type MetricLabels = Readonly<Record<string, string>>;

export interface Counter {
  inc(labels?: MetricLabels, by?: number): void;
}

export interface Gauge {
  set(value: number, labels?: MetricLabels): void;
}

export interface Histogram {
  /** `value` in seconds for durations. */
  observe(value: number, labels?: MetricLabels): void;
}

export interface MetricDeclaration {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, for histograms only. */
  readonly buckets?: readonly number[];
}

export interface Metrics {
  /** Declaring one name twice returns the same series. */
  counter(declaration: MetricDeclaration): Counter;
  gauge(declaration: MetricDeclaration): Gauge;
  histogram(declaration: MetricDeclaration): Histogram;
}

/** Counts nothing. */
export const noMetrics: Metrics = {
  counter: () => ({ inc: () => {} }),
  gauge: () => ({ set: () => {} }),
  histogram: () => ({ observe: () => {} }),
};
