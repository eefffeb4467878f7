// The built-in inbox: a server token sees its own mail, an account token all of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, MESSAGE_ID, openDoor, OTHER_SERVER_ID, TOKENS, type Door } from '../support/api-door.ts';
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
