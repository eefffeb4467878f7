// The probe, a process of its own: one message every so many milliseconds, each over a connection of its own, whether or
// not the ones before have been answered. So a server that stalls meets all the messages that a real application would
// have sent meanwhile, and not one fewer. One JSON line at the end.
//
//   node bench/load/probe.ts --port 2525 --messages 1500 [--interval 200] [--size 4096] [--auth TOKEN] [--first-id 0]
//        [--domains 4] [--first-domain 0] [--domain-digits 1] [--grace 60] [--precise]
//
// `--precise` takes precedence over everything else on the machine (system/precedence.ts). `--grace` is how long answers
// are waited for after the last message was sent, in seconds.
import { parseArgs } from 'node:util';
import { nowMicros } from '../system/clock.ts';
import { takePrecedence } from '../system/precedence.ts';
import { runSession } from './smtp-session.ts';

/** Times are microseconds of the machine's monotonic clock, by place: first id, first id + 1, …; 0 for what never was. */
export interface ProbeReport {
  /** When the connection was begun. */
  readonly openedAt: readonly number[];
  /** When MAIL FROM was written; known of accepted messages. */
  readonly mailFromAt: readonly number[];
  /** When the reply came that accepts. */
  readonly acceptedAt: readonly number[];
  /** Messages that got another answer, or a broken connection. */
  readonly refused: number;
  /** Up to five different reasons. */
  readonly reasons: readonly string[];
  /** The most that the probe itself was behind its schedule, milliseconds. */
  readonly behindMs: number;
}

const MAX_REASONS = 5;

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    messages: { type: 'string' },
    interval: { type: 'string', default: '200' },
    size: { type: 'string', default: '4096' },
    auth: { type: 'string' },
    'first-id': { type: 'string', default: '0' },
    domains: { type: 'string', default: '4' },
    'first-domain': { type: 'string', default: '0' },
    'domain-digits': { type: 'string', default: '1' },
    grace: { type: 'string', default: '60' },
    precise: { type: 'boolean', default: false },
  },
});

const total = Number(values.messages);
const interval = Number(values.interval) * 1000;
const firstId = Number(values['first-id']);
const openedAt = new Float64Array(total);
const mailFromAt = new Float64Array(total);
const acceptedAt = new Float64Array(total);
const reasons = new Set<string>();
let refused = 0;
let sent = 0;
let open = 0;
let behind = 0;

if (values.precise) takePrecedence(process.pid);
const startedAt = nowMicros();
next();

function next(): void {
  const wait = startedAt + sent * interval - nowMicros();
  setTimeout(sendOne, Math.max(0, wait / 1000));
}

function sendOne(): void {
  const place = sent;
  sent += 1;
  open += 1;
  let id: number | undefined = firstId + place;
  openedAt[place] = nowMicros();
  behind = Math.max(behind, (openedAt[place] ?? 0) - (startedAt + place * interval));
  runSession(
    {
      host: values.host,
      port: Number(values.port),
      size: Number(values.size),
      domains: {
        first: Number(values['first-domain']),
        count: Number(values.domains),
        digits: Number(values['domain-digits']),
      },
      reuse: false,
      auth: values.auth,
      pauseMs: 0,
    },
    {
      next() {
        const mine = id;
        id = undefined;
        return mine;
      },
      accepted(_id, from, at) {
        mailFromAt[place] = from;
        acceptedAt[place] = at;
      },
      failed(_id, why) {
        refused += 1;
        if (reasons.size < MAX_REASONS) reasons.add(why);
      },
      finished: ended,
    },
  );
  if (sent < total) return next();
  setTimeout(finish, Number(values.grace) * 1000).unref();
}

function ended(): void {
  open -= 1;
  if (open === 0 && sent === total) finish();
}

function finish(): void {
  const report: ProbeReport = {
    openedAt: [...openedAt],
    mailFromAt: [...mailFromAt],
    acceptedAt: [...acceptedAt],
    refused,
    reasons: [...reasons],
    behindMs: Math.round(behind) / 1000,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}
