// Inbound messages over HTTP, on a real index (contract management 7.6 and 7.7): shapes, filters, bypass and retry.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Event } from '../../src/domain/event.ts';
import type { InboundFilter } from '../../src/ports/activity.ts';
import { get, openDoor, SERVER_ID, TOKENS, type Door } from '../support/api-door.ts';
import { openIndex, OTHERS, type Index } from '../support/activity-fixture.ts';
import { inboundStatus, received } from '../support/later-events.ts';

const plain = received({
  attachments: [{ name: 't.txt', contentType: 'text/plain', contentId: '', size: 45 }],
  headers: [{ name: 'Return-Path', value: '<alan@computers.example>' }],
  cc: [{ address: 'cc@example.net', name: '', mailboxHash: '' }],
});
const blocked = received({ status: 'Blocked', blockedReason: 'The sender is blocked by a rule.' });
const failed = received({ status: 'Scheduled' });
const foreign = received({ serverId: OTHERS, status: 'Blocked' });

const SUMMARY = {
  From: 'Alan@computers.example',
  FromName: 'Alan "A" Turing',
  FromFull: { Email: 'Alan@computers.example', Name: 'Alan "A" Turing', MailboxHash: '' },
  To: '"Margaret" <hash+Sample@inbound.example>',
  ToFull: [{ Email: 'hash+Sample@inbound.example', Name: 'Margaret', MailboxHash: 'Sample' }],
  Cc: 'cc@example.net',
  CcFull: [{ Email: 'cc@example.net', Name: '', MailboxHash: '' }],
  Bcc: '',
  BccFull: [],
  ReplyTo: '',
  OriginalRecipient: 'hash+Sample@inbound.example',
  Subject: 'Hello',
  Date: 'Thu, 5 Nov 2026 16:33:54 -0500',
  MailboxHash: 'Sample',
  Tag: '',
  Attachments: [{ Name: 't.txt', ContentID: '', ContentType: 'text/plain', ContentLength: 45 }],
  MessageID: plain.messageId,
  MessageStream: 'inbound',
  Status: 'Processed',
};

describe('inbound messages over HTTP', () => {
  let index: Index;
  let door: Door;
  beforeEach(async () => {
    index = openIndex();
    door = openDoor({ activity: index.activity });
    await index.happenOutside(plain, blocked, failed, foreign, inboundStatus(failed, 'Failed'));
  });
  afterEach(() => index.close());

  const statusOf = async (id: string): Promise<unknown> => {
    const response = await door.app.inject(get(`/messages/inbound/${id}/details`));
    return response.json<{ Status?: string }>().Status;
  };
  const put = (path: string, payload?: string) =>
    door.app.inject({
      ...get(path, payload === undefined ? {} : { 'content-type': 'application/json' }),
      method: 'PUT',
      ...(payload !== undefined && { payload }),
    });

  test('a search shows what was processed', async () => {
    const response = await door.app.inject(get('/Messages/Inbound?Count=10&Offset=0'));
    assert.deepEqual([response.statusCode, response.json()], [200, { TotalCount: 1, InboundMessages: [SUMMARY] }]);
  });

  test('details add bodies, headers and why it was blocked', async () => {
    const response = await door.app.inject(get(`/messages/inbound/${plain.messageId.toUpperCase()}/details`));
    const Headers = [{ Name: 'Return-Path', Value: '<alan@computers.example>' }];
    const bodies = { TextBody: 'Hi', HtmlBody: '', StrippedTextReply: '' };
    assert.deepEqual(response.json(), { ...bodies, ...SUMMARY, Headers, BlockedReason: '' });
    const why = await door.app.inject(get(`/messages/inbound/${blocked.messageId}/details`));
    assert.equal(why.json<{ BlockedReason: string }>().BlockedReason, 'The sender is blocked by a rule.');
  });

  for (const payload of [undefined, '', '{}', 'null']) {
    test(`bypass takes a blocked message, with the body ${JSON.stringify(payload)}`, async () => {
      const response = await put(`/messages/inbound/${blocked.messageId}/bypass`, payload);
      const Message = `Successfully bypassed rules for message: ${blocked.messageId}.`;
      assert.deepEqual([response.statusCode, response.json()], [200, { ErrorCode: 0, Message }]);
      assert.equal(await statusOf(blocked.messageId), 'Queued');
      const events = door.asked.flatMap(({ name, value }) => (name === 'append' ? (value as Event[]) : []));
      assert.deepEqual(
        events.map((event) => event.kind === 'inbound-status' && [event.messageId, event.status, event.wish]),
        [[blocked.messageId, 'Queued', 'bypass']],
      );
    });
  }

  test('retry takes a failed message, once', async () => {
    const path = `/messages/inbound/${failed.messageId}/retry`;
    const Message = `Successfully rescheduled failed message: ${failed.messageId}.`;
    assert.deepEqual((await put(path)).json(), { ErrorCode: 0, Message });
    assert.equal((await put(path)).json<{ ErrorCode: number }>().ErrorCode, 701);
    assert.equal(door.asked.filter(({ name }) => name === 'append').length, 1);
  });

  test('the same wish twice at a time is written down once', async () => {
    const path = `/messages/inbound/${failed.messageId}/retry`;
    const codes = (await Promise.all([put(path), put(path)])).map((one) => one.statusCode);
    assert.deepEqual(codes, [200, 200]);
    assert.equal(door.asked.filter(({ name }) => name === 'append').length, 1);
  });

  const REFUSED: readonly [path: string, message: RegExp][] = [
    [`/messages/inbound/${plain.messageId}/bypass`, /not blocked \(its status is Processed\)/],
    [`/messages/inbound/${failed.messageId}/bypass`, /not blocked \(its status is Failed\)/],
    [`/messages/inbound/${blocked.messageId}/retry`, /not failed \(its status is Blocked\)/],
    [`/messages/inbound/${foreign.messageId}/bypass`, /was not found/],
    ['/messages/inbound/01900000-0000-7000-8000-00000000ffff/retry', /was not found/],
    ['/messages/inbound/nonsense/retry', /was not found/],
  ];
  for (const [path, message] of REFUSED) {
    test(`refuses PUT ${path} with 701 and changes nothing`, async () => {
      const response = await put(path);
      const { ErrorCode, Message } = response.json<{ ErrorCode: number; Message: string }>();
      assert.deepEqual([response.statusCode, ErrorCode], [422, 701]);
      assert.match(Message, message);
      assert.deepEqual(door.asked, []);
    });
  }

  test('details of another server, or of nothing, are 701', async () => {
    for (const id of [foreign.messageId, 'nonsense']) {
      const response = await door.app.inject(get(`/messages/inbound/${id}/details`));
      assert.equal(response.json<{ ErrorCode: number }>().ErrorCode, 701);
    }
    const theirs = await door.app.inject(
      get('/messages/inbound?count=9&offset=0&status=blocked', { 'x-postmark-server-token': TOKENS.other }),
    );
    assert.equal(theirs.json<{ TotalCount: number }>().TotalCount, 1);
  });
});

for (const [wish, code] of [
  ['bypass', 702],
  ['retry', 703],
] as const) {
  test(`a ${wish} that cannot be written down is ${code}`, async () => {
    const index = openIndex();
    await index.happenOutside(blocked, failed, inboundStatus(failed, 'Failed'));
    const door = openDoor({ activity: index.activity, frontLogFails: true });
    const id = wish === 'bypass' ? blocked.messageId : failed.messageId;
    const response = await door.app.inject({ ...get(`/messages/inbound/${id}/${wish}`), method: 'PUT' });
    assert.equal(response.json<{ ErrorCode: number }>().ErrorCode, code);
    const still = await index.activity.inboundDetails(SERVER_ID, id);
    assert.equal(still?.status, wish === 'bypass' ? 'Blocked' : 'Failed');
    await index.close();
  });
}

const FILTERS: readonly [query: string, expected: Partial<InboundFilter>][] = [
  ['', { status: 'Processed' }],
  ['&status=Sent', { status: 'Processed' }],
  ['&status=processed', { status: 'Processed' }],
  ['&status=BLOCKED', { status: 'Blocked' }],
  ['&status=queued', { status: 'Queued' }],
  ['&status=failed', { status: 'Failed' }],
  ['&status=scheduled', { status: 'Scheduled' }],
  ['&recipient=a@b.c&fromEmail=d@e.f', { recipient: 'a@b.c', fromAddress: 'd@e.f' }],
  ['&subject=hi&mailboxHash=H&tag=T', { subject: 'hi', mailboxHash: 'H', tag: 'T' }],
  ['&fromdate=2026-8-5', { from: Date.parse('2026-08-05T04:00:00Z') }],
  ['&todate=2026-08-05T12:00:00', { to: Date.parse('2026-08-05T16:00:00.999Z') }],
  ['&messagestream=broadcast', {}],
];
for (const [query, expected] of FILTERS) {
  test(`reads the filters of ${query || 'nothing'}`, async () => {
    const asked: unknown[] = [];
    const searchInbound = async (filter: InboundFilter) => {
      asked.push(filter);
      return { total: 0, items: [] };
    };
    const { app } = openDoor({ activity: { searchInbound } });
    const response = await app.inject(get(`/messages/inbound?count=50&offset=7${query}`));
    assert.equal(response.statusCode, 200, response.body);
    assert.deepEqual(asked, [{ count: 50, offset: 7, serverId: SERVER_ID, status: 'Processed', ...expected }]);
  });
}

for (const query of ['', '?count=501&offset=0', '?count=1&offset=10000', '?count=1&offset=0&status=lost']) {
  test(`refuses the query "${query}" with 700`, async () => {
    const response = await openDoor().app.inject(get(`/messages/inbound${query}`));
    assert.deepEqual([response.statusCode, response.json<{ ErrorCode: number }>().ErrorCode], [422, 700]);
  });
}
