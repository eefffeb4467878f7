// The schemas that the migrations lead to are checked in, so that a change of them is seen in review. After a new migration,
// `UPDATE_SCHEMA=1 npm test -- sqlite-schema` writes them anew.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BULK_SCHEMA } from '../../src/backends/sqlite/bulk-schema.ts';
import { ANSWER_SCHEMA } from '../../src/backends/sqlite/answer-schema.ts';
import { CONTROL_SCHEMA } from '../../src/backends/sqlite/control-schema.ts';
import { dumpSchema, openDatabase, type Connection, type Schema } from '../../src/backends/sqlite/database.ts';
import { GUARD_SCHEMA } from '../../src/backends/sqlite/guard-store.ts';
import { LANE_SCHEMA } from '../../src/backends/sqlite/lane-schema.ts';
import { STATISTICS_SCHEMA } from '../../src/backends/sqlite/statistics-store.ts';
import { TLS_SCHEMA } from '../../src/backends/sqlite/tls-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'schema-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function openFresh(name: string, schema: Schema): Connection {
  return openDatabase({ file: join(folder, name), schema, cacheKiB: 512, checkpointPages: 100, busyTimeoutMs: 0 });
}

for (const [name, schema] of [
  ['bulk-schema.sql', BULK_SCHEMA],
  ['answer-schema.sql', ANSWER_SCHEMA],
  ['control-schema.sql', CONTROL_SCHEMA],
  ['guard-schema.sql', GUARD_SCHEMA],
  ['lane-schema.sql', LANE_SCHEMA],
  ['statistics-schema.sql', STATISTICS_SCHEMA],
  ['tls-schema.sql', TLS_SCHEMA],
] as const) {
  test(`${name} is what the migrations lead to`, () => {
    const checkedIn = new URL(`../../src/backends/sqlite/${name}`, import.meta.url);
    const db = openFresh(name, schema);
    const dump = dumpSchema(db);
    db.close();
    if (process.env['UPDATE_SCHEMA'] !== undefined) writeFileSync(checkedIn, dump);
    assert.equal(dump, readFileSync(checkedIn, 'utf8'));
  });
}

test('an older file is brought up to date, and its rows stay', () => {
  const first: Schema = { name: 'a file', migrations: ['create table t (a integer) strict'] };
  const second: Schema = { ...first, migrations: [...first.migrations, 'alter table t add column b text'] };
  const old = openFresh('older', first);
  old.exec('insert into t values (7)');
  old.close();
  const db = openFresh('older', second);
  assert.deepEqual(db.prepare('select a, b from t').all(), [{ a: 7, b: null }]);
  assert.equal(db.pragma('user_version', { simple: true }), 2);
  db.close();
});

test('a migration that fails leaves the file as it was', () => {
  const first: Schema = { name: 'a file', migrations: ['create table t (a integer) strict'] };
  const second: Schema = { ...first, migrations: [...first.migrations, 'create table u (a integer); nonsense'] };
  openFresh('failing', first).close();
  assert.throws(() => openFresh('failing', second), /syntax error/);
  const db = openFresh('failing', first);
  assert.doesNotMatch(dumpSchema(db), /table u/);
  db.close();
});

test('commits are on disk when they return', () => {
  const db = openFresh('pragmas', LANE_SCHEMA);
  assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
  assert.equal(db.pragma('synchronous', { simple: true }), 2, 'FULL');
  db.close();
});
