// The parts of prom-client that metrics.ts needs, each in a file of its own. The package's own entry loads a push gateway and
// with it node's HTTP client: 4 MB and more in each thread that counts. Types are those of the entry.
declare module 'prom-client/lib/cluster.js' {
  import { AggregatorRegistry } from 'prom-client';
  export { AggregatorRegistry as default };
}
declare module 'prom-client/lib/counter.js' {
  import { Counter } from 'prom-client';
  export { Counter as default };
}
declare module 'prom-client/lib/gauge.js' {
  import { Gauge } from 'prom-client';
  export { Gauge as default };
}
declare module 'prom-client/lib/histogram.js' {
  import { Histogram } from 'prom-client';
  export { Histogram as default };
}
declare module 'prom-client/lib/registry.js' {
  import { Registry } from 'prom-client';
  export { Registry as default };
}
