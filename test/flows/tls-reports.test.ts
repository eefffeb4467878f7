// Daily reports about TLS: when they are due, to whom they go, and what becomes of one that nobody takes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { simpleParser } from 'mailparser';
import { openTlsStore } from '../../src/backends/sqlite/tls-store.ts';
import { sendTlsReports, type TlsReportDeps } from '../../src/core/send-tls-reports.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { TlsTally } from '../../src/ports/tls-desk.ts';
import type { TlsStore } from '../../src/ports/tls-store.ts';
import type { DnsAnswer } from '../../src/ports/resolver.ts';
import { startDeliveryWorld } from '../support/delivery-world.ts';
import { eventually } from '../support/installation.ts';

const MONDAY = Date.UTC(2026, 10, 2, 12);
const HOUR = 3_600_000;
const FOREVER = new AbortController().signal;

interface ReportWorld {
  readonly store: TlsStore;
  readonly clock: { time: number };
  readonly mails: { to: readonly string[]; source: Uint8Array }[];
  readonly posts: string[];
  taken: boolean;
  record: DnsAnswer<string>;
  run(): Promise<void>;
}

function reportWorld(t: TestContext): ReportWorld {
  const folder = mkdtempSync(join(tmpdir(), 'tls-reports-'));
  const store = openTlsStore({ file: join(folder, 'tls.sqlite') });
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const clock = { time: MONDAY, now: () => clock.time, after: () => () => undefined };
  const world: ReportWorld = {
    ...{ store, clock, mails: [], posts: [], taken: true },
    record: { kind: 'found', records: ['v=TLSRPTv1; rua=mailto:tls@example.test,https://report.test/x'] },
    run: () => sendTlsReports(deps, FOREVER),
  };
  const deps: TlsReportDeps = {
    store,
    clock,
    resolver: { txt: async (name) => (name === '_smtp._tls.example.test' ? world.record : { kind: 'nxdomain' }) },
    sendMail: async (to, source) => (world.mails.push({ to, source }), world.taken),
    post: async (url) => (world.posts.push(url), world.taken),
    submitter: 'mail.sender.test',
    from: 'tls-reports@mail.sender.test',
    contact: 'postmaster@mail.sender.test',
    log: silentLog,
  };
  return world;
}

function tally(change: Partial<TlsTally> = {}): TlsTally {
  return {
    ...{ at: MONDAY, domain: 'example.test', policyType: 'sts', policyText: [], host: 'mx.test', ip: '192.0.2.1' },
    ...{ localIp: undefined, protocol: 'TLSv1.3', cipher: 'x', verifiedBy: 'mta-sts' },
    ...{ failure: undefined, reason: undefined, count: 3, ...change },
  };
}

const BROKEN = { failure: 'certificate-expired', reason: 'its certificate is out of its time' } as const;

describe('a day that is over', () => {
  test('is reported once, hours after its end, to all that the domain names', async (t) => {
    const world = reportWorld(t);
    world.store.add('2026-11-02', [tally(), tally({ ...BROKEN, count: 2 }), tally({ domain: 'quiet.test' })]);
    world.store.add('2026-11-02', [tally({ count: 4 })]);
    await world.run();
    assert.equal(world.mails.length, 0, 'the day is not over');
    world.clock.time = Date.UTC(2026, 10, 3, 4, 1);
    await world.run();
    await world.run();
    assert.deepEqual(world.posts, ['https://report.test/x']);
    assert.equal(world.mails.length, 1);
    assert.deepEqual(world.mails[0]?.to, ['tls@example.test']);
    const parsed = await simpleParser(Buffer.from(world.mails[0]?.source ?? []));
    const report = JSON.parse(gunzipSync(parsed.attachments[0]?.content ?? '').toString()) as {
      policies: { summary: unknown }[];
    };
    assert.deepEqual(
      report.policies.map(({ summary }) => summary),
      [{ 'total-successful-session-count': 7, 'total-failure-session-count': 2 }],
    );
    assert.deepEqual(world.store.unreported('2026-11-03', 10), [], 'nor is the domain asked again that wants none');
  });

  test('that nobody took is tried each hour, for two days', async (t) => {
    const world = reportWorld(t);
    world.store.add('2026-11-02', [tally()]);
    world.taken = false;
    world.clock.time = Date.UTC(2026, 10, 3, 5);
    for (let tries = 1; tries <= 3; tries += 1) {
      await world.run();
      assert.equal(world.mails.length, tries);
      world.clock.time += HOUR;
    }
    world.clock.time = Date.UTC(2026, 10, 5, 0, 1);
    await world.run();
    await world.run();
    assert.equal(world.mails.length, 4);
  });

  test('waits while the record cannot be looked up, and is dropped where it never can', async (t) => {
    const world = reportWorld(t);
    world.store.add('2026-11-02', [tally()]);
    world.record = { kind: 'temporary', reason: 'SERVFAIL' };
    world.clock.time = Date.UTC(2026, 10, 3, 5);
    await world.run();
    assert.equal(world.store.unreported('2026-11-03', 10).length, 1);
    world.clock.time = Date.UTC(2026, 10, 6);
    await world.run();
    assert.equal(world.store.unreported('2026-11-06', 10).length, 0);
    assert.equal(world.mails.length, 0);
  });
});

test('an installation sends what became due while it did not run, signed, and counts no session of it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-reports-'));
  const yesterday = new Date(Date.now() - 2 * 86_400_000 + HOUR).toISOString().slice(0, 10);
  const store = openTlsStore({ file: join(folder, 'tls.sqlite') });
  store.add(yesterday, [tally({ domain: 'wants.test' })]);
  store.close();
  const world = await startDeliveryWorld({ BULKHEAD_DATA: folder });
  t.after(async () => {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  world.dns.set('_smtp._tls.wants.test', { TXT: [['v=TLSRPTv1; rua=mailto:tls@reports.test']] });
  const mx = await world.host({}, 'reports.test');
  const message = await eventually('the report', async () => mx.messages[0], 20_000);
  assert.deepEqual(message.rcptTo, ['tls@reports.test']);
  const parsed = await simpleParser(Buffer.from(message.content, 'latin1'));
  assert.match(message.content, /^DKIM-Signature:[^]*?d=mail\.bulkhead\.test/m);
  assert.equal(parsed.from?.value[0]?.address, 'tls-reports@mail.bulkhead.test');
  assert.equal(parsed.attachments[0]?.contentType, 'application/tlsrpt+gzip');
  // Told together, by the same lane: once the other is known, this one would be too.
  await world.host({}, 'other.test');
  await world.send('ann@other.test');
  await eventually('the session of ordinary mail', async () => {
    const answer = await world.installation.api('GET', '/tls/other.test', { account: true });
    return answer.status === 200 ? true : undefined;
  });
  const known = await world.installation.api('GET', '/tls/reports.test', { account: true });
  assert.equal(known.status, 404);
});
