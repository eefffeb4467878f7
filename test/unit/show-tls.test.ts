// What people are shown of TLS where more destinations are known than are shown.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTlsStore } from '../../src/backends/sqlite/tls-store.ts';
import { dayOf, showTls } from '../../src/core/show-tls.ts';
import type { StsPolicy } from '../../src/mail/tls/mta-sts.ts';

test('the newest destination is shown with its counts and its policy, however many others there are', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'show-tls-'));
  const store = openTlsStore({ file: join(folder, 'tls.sqlite') });
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const now = Date.UTC(2026, 10, 5, 12);
  const session = {
    policyType: 'no-policy-found',
    policyText: [],
    host: 'mx.test',
    ip: '192.0.2.1',
    count: 1,
  } as const;
  const open = { ...session, localIp: undefined, protocol: 'TLSv1.3', cipher: 'AES', verifiedBy: undefined };
  const well = { ...open, failure: undefined, reason: undefined };
  const policy: StsPolicy = { mode: 'enforce', mx: ['mx.test'], maxAge: 86_400 };
  const others = Array.from({ length: 1100 }, (_, index) => `d${index}.test`);
  for (const domain of [...others, 'zzz.test']) {
    store.keepPolicy({ domain, id: '1', policy, fetchedAt: now, expiresAt: now + 1000 });
  }
  store.add(
    dayOf(now),
    others.map((domain) => ({ ...well, domain, at: now - 1000 })),
  );
  store.add(dayOf(now), [{ ...well, domain: 'zzz.test', at: now }]);
  const shown = showTls(store, undefined, now).destinations.find(({ domain }) => domain === 'zzz.test');
  assert.equal(shown?.succeeded, 1);
  assert.equal(shown?.policy?.policy.mode, 'enforce');
});
