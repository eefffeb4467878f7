// The SMTP load generator, a process of its own: so many sessions, so many messages, one JSON line at the end.
//
//   node bench/load/smtp-load.ts --port 2525 --messages 10000 [--sessions 20] [--each] [--size 4096] [--auth TOKEN]
//        [--domains 4] [--first-domain 0] [--domain-digits 1] [--first-id 0] [--pause 0] [--marks] [--deadline 300] [--partial]
//
// `--each` opens a connection for every message. `--marks` reports when each MAIL FROM left (machine's monotonic clock,
// microseconds). Failed messages are counted, not sent again. Ends with code 1 when the deadline comes
// first or a message failed, unless `--partial` says that the report is wanted all the same.
import { parseArgs } from 'node:util';
import { nowMicros, ownCpuMicros } from '../system/clock.ts';
import { summarise, type LatencySummary } from './latency.ts';
import type { DomainRange } from './message.ts';
import { runSession } from './smtp-session.ts';

export interface LoadReport {
  readonly accepted: number;
  readonly failed: number;
  /** Up to five different reasons. */
  readonly reasons: readonly string[];
  /** From the first connection to the last reply. */
  readonly seconds: number;
  readonly perSecond: number;
  /** The generator's own CPU for one message. */
  readonly cpuMicros: number;
  /** Start of the run on the monotonic clock, microseconds. */
  readonly startedAt: number;
  /** MAIL FROM (or the request) to the reply that accepts. */
  readonly latency: LatencySummary;
  /** By place: first id, first id + 1, …; 0 where a message failed. */
  readonly marks?: readonly number[];
}

const MAX_REASONS = 5;
const MAX_FAILURES = 1000;

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    messages: { type: 'string' },
    sessions: { type: 'string', default: '20' },
    size: { type: 'string', default: '4096' },
    domains: { type: 'string', default: '4' },
    'first-domain': { type: 'string', default: '0' },
    'domain-digits': { type: 'string', default: '1' },
    auth: { type: 'string' },
    'first-id': { type: 'string', default: '0' },
    pause: { type: 'string', default: '0' },
    deadline: { type: 'string', default: '300' },
    partial: { type: 'boolean', default: false },
    each: { type: 'boolean', default: false },
    marks: { type: 'boolean', default: false },
  },
});

const total = Number(values.messages);
const domains: DomainRange = {
  first: Number(values['first-domain']),
  count: Number(values.domains),
  digits: Number(values['domain-digits']),
};
const firstId = Number(values['first-id']);
const latencies = new Float64Array(total);
const marks = new Float64Array(values.marks ? total : 0);
const reasons = new Set<string>();
let handedOut = 0;
let accepted = 0;
let failed = 0;
let running = Number(values.sessions);
let lastAt = 0;

const startedAt = nowMicros();
const cpuAtStart = ownCpuMicros();
setTimeout(() => finish(1), Number(values.deadline) * 1000).unref();

for (let session = 0; session < Number(values.sessions); session += 1) {
  runSession(
    {
      host: values.host,
      port: Number(values.port),
      size: Number(values.size),
      domains,
      reuse: !values.each,
      auth: values.auth,
      pauseMs: Number(values.pause),
    },
    {
      next: () => (handedOut < total && failed < MAX_FAILURES ? firstId + handedOut++ : undefined),
      accepted(id, mailFromAt, at) {
        latencies[accepted++] = at - mailFromAt;
        if (values.marks) marks[id - firstId] = mailFromAt;
        lastAt = at;
      },
      failed(_id, why) {
        failed += 1;
        if (reasons.size < MAX_REASONS) reasons.add(why);
      },
      finished: () => (--running === 0 ? finish(accepted === total ? 0 : 1) : undefined),
    },
  );
}

function finish(code: number): void {
  const cpu = ownCpuMicros() - cpuAtStart;
  const seconds = (lastAt - startedAt) / 1e6;
  const report: LoadReport = {
    accepted,
    failed,
    reasons: [...reasons],
    seconds,
    perSecond: seconds > 0 ? accepted / seconds : 0,
    cpuMicros: accepted > 0 ? cpu / accepted : 0,
    startedAt,
    latency: summarise(latencies.subarray(0, accepted)),
    ...(values.marks ? { marks: [...marks] } : {}),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(values.partial ? 0 : code));
}
