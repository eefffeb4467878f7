// tls.sqlite: policies, last sessions, counts by day.
//
// Written by one thread, read by all: a commit does not wait for the disk (synchronous=NORMAL), so what a power cut may take
// is the last few moments, and nothing that mail depends on.
import type { StsPolicy } from '../../mail/tls/mta-sts.ts';
import type { TlsFailure, VerifiedBy } from '../../mail/tls/requirement.ts';
import type { LastSession, PolicyReader, PolicyType, StoredPolicy, TlsTally } from '../../ports/tls-desk.ts';
import type { DayCount, DayTotal, DomainDay, TlsStore } from '../../ports/tls-store.ts';
import { openDatabase, type Connection } from './database.ts';
import { TLS_SCHEMA } from './tls-schema.ts';

export interface TlsStoreOptions {
  readonly file: string;
  /** Kinds of sessions counted in a day; further ones are not counted. */
  readonly maxRowsPerDay?: number;
}

/** For lanes: what they read of it. */
export function openPolicyReader(file: string): PolicyReader & { close(): void } {
  const db = open(file, READER_CACHE_KIB);
  return { policy: policyOf(db), close: () => void db.close() };
}

export function openTlsStore({ file, maxRowsPerDay = MAX_ROWS_PER_DAY }: TlsStoreOptions): TlsStore {
  const db = open(file, WRITER_CACHE_KIB);
  const sql = statements(db);
  const rows = { day: '', count: 0 };

  const add = db.transaction((day: string, tallies: readonly TlsTally[]) => {
    if (rows.day !== day) Object.assign(rows, { day, count: sql.countRows.pluck().get(day) as number });
    for (const tally of tallies) {
      sql.session.run(sessionRow(tally));
      if (tally.policyType === 'sts') sql.used.run(tally.at, tally.domain);
      const row = tallyRow(day, tally);
      if (sql.count.run(row).changes > 0 || rows.count >= maxRowsPerDay) continue;
      sql.firstCount.run(row);
      rows.count += 1;
    }
  });

  return {
    policy: policyOf(db),
    keepPolicy: ({ domain, id, policy, fetchedAt, expiresAt }) =>
      void sql.keep.run({ domain, id, policy: JSON.stringify(policy), fetchedAt, expiresAt }),
    policiesToRefresh: (due, limit) => (sql.toRefresh.all({ ...due, limit }) as PolicyRow[]).map(readPolicy),
    policies: (now, limit) => (sql.policies.all(now, limit) as PolicyRow[]).map(readPolicy),
    add: (day, tallies) => void add(day, tallies),
    counts: ({ day, domain }) => (sql.counts.all(day, domain) as TallyRow[]).map(readCount),
    totals: (day, limit) => sql.totals.all(day, limit) as DayTotal[],
    sessions: (domain, limit) =>
      ((domain === undefined ? sql.sessions.all(limit) : sql.sessionsOf.all(domain, limit)) as SessionRow[]).map(
        readSession,
      ),
    unreported: (today, limit) => sql.unreported.all(today, limit) as DomainDay[],
    reported: ({ day, domain }) => void sql.reported.run(day, domain),
    trim(now) {
      const oldDay = new Date(now - KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);
      for (const statement of [sql.oldTallies, sql.oldReports]) statement.run(oldDay);
      sql.oldPolicies.run(now);
      sql.oldSessions.run(now - KEPT_SESSIONS_MS, MAX_SESSIONS);
    },
    close: () => void db.close(),
  };
}

function open(file: string, cacheKiB: number): Connection {
  const db = openDatabase({ file, schema: TLS_SCHEMA, cacheKiB, checkpointPages: 1000, busyTimeoutMs: 5000 });
  db.pragma('synchronous = NORMAL');
  return db;
}

function policyOf(db: Connection): (domain: string) => StoredPolicy | undefined {
  const find = db.prepare('select * from policy where domain = ?');
  return (domain) => {
    const row = find.get(domain) as PolicyRow | undefined;
    return row === undefined ? undefined : readPolicy(row);
  };
}

function statements(db: Connection) {
  const sameCount = `day = @day and domain = @domain and policy_type = @policyType and policy_text = @policyText
    and host = @host and ip = @ip and local_ip = @localIp and failure = @failure`;
  return {
    keep: db.prepare(`insert into policy (domain, id, policy, fetched_at, expires_at, used_at)
      values (@domain, @id, @policy, @fetchedAt, @expiresAt, @fetchedAt)
      on conflict do update set id = @id, policy = @policy, fetched_at = @fetchedAt, expires_at = @expiresAt`),
    toRefresh: db.prepare(`select * from policy
      where fetched_at < @fetchedBefore and used_at > @usedAfter and expires_at > @now order by fetched_at limit @limit`),
    policies: db.prepare('select * from policy where expires_at > ? order by domain limit ?'),
    used: db.prepare('update policy set used_at = ? where domain = ?'),
    session: db.prepare(`insert or replace into session
      (domain, host, ip, at, policy_type, protocol, cipher, verified_by, failure, reason)
      values (@domain, @host, @ip, @at, @policyType, @protocol, @cipher, @verifiedBy, @failure, @reason)`),
    sessions: db.prepare('select * from session order by at desc limit ?'),
    sessionsOf: db.prepare('select * from session where domain = ? order by at desc limit ?'),
    count: db.prepare(`update tally set count = count + @count, reason = @reason where ${sameCount}`),
    firstCount: db.prepare(`insert into tally
      (day, domain, policy_type, policy_text, host, ip, local_ip, failure, reason, count)
      values (@day, @domain, @policyType, @policyText, @host, @ip, @localIp, @failure, @reason, @count)`),
    countRows: db.prepare('select count(*) from tally where day = ?'),
    counts: db.prepare('select * from tally where day = ? and domain = ? order by count desc'),
    totals: db.prepare(`select domain, sum(iif(failure = '', count, 0)) as succeeded,
      sum(iif(failure = '', 0, count)) as failed from tally where day = ? group by domain limit ?`),
    unreported: db.prepare(`select distinct day, domain from tally where day < ?
      and not exists (select 1 from report where report.day = tally.day and report.domain = tally.domain) limit ?`),
    reported: db.prepare('insert or ignore into report (day, domain) values (?, ?)'),
    oldTallies: db.prepare('delete from tally where day < ?'),
    oldReports: db.prepare('delete from report where day < ?'),
    oldPolicies: db.prepare('delete from policy where expires_at <= ?'),
    oldSessions: db.prepare(`delete from session where at < ?
      or at < (select at from session order by at desc limit 1 offset ?)`),
  };
}

interface PolicyRow {
  readonly domain: string;
  readonly id: string;
  readonly policy: string;
  readonly fetched_at: number;
  readonly expires_at: number;
}

function readPolicy({ domain, id, policy, fetched_at: fetchedAt, expires_at: expiresAt }: PolicyRow): StoredPolicy {
  return { domain, id, policy: JSON.parse(policy) as StsPolicy, fetchedAt, expiresAt };
}

interface TallyRow {
  readonly policy_type: PolicyType;
  readonly policy_text: string;
  readonly host: string;
  readonly ip: string;
  readonly local_ip: string;
  readonly failure: TlsFailure | '';
  readonly reason: string;
  readonly count: number;
}

function tallyRow(day: string, tally: TlsTally): Record<string, string | number> {
  const { domain, policyType, policyText, host, ip, localIp, failure, reason, count } = tally;
  return {
    ...{ day, domain, policyType, policyText: JSON.stringify(policyText), host, ip, count },
    localIp: localIp ?? '',
    failure: failure ?? '',
    reason: reason ?? '',
  };
}

function readCount({ policy_type, policy_text, local_ip, failure, ...row }: TallyRow): DayCount {
  return {
    ...{ host: row.host, ip: row.ip, reason: row.reason, count: row.count },
    policyType: policy_type,
    policyText: JSON.parse(policy_text) as string[],
    localIp: local_ip,
    failure: failure === '' ? undefined : failure,
  };
}

interface SessionRow {
  readonly domain: string;
  readonly host: string;
  readonly ip: string;
  readonly at: number;
  readonly policy_type: PolicyType;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly verified_by: VerifiedBy | null;
  readonly failure: TlsFailure | null;
  readonly reason: string | null;
}

function sessionRow(tally: TlsTally): Record<string, string | number | null> {
  const { domain, host, ip, at, policyType, protocol, cipher, verifiedBy, failure, reason } = tally;
  return {
    ...{ domain, host, ip, at, policyType },
    protocol: protocol ?? null,
    cipher: cipher ?? null,
    verifiedBy: verifiedBy ?? null,
    failure: failure ?? null,
    reason: reason ?? null,
  };
}

function readSession(row: SessionRow): LastSession {
  const { domain, host, ip, at, policy_type: policyType } = row;
  return {
    ...{ domain, host, ip, at, policyType },
    protocol: row.protocol ?? undefined,
    cipher: row.cipher ?? undefined,
    verifiedBy: row.verified_by ?? undefined,
    failure: row.failure ?? undefined,
    reason: row.reason ?? undefined,
  };
}

const READER_CACHE_KIB = 128;
const WRITER_CACHE_KIB = 1024;
const MAX_ROWS_PER_DAY = 100_000;
const MAX_SESSIONS = 100_000;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 7;
const KEPT_SESSIONS_MS = 30 * DAY_MS;
