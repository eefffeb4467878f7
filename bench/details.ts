// What stands behind the figures and helps to trust or explain them, as lines of label, Bulkhead, Postfix.
import { median, type Rounds, type Samples } from './figures.ts';
import type { RateSample } from './scenarios/accept.ts';
import type { EndToEndSample } from './scenarios/end-to-end.ts';

export interface Detail {
  readonly label: string;
  readonly bulkhead: string;
  readonly postfix: string;
}

export function detailsOf(samples: Samples): Detail[] {
  const details: Detail[] = [];
  const add = <Sample>(label: string, rounds: Rounds<Sample> | undefined, value: (sample: Sample) => number): void => {
    if (rounds === undefined) return;
    const shown = (all: readonly Sample[]): string => {
      const middle = median(all.map(value));
      return middle === undefined ? '' : String(Math.round(middle * 100) / 100);
    };
    const line = { label, bulkhead: shown(rounds.bulkhead), postfix: shown(rounds.postfix) };
    if (line.bulkhead !== '' || line.postfix !== '') details.push(line);
  };
  const accepted = (name: string, rounds: Rounds<RateSample> | undefined): void => {
    add(`${name}: reply to MAIL FROM..dot or request, p50 ms`, rounds, (sample) => sample.latencyP50);
    add(`${name}: the same, p99 ms`, rounds, (sample) => sample.latencyP99);
    add(`${name}: arrived at the slow sink meanwhile`, rounds, (sample) => sample.arrived);
    add(`${name}: generator's own CPU, µs a message`, rounds, (sample) => sample.generatorMicros);
  };
  const delivered = (name: string, rounds: Rounds<EndToEndSample> | undefined): void => {
    add(`${name}: accepted meanwhile, msg/s`, rounds, (sample) => sample.acceptedPerSecond);
    add(`${name}: CPU, ms a message`, rounds, (sample) => sample.cpuMsPerMessage);
    add(`${name}: duplicates`, rounds, (sample) => sample.duplicates);
    add(`${name}: generator's own CPU, µs a message`, rounds, (sample) => sample.generatorMicros);
  };
  accepted('accept, reused', samples.acceptReused);
  accepted('accept, one a connection', samples.acceptEach);
  delivered('end to end, reused', samples.endToEndReused);
  delivered('end to end, one a connection', samples.endToEndEach);
  add('idle: slowest, ms', samples.idle, (sample) => sample.max);
  add('idle: connections into the sink for one message', samples.idle, (sample) => sample.connectionsPerMessage);
  accepted('POST /email', samples.httpSingle);
  accepted('POST /email/batch', samples.httpBatch);
  add('memory: settled with the queue, MB', samples.memory, (sample) => sample.settled / 1e6);
  add('memory: after the restart, MB', samples.memory, (sample) => sample.afterRestart / 1e6);
  add('memory: accepted while filling, msg/s', samples.memory, (sample) => sample.acceptedPerSecond);
  add('memory: first start until healthy, s', samples.memory, (sample) => sample.firstStartMs / 1000);
  add('renders of a template: CPU, µs each', samples.templates, (sample) => sample.cpuMicros);
  add('renders with styles inlined: CPU, µs each', samples.templates, (sample) => sample.inlinedCpuMicros);
  return details;
}
