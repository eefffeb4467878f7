// Bulk requests are judged as a whole (contract sending 9.1): one error has its own code, several are told by field, and
// nothing of a bad request is kept.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { StreamId } from '../../src/lib/ids.ts';
import { BROADCAST_LANE } from '../../src/domain/pool.ts';
import type { BulkAnswer } from '../../src/ports/bulk-desk.ts';
import { bulkWorld, request, type BulkWorld } from '../support/bulk-world.ts';

let world: BulkWorld;
before(async () => {
  world = await bulkWorld();
});

const one = (message: unknown, change: Readonly<Record<string, unknown>> = {}): unknown => ({
  ...request(1),
  Messages: [{ To: 'first@rcpt.test' }, message],
  ...change,
});

/** `300 the text`, or `field: 300 the text` for each of several. */
function told(answer: BulkAnswer): string | readonly string[] {
  switch (answer.kind) {
    case 'accepted':
      return `accepted ${answer.request.total}`;
    case 'refused':
      return `${answer.error.code} ${answer.error.message}`;
    case 'invalid':
      return answer.errors.map(({ field, error }) => `${field}: ${error.code}`);
  }
}

const LONG = 'x'.repeat(2001);

const SINGLE: readonly [what: string, body: unknown, told: RegExp][] = [
  ['a good request', request(3), /^accepted 3$/],
  ['no messages', request(0), /^300 Zero recipients specified$/],
  ['messages that are absent', { From: 'ann@sender.test', TextBody: 'x' }, /^300 Zero recipients specified$/],
  ['a message without recipients', one({ TemplateModel: {} }), /^300 Zero recipients specified$/],
  ['a message with Cc only', one({ Cc: 'cc@rcpt.test' }), /^accepted 2$/],
  ['a bad To', one({ To: 'nobody' }), /^300 Invalid 'To' address: 'nobody'\.$/],
  ['a bad Bcc', one({ To: 'a@rcpt.test', Bcc: 'x@' }), /^300 Invalid 'Bcc' address: 'x@'\.$/],
  [
    '51 recipients of a message',
    one({ To: Array.from({ length: 51 }, (_, at) => `r${at}@rcpt.test`).join(',') }),
    /^300 A message can have 50 recipients .* this one has 51\.$/,
  ],
  ['no From', one({ To: 'a@rcpt.test' }, { From: '' }), /^300 Invalid 'From' value\.$/],
  ['a From of nobody', one({ To: 'a@rcpt.test' }, { From: 'a@other.test' }), /^400 /],
  ['a From that is not verified', one({ To: 'a@rcpt.test' }, { From: 'a@unverified.test' }), /^401 /],
  ['a bad ReplyTo', request(1, { ReplyTo: 'x' }), /^300 Invalid 'ReplyTo' address: 'x'\.$/],
  ['a long subject', request(1, { Subject: LONG }), /^300 The 'Subject' is longer/],
  ['a long tag', request(1, { Tag: LONG }), /^300 The 'Tag' is longer/],
  ['no body', request(1, { TextBody: '' }), /^300 Provide either email TextBody or HtmlBody or both\.$/],
  ['a template and content', request(1, { TemplateId: 1 }), /^1123 |TemplateId/],
  ['a subject that is no template', request(1, { Subject: '{{#a}}' }), /^1122 /],
  ['a body that is no template', request(1, { HtmlBody: '{{/a}}' }), /^1122 /],
  ['a forbidden attachment', request(1, { Attachments: [attachment('a.exe')] }), /^411 /],
  ['an attachment that is no base64', request(1, { Attachments: [{ ...attachment('a'), Content: '?' }] }), /^300 /],
  ['a bad shared header', request(1, { Headers: [{ Name: 'To', Value: 'x' }] }), /^300 /],
  ['a bad header of a message', one({ To: 'a@rcpt.test', Headers: [{ Name: 'X-A', Value: 'a\nb' }] }), /^300 /],
  [
    'metadata beyond its limits',
    one({ To: 'a@rcpt.test', Metadata: { k: 'v'.repeat(81) } }),
    /^300 The 'Metadata' value/,
  ],
  ['a reserved key in a model', one({ To: 'a@rcpt.test', TemplateModel: { 'pm:x': 1 } }), /^1122 .*'pm:x'/],
  [
    'an unknown stream',
    request(1, { MessageStream: 'nope' }),
    /^1226 The message stream for the provided 'ID' was not found\.$/,
  ],
  ['a transactional stream', request(1, { MessageStream: 'outbound' }), /^1236 /],
  ['an inbound stream', request(1, { MessageStream: 'inbound' }), /^1236 /],
  ['no JSON', '{"From":', /^402 /],
  ['a list', [], /^403 Invalid request field\(s\): \$$/],
];

for (const [what, body, expected] of SINGLE) {
  test(`${what}`, async () => {
    const before = await world.bulk.list(world.core.server.id, { count: 1000, before: undefined });
    const answer = told(await world.send(body));
    assert.match(typeof answer === 'string' ? answer : answer.join(), expected);
    const after = await world.bulk.list(world.core.server.id, { count: 1000, before: undefined });
    assert.equal(after.length - before.length, expected.source.startsWith('^accepted') ? 1 : 0);
  });
}

test('metadata of the request and of a message are judged together', async () => {
  const keys = (count: number, prefix: string): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, 'v']));
  const body = (own: Record<string, string>): unknown =>
    one({ To: 'a@rcpt.test', Metadata: own }, { Metadata: keys(6, 'k') });
  assert.match(String(told(await world.send(body(keys(5, 'other'))))), /^300 The 'Metadata' has more than 10 keys\.$/);
  assert.equal(told(await world.send(body(keys(5, 'K')))), 'accepted 2');
});

test('several errors are told by field, in the order of the request', async () => {
  const answer = await world.send({
    ...request(1),
    From: 'x',
    MessageStream: 'nope',
    Messages: [{ To: 'a' }, { To: 'a@rcpt.test', Cc: 'b', Metadata: { '': 'x' } }, {}],
  });
  assert.deepEqual(told(answer), [
    'MessageStream: 1226',
    'From: 300',
    'Messages[0].To: 300',
    'Messages[1].Cc: 300',
    'Messages[1].Metadata: 300',
    'Messages[2].To: 300',
  ]);
});

test('no more errors are looked for than are told', async () => {
  const few = await bulkWorld({ maxErrors: 3 });
  const bad = (count: number): unknown => request(1, { Messages: Array.from({ length: count }, () => ({ To: 'x' })) });
  const answer = await few.send(bad(10_000));
  assert.deepEqual(answer.kind === 'invalid' && [answer.errors.length, answer.more], [3, true]);
  const exact = await few.send(bad(3));
  assert.deepEqual(exact.kind === 'invalid' && [exact.errors.length, exact.more], [3, false]);
});

test('without a stream the default broadcast stream is taken, and where that is gone another one', async () => {
  const own = await bulkWorld();
  const { store, server } = own.core;
  assert.equal((await own.accept(request(1))).streamId, 'broadcast');
  await store.createStream(server.id, 'news' as StreamId, 'News', 'broadcast');
  await store.pools.attachStream(server.id, 'news' as StreamId, BROADCAST_LANE.id);
  await store.messageStreams.archive(server.id, 'broadcast' as StreamId, 1);
  assert.equal((await own.accept(request(1))).streamId, 'news');
  assert.match(String(told(await own.send(request(1, { MessageStream: 'broadcast' })))), /^1226 /);
});

test('the test token has its content judged, and keeps nothing', async () => {
  const submit = (body: unknown): Promise<BulkAnswer> =>
    world.desk.accept({ server: undefined, id: 'id', body: [Buffer.from(JSON.stringify(body))] });
  const good = await submit(request(2, { From: 'anybody@else.test' }));
  assert.deepEqual(good.kind === 'accepted' && [good.request.total, good.request.seq], [2, 0]);
  assert.match(String(told(await submit(request(1, { TextBody: '' })))), /^300 /);
});

test('past its time nothing is kept', async () => {
  const own = await bulkWorld();
  const { clock } = own.core;
  const keep = own.bulk.keep.bind(own.bulk);
  own.bulk.keep = (given) => {
    clock.stall(61_000);
    return keep(given);
  };
  assert.match(String(told(await own.send(request(1)))), /^100 /);
  assert.deepEqual(await own.bulk.waiting(), []);
});

function attachment(Name: string): Record<string, string> {
  return { Name, Content: 'aGVsbG8=', ContentType: 'text/plain' };
}
