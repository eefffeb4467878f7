// Daily TLS reports (RFC 8460): for each day that is over and each domain that wants to know, what was counted goes by mail or
// HTTPS to where the domain says.
//
//   1. a day is due some hours after its end, at a time of its own for each domain, so that not all come at midnight (4.1)
//   2. the record `_smtp._tls` of the domain; without one there is nothing to send, ever
//   3. all targets are tried; where one took it, or nothing works for two days, the day is done with
// Promises: a report is sent again only where no target took it; one domain at a time; nothing is thrown for what others
// publish. Leaves to others: counting, transports.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { formatPolicy } from '../mail/tls/mta-sts.ts';
import { reportMail } from '../mail/tls/report-mail.ts';
import {
  readReportRecord,
  reportJson,
  type PolicyCounts,
  type ReportHead,
  type ReportTarget,
} from '../mail/tls/tls-report.ts';
import type { Resolver } from '../ports/resolver.ts';
import type { DayCount, DomainDay, TlsStore } from '../ports/tls-store.ts';
import { dayOf } from './show-tls.ts';

export interface TlsReportDeps {
  readonly store: Pick<TlsStore, 'unreported' | 'reported' | 'counts' | 'policy'>;
  readonly resolver: Pick<Resolver, 'txt'>;
  /** Queues a message from this installation; false where that did not work. */
  readonly sendMail: (to: readonly string[], source: Uint8Array) => Promise<boolean>;
  /** Posts the compressed report; false where it was not taken. */
  readonly post: (url: string, compressed: Uint8Array) => Promise<boolean>;
  readonly submitter: string;
  readonly from: string;
  readonly contact: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sends what is due; to be called about every hour. */
export async function sendTlsReports(deps: TlsReportDeps, signal: AbortSignal): Promise<void> {
  const { store, clock } = deps;
  for (const at of store.unreported(dayOf(clock.now()), PIECE)) {
    if (signal.aborted) return;
    if (clock.now() < dueAt(at, deps.submitter)) continue;
    if (await isDone(deps, at)) store.reported(at);
  }
}

async function isDone(deps: TlsReportDeps, at: DomainDay): Promise<boolean> {
  const { resolver, clock, log } = deps;
  const isLate = clock.now() > endOf(at.day) + GIVE_UP_MS;
  const record = await resolver.txt(`_smtp._tls.${at.domain}`);
  if (record.kind === 'temporary') return isLate;
  const targets = record.kind === 'found' ? readReportRecord(record.records) : [];
  if (targets.length === 0) return true;
  const sent = await send(deps, at, targets);
  if (sent) log.info({ domain: at.domain, day: at.day }, 'TLS report sent');
  else log.warn({ domain: at.domain, day: at.day, givenUp: isLate }, 'TLS report could not be sent');
  return sent || isLate;
}

async function send(deps: TlsReportDeps, at: DomainDay, targets: readonly ReportTarget[]): Promise<boolean> {
  const { submitter, contact, from } = deps;
  const head: ReportHead = { ...at, submitter, contact };
  const compressed = gzipSync(JSON.stringify(reportJson(head, policiesOf(deps.store, at))));
  const to = targets.flatMap((target) => (target.kind === 'mail' ? [target.address] : []));
  const urls = targets.flatMap((target) => (target.kind === 'https' ? [target.url] : []));
  const boundary = `report-${createHash('sha256').update(compressed).digest('hex').slice(0, 32)}`;
  const taken = await Promise.all([
    ...(to.length > 0 ? [deps.sendMail(to, reportMail({ from, to, head, compressed, boundary }))] : []),
    ...urls.map((url) => deps.post(url, compressed)),
  ]);
  return taken.includes(true);
}

function policiesOf(store: Pick<TlsStore, 'counts' | 'policy'>, at: DomainDay): readonly PolicyCounts[] {
  const byPolicy = Map.groupBy(store.counts(at), ({ policyType, policyText }) => `${policyType} ${policyText.join()}`);
  return [...byPolicy.values()].flatMap((counts) => {
    const [first] = counts;
    if (first === undefined) return [];
    const policy = first.policyType === 'sts' ? store.policy(at.domain)?.policy : undefined;
    return {
      type: first.policyType,
      text: policy === undefined ? first.policyText : formatPolicy(policy),
      mx: policy?.mx ?? [],
      succeeded: counts.reduce((sum, { failure, count }) => (failure === undefined ? sum + count : sum), 0),
      failures: failuresOf(counts),
    };
  });
}

function failuresOf(counts: readonly DayCount[]): PolicyCounts['failures'] {
  return counts.flatMap(({ failure, host, ip, localIp, reason, count }) =>
    failure === undefined ? [] : [{ failure, host, ip, localIp, reason, count }],
  );
}

function dueAt({ day, domain }: DomainDay, submitter: string): number {
  const lot = createHash('sha256').update(`${submitter} ${domain}`).digest().readUInt32BE(0) / 2 ** 32;
  return endOf(day) + lot * SPREAD_MS;
}

function endOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS;
}

const DAY_MS = 86_400_000;
/** Up to four hours (section 4.1). */
const SPREAD_MS = DAY_MS / 6;
const GIVE_UP_MS = 2 * DAY_MS;
/** Domains and days looked at in one go. */
const PIECE = 2000;
