// The way in for what others send us: bounces that come back by mail, complaints, automatic answers, and mail for the operator.
//
// Steps: judge the address (may it be taken at all) → read the report → find the return path that proves it → match message and
// recipients → leave out what is known already → one event each, in the log of the message's lane. What resolves as `recorded` is
// on disk. Promises: a forged report changes nothing, is counted, and is answered like any other; nobody is ever written to, so
// there is no backscatter. Trouble of ours is thrown, and the client comes again. RFC 3464, RFC 5965, RFC 3834.
import type { BouncedEvent, Event } from '../domain/event.ts';
import { bounceTypeInfo, type BounceType } from '../domain/bounce/types.ts';
import { isExpired, judgeAddress, type InboundAddress, type InboundRules } from '../domain/inbound-address.ts';
import type { Message } from '../domain/message.ts';
import { createBoundedCache, type BoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { LaneId, MessageId, StreamId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { CounterMetric, Metrics } from '../lib/metrics.ts';
import { readReport, type ReadReport } from '../mail/report/read-report.ts';
import type { ReturnPathId } from '../mail/verp.ts';
import type { OperatorMail, OperatorMailbox } from '../ports/operator-mail.ts';
import { matchReport, returnPathIn, type Matched, type Unmatched } from './match-report.ts';
import { reportEvent } from './report-event.ts';

export type ReceiveResult =
  | {
      readonly kind: 'recorded';
      readonly messageId: MessageId;
      readonly stream: StreamId;
      readonly lane: LaneId;
      readonly types: readonly BounceType[];
    }
  | { readonly kind: 'ignored'; readonly reason: Exclude<Unmatched, 'recipient-unknown'> | 'duplicate' | 'too-old' | 'not-at-a-return-path' } // prettier-ignore
  /** Not to be believed. */
  | { readonly kind: 'forged'; readonly reason: 'no-return-path' | 'recipient-unknown' }
  | { readonly kind: 'kept'; readonly name: string }
  | { readonly kind: 'unknown-recipient'; readonly reason: string };

export interface ReceiveDeps {
  readonly rules: InboundRules;
  readonly findMessage: (id: MessageId) => Promise<Message | undefined>;
  /** Whether a bounce of this type is on record for the recipient of the message. */
  readonly isKnown: (message: Message, address: string, type: BounceType) => Promise<boolean>;
  /** Writes to the log of the lane; resolves when it is on disk. */
  readonly record: (lane: LaneId, events: readonly Event[]) => Promise<void>;
  readonly mailbox: OperatorMailbox;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly counters: ReceiveCounters;
  /** How many of the facts that were written are remembered, to know them again before the index does. */
  readonly maxRemembered?: number;
}

export interface ReceiveCounters {
  readonly reports: CounterMetric<'result' | 'reason'>;
}

export function declareReceiveCounters(metrics: Metrics): ReceiveCounters {
  return {
    reports: metrics.counter({
      name: 'bulkhead_reports_total',
      help: 'Mail that came in (bounces, complaints, answers), by what became of it and why.',
      labels: ['result', 'reason'],
    }),
  };
}

export interface Receive {
  /** Whether mail to the address is taken. */
  judge(address: string): InboundAddress;
  /** Counts an address that was refused for what `judge` said. */
  refused(address: InboundAddress & { readonly kind: 'refused' }): void;
  /** Takes a message, for each of its recipients in turn; rejects where it cannot be kept for one of them now. */
  message(arrived: Arrived): Promise<readonly ReceiveResult[]>;
}

export interface Arrived extends Omit<OperatorMail, 'at' | 'recipient'> {
  readonly recipients: readonly string[];
}

const DEFAULT_REMEMBERED = 50_000;
const REMEMBERED_MS = 86_400_000;

export function createReceive(deps: ReceiveDeps): Receive {
  const { rules, clock, counters } = deps;
  const bounds = { maxEntries: deps.maxRemembered ?? DEFAULT_REMEMBERED, ttlMs: REMEMBERED_MS };
  const written: Written = createBoundedCache(bounds, clock);
  const judge = (address: string): InboundAddress => judgeAddress(address, rules, clock.now());
  return {
    judge,
    refused: ({ why }) => counters.reports.inc({ result: 'refused', reason: why }),
    async message({ recipients, ...given }) {
      // Milliseconds at worst, on the thread that accepts mail: once for all recipients.
      const read = readReport(given.raw);
      const results: ReceiveResult[] = [];
      // One after the other: reports have one recipient, and a list of many must not become many writes at once.
      for (const recipient of new Set(recipients)) {
        const mail = { ...given, recipient, at: clock.now() };
        const result = await take({ ...deps, written }, { mail, read }, judge(recipient));
        counters.reports.inc({ result: result.kind, reason: reasonOf(result) });
        told(deps.log, mail, result);
        results.push(result);
      }
      return results;
    },
  };
}

/** By message, recipient and type: the writing, which others that bring the same wait for. */
type Written = BoundedCache<string, Promise<void>>;
type Deps = ReceiveDeps & { readonly written: Written };

/** One copy of a message, and what it says. */
interface Copy {
  readonly mail: OperatorMail;
  readonly read: ReadReport;
}

async function take(deps: Deps, { mail, read }: Copy, address: InboundAddress): Promise<ReceiveResult> {
  if (address.kind === 'refused') return { kind: 'unknown-recipient', reason: address.why };
  if (address.kind === 'return-path') return recordReport(deps, mail, { ...read, id: address.id });
  const { report } = read;
  switch (report.kind) {
    case 'feedback': {
      const id = returnPathIn(report, deps.rules.key);
      if (id === undefined) return { kind: 'forged', reason: 'no-return-path' };
      if (isExpired(id, deps.rules.maxAgeMs, mail.at)) return { kind: 'ignored', reason: 'too-old' };
      return recordReport(deps, mail, { ...read, id });
    }
    case 'other':
    case 'request':
      // A person writes to us.
      return { kind: 'kept', name: await deps.mailbox.keep(mail) };
    case 'delivery-status':
    case 'auto-reply':
    case 'challenge':
      return { kind: 'ignored', reason: 'not-at-a-return-path' };
  }
}

type Proved = ReadReport & { readonly id: ReturnPathId };

async function recordReport(deps: Deps, mail: OperatorMail, proved: Proved): Promise<ReceiveResult> {
  const match = await matchReport(deps.findMessage, { ...proved, mailFrom: mail.mailFrom });
  if (match.kind === 'unmatched') {
    const { reason } = match;
    return reason === 'recipient-unknown' ? { kind: 'forged', reason } : { kind: 'ignored', reason };
  }
  const { message } = match;
  const recorded: BounceType[] = [];
  for (const matched of match.matched) {
    const event = reportEvent({ message, matched, read: proved, mail });
    if (await recordOnce(deps, message, matched, event)) recorded.push(matched.type);
  }
  if (recorded.length === 0) return { kind: 'ignored', reason: 'duplicate' };
  const { id: messageId, streamId: stream, lane } = message;
  return { kind: 'recorded', messageId, stream, lane, types: recorded };
}

/** False where it is on record already. The same report may come twice at once: the later one waits for the earlier. */
async function recordOnce(deps: Deps, message: Message, matched: Matched, event: BouncedEvent): Promise<boolean> {
  const { recipient, type } = matched;
  const key = `${message.id} ${recipient.index} ${type}`;
  const earlier = deps.written.get(key);
  if (earlier !== undefined) {
    await earlier;
    return false;
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Nobody may be waiting for it.
  promise.catch(() => undefined);
  deps.written.set(key, promise);
  try {
    const known = await deps.isKnown(message, recipient.address, type);
    if (!known) await deps.record(message.lane, [event]);
    resolve();
    return !known;
  } catch (error) {
    deps.written.delete(key);
    reject(error);
    throw error;
  }
}

function reasonOf(result: ReceiveResult): string {
  switch (result.kind) {
    case 'recorded':
      return result.types[0] !== undefined && bounceTypeInfo(result.types[0]).deactivates ? 'deactivates' : 'noted';
    case 'kept':
      return 'for-the-operator';
    case 'ignored':
    case 'forged':
    case 'unknown-recipient':
      return result.reason;
  }
}

function told(log: Log, { client, recipient }: OperatorMail, result: ReceiveResult): void {
  const mailbox = recipient.startsWith('rp-') ? undefined : recipient;
  if (result.kind === 'ignored' || result.kind === 'unknown-recipient')
    log.debug({ client, mailbox, ...result }, 'mail came in');
  else log.info({ client, mailbox, ...result }, 'mail came in');
}
