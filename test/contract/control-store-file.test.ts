// The control store's file: shared by threads and processes, kept over a restart, and safe to lose without its key.
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { readFileSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SchemaTooNew } from '../../src/backends/sqlite/database.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { AccountId, ServerId } from '../../src/lib/ids.ts';
import { SealBroken } from '../../src/lib/sealed-box.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import { freshFile, openSqliteControl } from './control-backends.ts';

const PEM = '-----BEGIN PRIVATE KEY-----\nvery-private\n-----END PRIVATE KEY-----\n';

/** The first one that a store makes. */
const ACCOUNT = 1 as AccountId;

async function addSecrets(store: ControlStore): Promise<number> {
  const accountId = await store.createAccount('One');
  const secret = { hash: 'secret hash', text: 'very-secret' };
  const token = await store.createToken({ kind: 'smtp', accountId, hash: 'access', secret, hint: 'very' });
  const key = { domain: 'one.example', selector: 's1', algorithm: 'rsa-sha256', privateKeyPem: PEM } as const;
  await store.senders.addKey({ ...key, accountId, recordValue: 'k=rsa; p=MIG', state: 'active' });
  return token.id;
}

describe('the control file', () => {
  test('holds no private key and no secret in the clear', async () => {
    const file = freshFile();
    await using store = openSqliteControl(file);
    const tokenId = await addSecrets(store);
    const bytes = Buffer.concat([readFileSync(file), readFileSync(`${file}-wal`)]);
    assert.ok(bytes.includes('one.example'), 'what is not secret is found');
    for (const secret of ['very-secret', 'very-private', 'BEGIN PRIVATE']) assert.ok(!bytes.includes(secret), secret);
    assert.equal((await store.smtpSecret(tokenId))?.text, 'very-secret');
    assert.equal((await store.senders.signingKeys(ACCOUNT, 'one.example'))[0]?.privateKeyPem, PEM);
  });

  test('gives no secret away to another key', async () => {
    const file = freshFile();
    await using store = openSqliteControl(file);
    const tokenId = await addSecrets(store);
    await using thief = openSqliteControl(file, Buffer.alloc(32, 8));
    await assert.rejects(thief.smtpSecret(tokenId), SealBroken);
    await assert.rejects(thief.senders.signingKeys(ACCOUNT, 'one.example'), SealBroken);
  });

  test('gives no secret away that was moved to another row', async () => {
    const file = freshFile();
    await using store = openSqliteControl(file);
    await addSecrets(store);
    const db = new Database(file);
    db.exec(`insert into dkim_key select account_id, 'evil.example', selector, algorithm, sealed_private_key,
             record_value, state, created_at, changed_at from dkim_key`);
    db.close();
    await assert.rejects(store.senders.signingKeys(ACCOUNT, 'evil.example'), SealBroken);
  });

  test('can be read by its owner alone', async () => {
    const file = freshFile();
    await using store = openSqliteControl(file);
    await store.createAccount('One');
    for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(file + suffix).mode & 0o777, 0o600, suffix);
  });

  test('shows a write to every other reader at once', async () => {
    const file = freshFile();
    await using writer = openSqliteControl(file);
    await using reader = openSqliteControl(file);
    const accountId = await writer.createAccount('One');
    assert.equal(await reader.firstAccount(), accountId);
    const token = await writer.createToken({ kind: 'account', accountId, hash: 'h', hint: 'aaaa' });
    assert.deepEqual(await reader.tokenByHash('h'), token);
    await reader.revokeToken(token.id, 5);
    assert.equal(await writer.tokenByHash('h'), undefined);
  });

  test('keeps everything over a restart', async () => {
    const file = freshFile();
    let serverId = 0 as ServerId;
    {
      await using store = openSqliteControl(file);
      await addSecrets(store);
      const accountId = await store.firstAccount();
      serverId = (await store.createServer(accountId!, 'Shop', DEFAULT_SERVER_SETTINGS)).id;
    }
    await using store = openSqliteControl(file);
    assert.equal((await store.server(serverId))?.name, 'Shop');
    assert.equal((await store.senders.signingKeys(ACCOUNT, 'one.example'))[0]?.privateKeyPem, PEM);
  });

  test('gives a server that is older than a setting the default of the setting', async () => {
    const file = freshFile();
    await using store = openSqliteControl(file);
    const accountId = await store.createAccount('One');
    const { id } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
    const db = new Database(file);
    db.prepare('update server set settings = ?').run('{"trackOpens":true}');
    db.close();
    assert.deepEqual((await store.server(id))?.settings, { ...DEFAULT_SERVER_SETTINGS, trackOpens: true });
  });

  test('refuses a server of an account that does not exist', async () => {
    await using store = openSqliteControl(freshFile());
    await assert.rejects(store.createServer(99 as AccountId, 'Shop', DEFAULT_SERVER_SETTINGS), /FOREIGN KEY/);
  });

  test('is refused when a newer release wrote it', async () => {
    const file = freshFile();
    await openSqliteControl(file)[Symbol.asyncDispose]();
    const db = new Database(file);
    db.pragma('user_version = 99');
    db.close();
    assert.throws(() => openSqliteControl(file), SchemaTooNew);
  });

  test('is made once by several threads that start together, and takes the writes of all', async () => {
    const file = freshFile();
    const threads = [1, 2, 3].map((name) => {
      const url = new URL('./control-store-worker.ts', import.meta.url);
      const worker = new Worker(url, { workerData: { file, name: `thread ${name}`, servers: 20 } });
      return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    });
    assert.deepEqual(await Promise.all(threads), [0, 0, 0]);
    await using store = openSqliteControl(file);
    let servers = 0;
    for (const id of [1, 2, 3]) servers += (await store.servers(id as AccountId)).length;
    assert.equal(servers, 60);
  });
});
