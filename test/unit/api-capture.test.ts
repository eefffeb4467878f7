// The built-in inbox: a server token sees its own mail, the first account all of it, another account that of its servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { get, MESSAGE_ID, openDoor, OTHER_SERVER_ID, SUBMITTED_AT, TOKENS, type Door } from '../support/api-door.ts';
import { capturedRow, OTHER_MESSAGE_ID } from '../support/api-rows.ts';

function doorWithTwo(): Door {
  const door = openDoor();
  door.rows.captured.push(capturedRow(), capturedRow({ id: OTHER_MESSAGE_ID, serverId: OTHER_SERVER_ID }));
  return door;
}

const asAccount = (url: string) => ({
  method: 'GET' as const,
  url,
  headers: { 'x-postmark-account-token': TOKENS.account },
});

const SUMMARY = {
  MessageID: MESSAGE_ID,
  ServerID: 1,
  MessageStream: 'outbound',
  From: 'Ann <ann@example.com>',
  To: [{ Email: 'bob@example.net', Name: 'Bob' }],
  Cc: [],
  Bcc: [],
  Recipients: ['bob@example.net'],
  Subject: 'Welcome',
  Tag: '',
  CapturedAt: '2026-11-05T16:33:54.9070000Z',
  Size: 42,
};

test('a server token lists what its server sent', async () => {
  const response = await doorWithTwo().app.inject(get('/capture'));
  assert.deepEqual(response.json(), { TotalCount: 1, Messages: [SUMMARY] });
  assert.equal(response.headers['cache-control'], 'no-store');
});

test('an account token lists everything', async () => {
  const response = await doorWithTwo().app.inject(asAccount('/Capture/'));
  const ids = response.json<{ Messages: { MessageID: string }[] }>().Messages.map(({ MessageID }) => MessageID);
  assert.deepEqual(ids, [MESSAGE_ID, OTHER_MESSAGE_ID]);
});

test('one message is shown with its envelope and raw source', async () => {
  const response = await doorWithTwo().app.inject(get(`/capture/${MESSAGE_ID}`));
  assert.deepEqual(response.json(), {
    ...SUMMARY,
    MailFrom: 'b+x@bounces.example.com',
    RcptTo: ['bob@example.net'],
    TextBody: '',
    HtmlBody: '<p>Hi',
    Attachments: [],
    Source: 'DKIM-Signature: v=1\r\nFrom: ann@example.com\r\n\r\n<p>Hi',
  });
});

test('the source alone is a message that no browser takes for a page', async () => {
  const response = await doorWithTwo().app.inject(get(`/capture/${MESSAGE_ID}/source`));
  assert.match(String(response.headers['content-type']), /^message\/rfc822/);
  assert.equal(response.headers['x-content-type-options'], 'nosniff');
  assert.equal(response.body, 'DKIM-Signature: v=1\r\nFrom: ann@example.com\r\n\r\n<p>Hi');
});

for (const tail of ['', '/source']) {
  test(`another server's message${tail} is unknown to a server token and shown to an account token`, async () => {
    const { app } = doorWithTwo();
    const foreign = await app.inject(get(`/capture/${OTHER_MESSAGE_ID}${tail}`));
    assert.deepEqual(
      [foreign.statusCode, foreign.json()],
      [422, { ErrorCode: 701, Message: 'This message was not found.' }],
    );
    assert.equal((await app.inject(asAccount(`/capture/${OTHER_MESSAGE_ID}${tail}`))).statusCode, 200);
  });
}

test('an account that is not the first sees the mail of its servers, newest first', async () => {
  const store = new MemoryControlStore();
  const [first, second] = [await store.createAccount('one'), await store.createAccount('two')];
  const made = await Promise.all(
    [first, second, second].map((account, at) => store.createServer(account, `s${at}`, DEFAULT_SERVER_SETTINGS)),
  );
  await store.createToken({ kind: 'account', accountId: second, hash: TOKENS.account, hint: 'xxxx' });
  const door = openDoor({ store });
  const idOf = (at: number): MessageId => `01900000-0000-7000-8000-00000000000${at}` as MessageId;
  for (const [at, server] of [0, 1, 2, 1].entries()) {
    const { id: serverId } = made[server] ?? assert.fail();
    door.rows.captured.unshift(capturedRow({ id: idOf(at), serverId, capturedAt: SUBMITTED_AT + at }));
  }
  const read = async (query: string): Promise<unknown> => {
    const { TotalCount, Messages } = (await door.app.inject(asAccount(`/capture${query}`))).json<{
      TotalCount: number;
      Messages: { MessageID: string }[];
    }>();
    return [TotalCount, Messages.map(({ MessageID }) => MessageID)];
  };
  assert.deepEqual(await read(''), [3, [idOf(3), idOf(2), idOf(1)]]);
  assert.deepEqual(await read('?count=1&offset=1'), [3, [idOf(2)]]);
  assert.deepEqual(await read('?count=1&offset=3'), [3, []]);
  for (const tail of ['', '/source']) {
    assert.equal((await door.app.inject(asAccount(`/capture/${idOf(1)}${tail}`))).statusCode, 200);
    const foreign = await door.app.inject(asAccount(`/capture/${idOf(0)}${tail}`));
    assert.equal(foreign.json<{ ErrorCode: number }>().ErrorCode, 701);
  }
});

test('a page can be chosen, within bounds', async () => {
  const { app } = doorWithTwo();
  const second = await app.inject(asAccount('/capture?count=1&offset=1'));
  assert.deepEqual(
    second.json<{ Messages: { MessageID: string }[] }>().Messages.map(({ MessageID }) => MessageID),
    [OTHER_MESSAGE_ID],
  );
  for (const query of ['?count=0', '?count=501', '?offset=-1', '?count=500&offset=9999']) {
    assert.equal((await app.inject(asAccount(`/capture${query}`))).statusCode, 422, query);
  }
});

test('an unknown id is 701', async () => {
  assert.equal((await openDoor().app.inject(get('/capture/nope'))).json<{ ErrorCode: number }>().ErrorCode, 701);
});
