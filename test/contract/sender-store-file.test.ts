// Senders in a control file that is older than them: keys find their account and their state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROL_SCHEMA } from '../../src/backends/sqlite/control-schema.ts';
import { openDatabase } from '../../src/backends/sqlite/database.ts';
import type { AccountId } from '../../src/lib/ids.ts';
import { seal } from '../../src/lib/sealed-box.ts';
import { freshFile, KEY, NOON, openSqliteControl } from './control-backends.ts';

/** The control file as the release before sender signatures left it. */
function olderFile(): string {
  const file = freshFile();
  const before = CONTROL_SCHEMA.migrations.findIndex((sql) => sql.includes('create table sender_signature'));
  const schema = { ...CONTROL_SCHEMA, migrations: CONTROL_SCHEMA.migrations.slice(0, before) };
  const db = openDatabase({ file, schema, cacheKiB: 512, checkpointPages: 100, busyTimeoutMs: 0 });
  db.exec(`
    insert into account (id, name, created_at) values (1, 'One', 5), (2, 'Two', 5);
    insert into domain (id, account_id, name, proof, verified_at, return_path_domain, created_at) values
      (1, 2, 'one.example', 'dns', 7, null, 6), (2, 2, 'waits.example', null, null, null, 8),
      (3, 1, 'trusted.example', 'operator', 9, null, 9);
  `);
  const add = db.prepare('insert into dkim_key values (?, ?, ?, ?, ?, ?)');
  for (const [domain, selector, active] of [
    ['one.example', 's1', 1],
    ['waits.example', 's2', 0],
    ['gone.example', 's3', 1],
  ] as const) {
    add.run(
      domain,
      selector,
      'rsa-sha256',
      seal(`private ${selector}`, KEY, `dkim ${domain} ${selector}`),
      'p',
      active,
    );
  }
  db.close();
  return file;
}

test('an older control file keeps its keys: with their account, active or waiting, and sealed as they were', async () => {
  await using store = openSqliteControl(olderFile());
  const two = 2 as AccountId;
  const [key] = await store.senders.keys(two, 'one.example');
  assert.deepEqual([key?.selector, key?.state, key?.createdAt], ['s1', 'active', 6]);
  assert.equal((await store.senders.signingKeys(two, 'one.example'))[0]?.privateKeyPem, 'private s1');
  assert.equal((await store.senders.keys(two, 'waits.example'))[0]?.state, 'pending');
  const domain = await store.senders.domain(two, 'one.example');
  assert.deepEqual([domain?.proof, domain?.verifiedAt, domain?.dkimVerifiedAt], ['dns', 7, 7]);
  const due = (await store.senders.dueDomains(NOON, 9)).map(({ name }) => name);
  assert.deepEqual(due, ['one.example', 'waits.example'], 'they are looked at; who is trusted needs no look');
});
