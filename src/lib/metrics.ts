// Metrics in the Prometheus text format (version 0.0.4): a thin layer over prom-client, so that nothing else knows it.
//
// Each metric is declared, with its help text, in the file that counts it, on the registry that is handed in; there is
// no global one. Worker threads send `snapshot()`, and the main thread renders all of them together with
// `renderMetrics`. Labels must come from closed sets (a kind, a lane, a code class): every distinct set of labels is
// kept for the life of the process.
import AggregatorRegistry from 'prom-client/lib/cluster.js';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

export type Labels<L extends string> = Readonly<Record<L, string>>;
/** Metrics without labels are called without them: `inc()`, `set(3)`; the others as `inc({ lane: 'a' })`. */
type Labelled<L extends string, Rest extends readonly unknown[]> = [L] extends [never]
  ? Rest
  : [labels: Labels<L>, ...rest: Rest];

export interface MetricOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}
export interface GaugeOptions<L extends string> extends MetricOptions<L> {
  /** How the values of several threads become one; `sum` by default. */
  readonly merge?: 'sum' | 'max' | 'min' | 'first';
  /** Reads the value when the metrics are read, instead of `set`; only without labels. */
  readonly read?: () => number;
}
export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds of the buckets, growing; the last one (infinity) is added. */
  readonly buckets: readonly number[];
}

export interface CounterMetric<L extends string> {
  /** Adds `by`, 1 by default. */
  inc(...args: Labelled<L, [by?: number]>): void;
}
export interface GaugeMetric<L extends string> {
  set(...args: Labelled<L, [value: number]>): void;
  /** Adds `by`, which may be negative. */
  add(...args: Labelled<L, [by: number]>): void;
}
export interface HistogramMetric<L extends string> {
  observe(...args: Labelled<L, [value: number]>): void;
}

/** What one thread has counted; survives structuredClone and postMessage. */
export interface MetricsSnapshot {
  readonly metrics: readonly object[];
}

/** Declares metrics and counts on them. A name can be declared once; the second time throws. */
export interface Metrics {
  counter<const L extends string = never>(options: MetricOptions<L>): CounterMetric<L>;
  gauge<const L extends string = never>(options: GaugeOptions<L>): GaugeMetric<L>;
  histogram<const L extends string = never>(options: HistogramOptions<L>): HistogramMetric<L>;
  snapshot(): Promise<MetricsSnapshot>;
  /** This registry alone, as Prometheus text. */
  render(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  return {
    counter: (options) => counterOn(registry, options),
    gauge: (options) => gaugeOn(registry, options),
    histogram: (options) => histogramOn(registry, options),
    // A copy: prom-client hands out its live values.
    snapshot: async () => ({ metrics: structuredClone(await registry.getMetricsAsJSON()) }),
    render: () => registry.metrics(),
  };
}

/** Several threads' snapshots as one Prometheus text: equal names and labels become one line. */
export function renderMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots.map(({ metrics }) => metrics)).metrics();
}

function counterOn<L extends string>(registry: Registry, options: MetricOptions<L>): CounterMetric<L> {
  const counter = new Counter(common(registry, options));
  return {
    inc(...args: readonly unknown[]) {
      const { labels, value } = split<L>(args);
      counter.inc(labels, value ?? 1);
    },
  };
}

function gaugeOn<L extends string>(registry: Registry, options: GaugeOptions<L>): GaugeMetric<L> {
  const { read, merge = 'sum' } = options;
  const gauge: Gauge<L> = new Gauge<L>({
    ...common(registry, options),
    aggregator: merge,
    ...(read === undefined ? {} : { collect: () => gauge.set(read()) }),
  });
  return {
    set(...args: readonly unknown[]) {
      const { labels, value = 0 } = split<L>(args);
      gauge.set(labels, value);
    },
    add(...args: readonly unknown[]) {
      const { labels, value = 0 } = split<L>(args);
      gauge.inc(labels, value);
    },
  };
}

function histogramOn<L extends string>(registry: Registry, options: HistogramOptions<L>): HistogramMetric<L> {
  const histogram = new Histogram({ ...common(registry, options), buckets: [...options.buckets] });
  return {
    observe(...args: readonly unknown[]) {
      const { labels, value = 0 } = split<L>(args);
      histogram.observe(labels, value);
    },
  };
}

function common<L extends string>(registry: Registry, { name, help, labels = [] }: MetricOptions<L>) {
  return { name, help, labelNames: labels, registers: [registry] };
}

function split<L extends string>(args: readonly unknown[]): { labels: Partial<Labels<L>>; value: number | undefined } {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) {
    return { labels: first, value: second as number | undefined };
  }
  return { labels: {}, value: first as number | undefined };
}
