// What the control store promises about accounts, servers, streams and tokens, over every backend
// (src/ports/control-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { NameTaken } from '../../src/ports/control-store.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

const outbound = 'outbound' as StreamId;

for (const backend of CONTROL_BACKENDS) {
  describe(`accounts and servers of a control store in ${backend.name}`, () => {
    test('there is no account before the first, which stays the first', async () => {
      await using store = backend.open();
      assert.equal(await store.firstAccount(), undefined);
      const first = await store.createAccount('One');
      assert.notEqual(await store.createAccount('Two'), first);
      assert.equal(await store.firstAccount(), first);
    });

    test('a server is made with the default streams', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const server = await store.createServer(accountId, 'My first server', DEFAULT_SERVER_SETTINGS);
      const { id, ...rest } = server;
      const settings = DEFAULT_SERVER_SETTINGS;
      assert.deepEqual(rest, { accountId, name: 'My first server', createdAt: NOON, settings });
      assert.deepEqual(await store.server(id), server);
      assert.deepEqual(
        (await store.streams(id)).map(({ id, kind, archivedAt }) => [id, kind, archivedAt]),
        [
          ['outbound', 'transactional', undefined],
          ['broadcast', 'broadcast', undefined],
          ['inbound', 'inbound', undefined],
        ],
      );
    });

    test('a name is given once in an account', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      const server = await store.createServer(one, 'Shop', DEFAULT_SERVER_SETTINGS);
      await assert.rejects(store.createServer(one, 'Shop', DEFAULT_SERVER_SETTINGS), NameTaken);
      const other = await store.createServer(two, 'Shop', DEFAULT_SERVER_SETTINGS);
      assert.notEqual(other.id, server.id);
      assert.deepEqual(await store.servers(one), [server]);
      assert.deepEqual(await store.servers(two), [other]);
    });

    test('settings are changed one by one', async () => {
      await using store = backend.open();
      const server = await store.createServer(await store.createAccount('One'), 'Shop', DEFAULT_SERVER_SETTINGS);
      await store.updateServer(server.id, { smtpApiActivated: false });
      const changed = await store.updateServer(server.id, { trackLinks: 'HtmlOnly' });
      const settings = { ...DEFAULT_SERVER_SETTINGS, smtpApiActivated: false, trackLinks: 'HtmlOnly' };
      assert.deepEqual(changed, { ...server, settings });
      assert.deepEqual(await store.server(server.id), changed);
      assert.equal(await store.updateServer(999 as ServerId, { trackOpens: true }), undefined);
      assert.equal(await store.server(999 as ServerId), undefined);
    });

    test('gives servers other names, and no name twice in an account', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const { id } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
      await store.createServer(accountId, 'Blog', DEFAULT_SERVER_SETTINGS);
      assert.equal((await store.updateServer(id, {}, 'Till'))?.name, 'Till');
      assert.equal((await store.updateServer(id, { trackOpens: true }, 'Till'))?.name, 'Till');
      await assert.rejects(store.updateServer(id, {}, 'Blog'), NameTaken);
      assert.equal((await store.server(id))?.name, 'Till');
    });

    test('forgets a server that is deleted: its tokens, its name and its inbound domain', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const settings = { ...DEFAULT_SERVER_SETTINGS, inboundDomain: 'in.example.com' };
      const { id } = await store.createServer(accountId, 'Shop', settings);
      await store.createToken({ kind: 'server', accountId, serverId: id, hash: 'a', text: 'the token', hint: 'the ' });
      await store.createToken({ kind: 'server', accountId, serverId: id, hash: 'b', hint: 'old ' });
      assert.deepEqual(await store.serverTokenTexts(id), ['the token']);
      assert.equal(await store.serverOfInboundDomain('in.example.com'), id);
      assert.equal(await store.deleteServer(id, 5), true);
      assert.equal(await store.deleteServer(id, 6), false);
      assert.equal(await store.server(id), undefined);
      assert.deepEqual(await store.servers(accountId), []);
      assert.equal(await store.tokenByHash('a'), undefined);
      assert.deepEqual(await store.serverTokenTexts(id), []);
      assert.equal(await store.serverOfInboundDomain('in.example.com'), undefined);
      assert.equal((await store.streams(id)).length, 3, 'what is queued still has its streams');
      assert.equal((await store.createServer(accountId, 'Shop', settings)).name, 'Shop');
    });

    test('streams are added, found and archived once', async () => {
      await using store = backend.open();
      const { id } = await store.createServer(await store.createAccount('One'), 'Shop', DEFAULT_SERVER_SETTINGS);
      const news = 'a-news' as StreamId;
      const made = await store.createStream(id, news, 'News', 'broadcast');
      const wanted = {
        id: news,
        serverId: id,
        name: 'News',
        kind: 'broadcast',
        pool: 'broadcast',
        description: undefined,
        unsubscribeHandling: 'Postmark',
        createdAt: NOON,
        updatedAt: undefined,
        archivedAt: undefined,
      };
      assert.deepEqual(made, wanted);
      await assert.rejects(store.createStream(id, news, 'Other', 'broadcast'), NameTaken);
      await store.messageStreams.archive(id, news, NOON + 5);
      await store.messageStreams.archive(id, news, NOON + 9);
      assert.deepEqual(await store.stream(id, news), { ...made, archivedAt: NOON + 5 });
      assert.equal((await store.streams(id)).at(-1)?.id, news);
      assert.equal(await store.stream(id, 'none' as StreamId), undefined);
    });
  });

  describe(`tokens of a control store in ${backend.name}`, () => {
    test('are found by their hash, until they are revoked', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
      const account = await store.createToken({ kind: 'account', accountId, hash: 'h1', hint: 'aaaa' });
      const server = await store.createToken({ kind: 'server', accountId, serverId, hash: 'h2', hint: 'bbbb' });
      assert.deepEqual(account, {
        id: account.id,
        kind: 'account',
        accountId,
        serverId: undefined,
        streamId: undefined,
        hint: 'aaaa',
        createdAt: NOON,
        revokedAt: undefined,
      });
      assert.deepEqual(await store.tokenByHash('h2'), server);
      assert.equal(await store.tokenByHash('h3'), undefined);
      assert.equal(await store.revokeToken(server.id, NOON + 5), true);
      assert.equal(await store.revokeToken(server.id, NOON + 6), false);
      assert.equal(await store.revokeToken(999, NOON), false);
      assert.equal(await store.tokenByHash('h2'), undefined);
      assert.deepEqual(await store.tokens(accountId), [account, { ...server, revokedAt: NOON + 5 }]);
    });

    test('stand until they, or their servers, are gone, and while SMTP is on', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
      const token = (hash: string) => store.createToken({ kind: 'server', accountId, serverId, hash, hint: 'bbbb' });
      const [one, two] = [await token('h1'), await token('h2')];
      const standing = () => [one, two].map(({ id }) => store.tokenStanding(id));
      assert.deepEqual(standing(), ['live', 'live']);
      await store.updateServer(serverId, { smtpApiActivated: false });
      assert.deepEqual(standing(), ['smtp-off', 'smtp-off']);
      await store.updateServer(serverId, { smtpApiActivated: true });
      await store.revokeToken(one.id, NOON);
      assert.deepEqual(standing(), ['gone', 'live']);
      await store.deleteServer(serverId, NOON);
      assert.deepEqual(standing(), ['gone', 'gone']);
      const account = await store.createToken({ kind: 'account', accountId, hash: 'h3', hint: 'aaaa' });
      assert.equal(store.tokenStanding(account.id), 'gone', 'it is of no server');
      assert.equal(store.tokenStanding(999), 'gone');
    });

    test('are made once, and again when they were revoked', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const wanted = { kind: 'account', accountId, hash: 'same', hint: 'aaaa' } as const;
      const first = await store.createToken(wanted);
      await assert.rejects(store.createToken(wanted), NameTaken);
      await store.revokeToken(first.id, NOON);
      const second = await store.createToken(wanted);
      assert.notEqual(second.id, first.id);
      assert.deepEqual(await store.tokenByHash('same'), second);
    });

    test('for SMTP give their secret back, and are found by it', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
      const secret = { hash: 'secret hash', text: 'PM-T-secrét' };
      const place = { kind: 'smtp', accountId, serverId, streamId: outbound } as const;
      const token = await store.createToken({ ...place, hash: 'access', secret, hint: 'PM-T' });
      assert.equal(token.streamId, outbound);
      assert.deepEqual(await store.tokenByHash('access'), token);
      assert.deepEqual(await store.tokenBySecretHash('secret hash'), token);
      assert.equal(await store.tokenByHash('secret hash'), undefined);
      assert.deepEqual(await store.smtpSecret(token.id), secret);
      await store.revokeToken(token.id, NOON);
      assert.equal(await store.tokenBySecretHash('secret hash'), undefined);
      assert.equal(await store.smtpSecret(token.id), undefined);
    });

    test('without a secret have none', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const token = await store.createToken({ kind: 'account', accountId, hash: 'h', hint: 'aaaa' });
      assert.equal(await store.smtpSecret(token.id), undefined);
      assert.equal(await store.smtpSecret(999), undefined);
    });
  });
}
