// Servers and their tokens in the control store: what is unique, what a deletion leaves, what is known of a token.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CONTROL_BACKENDS, NOON, freshFile, openSqliteControl } from './control-backends.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { TokenLimits } from '../../src/domain/token-limits.ts';
import type { StreamId } from '../../src/lib/ids.ts';
import { InboundDomainTaken, NameTaken, type ControlStore } from '../../src/ports/control-store.ts';

const LIMITS: TokenLimits = {
  streams: ['outbound' as StreamId],
  fromDomains: ['sender.test'],
  networks: ['192.0.2.0/24'],
  expiresAt: NOON + 1000,
};

async function shopOf(store: ControlStore) {
  const accountId = await store.createAccount('One');
  const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
  return { accountId, serverId };
}

for (const backend of CONTROL_BACKENDS) {
  describe(`servers in the control store, ${backend.name}`, () => {
    test('an inbound domain is of one server, whatever the account, until it gives it up', async () => {
      await using store = backend.open();
      const { accountId, serverId } = await shopOf(store);
      const other = await store.createAccount('Two');
      const settings = { ...DEFAULT_SERVER_SETTINGS, inboundDomain: 'in.example.com' };
      const holder = await store.createServer(other, 'Shop', settings);
      await assert.rejects(store.updateServer(serverId, { inboundDomain: 'in.example.com' }), InboundDomainTaken);
      await assert.rejects(store.createServer(accountId, 'Blog', settings), InboundDomainTaken);
      assert.equal((await store.servers(accountId)).length, 1, 'nothing is left of what was refused');
      await assert.rejects(store.createServer(other, 'Shop', DEFAULT_SERVER_SETTINGS), NameTaken);
      await store.updateServer(holder.id, { inboundDomain: 'in.example.com', trackOpens: true });
      await store.updateServer(holder.id, { inboundDomain: '' });
      assert.equal(await store.serverOfInboundDomain('in.example.com'), undefined);
      assert.equal(await store.serverOfInboundDomain(''), undefined);
      await store.updateServer(serverId, { inboundDomain: 'in.example.com' });
      assert.equal(await store.serverOfInboundDomain('in.example.com'), serverId);
    });

    test('a deleted server has no stream that takes mail, and its inbound domain is free', async () => {
      await using store = backend.open();
      const { accountId, serverId } = await shopOf(store);
      await store.updateServer(serverId, { inboundDomain: 'in.example.com' });
      await store.messageStreams.archive(serverId, 'broadcast' as StreamId, 5);
      assert.equal(await store.deleteServer(serverId, 9), true);
      const archived = (await store.streams(serverId)).map(({ id, archivedAt }) => [id, archivedAt]);
      assert.deepEqual(archived, [
        ['outbound', 9],
        ['broadcast', 5],
        ['inbound', 9],
      ]);
      const next = { ...DEFAULT_SERVER_SETTINGS, inboundDomain: 'in.example.com' };
      assert.notEqual((await store.createServer(accountId, 'Shop', next)).id, serverId);
    });

    test('a token is read back with its limits, and its text is not among those of the server', async () => {
      await using store = backend.open();
      const { accountId, serverId } = await shopOf(store);
      const place = { kind: 'server', accountId, serverId, hint: 'abcd' } as const;
      const plain = await store.createToken({ ...place, hash: 'a', text: 'plain token' });
      const limited = await store.createToken({ ...place, hash: 'b', text: 'limited token', limits: LIMITS });
      assert.deepEqual((await store.tokenByHash('b'))?.limits, LIMITS);
      assert.deepEqual(await store.tokenByHash('b'), limited);
      assert.equal((await store.tokenByHash('a'))?.limits, undefined);
      assert.deepEqual(await store.serverTokenTexts(serverId), ['plain token']);
      await store.revokeToken(plain.id, 5);
      assert.deepEqual(await store.serverTokenTexts(serverId), []);
    });

    test('the last use of a token is what was noted last', async () => {
      await using store = backend.open();
      const { accountId, serverId } = await shopOf(store);
      const token = await store.createToken({ kind: 'server', accountId, serverId, hash: 'a', text: 'x', hint: 'x' });
      assert.equal((await store.tokenByHash('a'))?.lastUsedAt, undefined);
      await store.noteTokensUsed(
        new Map([
          [token.id, 7],
          [999, 7],
        ]),
      );
      await store.noteTokensUsed(new Map([[token.id, 9]]));
      assert.equal((await store.tokens(accountId))[0]?.lastUsedAt, 9);
    });
  });
}

test('the file of the control store holds no text of a token', async () => {
  const file = freshFile();
  {
    await using store = openSqliteControl(file);
    const { accountId, serverId } = await shopOf(store);
    await store.createToken({ kind: 'server', accountId, serverId, hash: 'a', text: 'a text to look for', hint: 'x' });
  }
  assert.equal(readFileSync(file).includes('a text to look for'), false);
  await using store = openSqliteControl(file);
  const [server] = await store.servers((await store.firstAccount())!);
  assert.deepEqual(await store.serverTokenTexts(server!.id), ['a text to look for']);
});
