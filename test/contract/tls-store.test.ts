// What is kept of TLS: policies over a reopened file, counts by kind, and its bounds.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openPolicyReader, openTlsStore } from '../../src/backends/sqlite/tls-store.ts';
import type { StoredPolicy, TlsTally } from '../../src/ports/tls-desk.ts';

const AT = Date.UTC(2026, 10, 5, 12);
const DAY_MS = 86_400_000;
const POLICY: StoredPolicy = {
  domain: 'example.test',
  id: '1',
  policy: { mode: 'enforce', mx: ['mx.test'], maxAge: 86_400 },
  fetchedAt: AT,
  expiresAt: AT + DAY_MS,
};

function freshFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tls-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'tls.sqlite');
}

function tally(change: Partial<TlsTally> = {}): TlsTally {
  return {
    ...{ at: AT, domain: 'example.test', policyType: 'sts', policyText: [], host: 'mx.test', ip: '192.0.2.1' },
    ...{ localIp: undefined, protocol: 'TLSv1.3', cipher: 'x', verifiedBy: 'mta-sts' },
    ...{ failure: undefined, reason: undefined, count: 1, ...change },
  };
}

test('a policy is read from another connection, and after the file was opened again', (t) => {
  const file = freshFile(t);
  const store = openTlsStore({ file });
  const reader = openPolicyReader(file);
  assert.equal(reader.policy('example.test'), undefined);
  store.keepPolicy(POLICY);
  assert.deepEqual(reader.policy('example.test'), POLICY);
  store.keepPolicy({ ...POLICY, id: '2' });
  store.close();
  reader.close();
  const again = openTlsStore({ file });
  assert.equal(again.policy('example.test')?.id, '2');
  again.close();
});

test('equal sessions are one row with their number, others are rows of their own', (t) => {
  const store = openTlsStore({ file: freshFile(t) });
  const failed = { failure: 'certificate-expired', reason: 'old' } as const;
  store.add('2026-11-05', [tally({ count: 2 }), tally(failed), tally({ localIp: '198.51.100.1' })]);
  store.add('2026-11-05', [tally({ count: 3 }), tally({ ...failed, reason: 'older' })]);
  assert.deepEqual(
    store.counts({ day: '2026-11-05', domain: 'example.test' }).map((row) => [row.localIp, row.reason, row.count]),
    [
      ['', '', 5],
      ['', 'older', 2],
      ['198.51.100.1', '', 1],
    ],
  );
  assert.deepEqual(store.totals('2026-11-05', 10), [{ domain: 'example.test', succeeded: 6, failed: 2 }]);
  assert.equal(store.sessions('example.test', 10)[0]?.failure, 'certificate-expired', 'the last one is shown');
  store.close();
});

test('a day has a bounded number of rows; those that are there go on counting', (t) => {
  const file = freshFile(t);
  const store = openTlsStore({ file, maxRowsPerDay: 2 });
  store.add(
    '2026-11-05',
    ['a', 'b', 'c'].map((host) => tally({ host })),
  );
  store.close();
  const again = openTlsStore({ file, maxRowsPerDay: 2 });
  again.add(
    '2026-11-05',
    ['d', 'a'].map((host) => tally({ host })),
  );
  assert.deepEqual(
    again.counts({ day: '2026-11-05', domain: 'example.test' }).map(({ host, count }) => [host, count]),
    [
      ['a', 2],
      ['b', 1],
    ],
  );
  again.close();
});

test('trimming drops what is expired and old, and nothing else', (t) => {
  const store = openTlsStore({ file: freshFile(t) });
  store.keepPolicy(POLICY);
  store.add('2026-11-05', [tally()]);
  store.reported({ day: '2026-11-05', domain: 'example.test' });
  store.trim(AT + DAY_MS - 1);
  assert.equal(store.policies(AT, 10).length, 1);
  assert.equal(store.sessions(undefined, 10).length, 1);
  assert.deepEqual(store.unreported('2026-11-06', 10), []);
  store.trim(AT + 8 * DAY_MS);
  assert.equal(store.policies(AT, 10).length, 0);
  assert.equal(store.counts({ day: '2026-11-05', domain: 'example.test' }).length, 0);
  assert.equal(store.sessions(undefined, 10).length, 1);
  store.trim(AT + 31 * DAY_MS);
  assert.equal(store.sessions(undefined, 10).length, 0);
  store.close();
});
