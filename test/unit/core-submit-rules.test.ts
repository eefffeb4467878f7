// What a draft is refused for, and in which order (contract sending 4, 6 and 11).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContentDraft, DraftAttachment, RawDraft } from '../../src/core/draft.ts';
import { answer, content, coreWorld, raw } from '../support/core-fixture.ts';

const attachment = (name: string, text = 'aGk='): DraftAttachment => ({
  name,
  content: text,
  contentType: 'text/plain',
  contentId: undefined,
});
const list = (count: number): string => Array.from({ length: count }, (_, i) => `r${i}@rcpt.test`).join(', ');
const keys = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));

const RULES: readonly [name: string, change: Partial<ContentDraft>, expected: string | RegExp][] = [
  ['nothing wrong', {}, 'accepted'],
  ['no subject', { subject: undefined }, 'accepted'],
  ['no recipient', { to: undefined }, '300 Zero recipients specified'],
  ['only Cc', { to: undefined, cc: 'c@rcpt.test' }, 'accepted'],
  ['only Bcc', { to: undefined, bcc: 'c@rcpt.test' }, 'accepted'],
  ['no From', { from: undefined }, "300 Invalid 'From' value."],
  ['a bad From', { from: 'ann' }, "300 Invalid 'From' address: 'ann'."],
  ['two addresses in From', { from: 'a@sender.test, b@sender.test' }, /^300 Invalid 'From' address/],
  ['a bad To', { to: 'test' }, "300 Invalid 'To' address: 'test'."],
  ['a bad Cc', { cc: 'test' }, "300 Invalid 'Cc' address: 'test'."],
  ['a bad Bcc', { bcc: 'test' }, "300 Invalid 'Bcc' address: 'test'."],
  ['a bad ReplyTo', { replyTo: 'test' }, "300 Invalid 'ReplyTo' address: 'test'."],
  ['an unquoted comma in a name', { to: 'Lee, Ann <a@rcpt.test>' }, "300 Invalid 'To' address: 'Lee'."],
  ['a quoted comma in a name', { to: '"Lee, Ann" <a@rcpt.test>' }, 'accepted'],
  ['50 recipients', { to: list(25), cc: list(15), bcc: list(10) }, 'accepted'],
  ['50 recipients and a comma at the end', { to: `${list(50)}, ` }, 'accepted'],
  ['51 recipients', { to: list(25), cc: list(15), bcc: list(11) }, /^300 .*50 recipients/],
  ['no body', { textBody: undefined }, '300 Provide either email TextBody or HtmlBody or both.'],
  ['a body of 5 MB', { textBody: 'x'.repeat(5_000_000) }, 'accepted'],
  ['a text above 5 MB', { textBody: 'x'.repeat(5_000_001) }, /^300 .*TextBody/],
  ['a page above 5 MB in bytes', { htmlBody: 'ü'.repeat(2_500_001) }, /^300 .*HtmlBody/],
  ['a From of 256 characters', { from: `${'x'.repeat(240)} <a@sender.test>` }, /^300 .*255/],
  ['a Subject of 2000 characters', { subject: 'x'.repeat(2000) }, 'accepted'],
  ['a Subject of 2001 characters', { subject: 'x'.repeat(2001) }, /^300 .*Subject.*2000/],
  ['a Tag of 1000 characters', { tag: 'x'.repeat(1000) }, 'accepted'],
  ['a Tag of 1001 characters', { tag: 'x'.repeat(1001) }, /^300 .*Tag.*1000/],
  ['10 keys', { metadata: keys(10) }, 'accepted'],
  ['11 keys', { metadata: keys(11) }, /^300 .*Metadata.*10/],
  ['a key of 21 characters', { metadata: { ['k'.repeat(21)]: 'v' } }, /^300 .*Metadata.*20/],
  ['a value of 81 characters', { metadata: { k: 'v'.repeat(81) } }, /^300 .*Metadata.*80/],
  ['keys that differ by case', { metadata: { Key: 'a', key: 'b' } }, /^300 .*Metadata.*twice/],
  ['a forbidden attachment', { attachments: [attachment('Run.EXE')] }, /^411 .*Run\.EXE/],
  ['a forbidden attachment with a dot after it', { attachments: [attachment('run.exe. ')] }, /^411 /],
  ['a harmless attachment', { attachments: [attachment('exe')] }, 'accepted'],
  ['an attachment that is not base64', { attachments: [attachment('a.txt', '#')] }, /^300 .*base64/],
  ['more than 10 MB', { attachments: [attachment('a.txt', 'A'.repeat(10_000_000))] }, /^300 .*10 MB/],
  ['a line break in a header value', { headers: [{ name: 'X-A', value: 'a\r\nBcc: x@y.test' }] }, /^300 .*X-A/],
  ['a line break in a header name', { headers: [{ name: 'X-A\r\nBcc', value: 'a' }] }, /^300 .*name/],
  ['a lone line feed in a header', { headers: [{ name: 'X-A', value: 'a\nb' }] }, /^300 /],
  ['a Bcc header', { headers: [{ name: 'bcc', value: 'x@y.test' }] }, /^300 .*'Bcc'/],
  ['a Message-ID that is none', { headers: [{ name: 'Message-ID', value: 'hello' }] }, /^300 .*Message-ID/],
  [
    'an unknown domain in From',
    { from: 'a@unknown.test' },
    /^400 The 'From' address you supplied \(a@unknown\.test\) is not a Sender Signature on your account\./,
  ],
  ['an unverified domain in From', { from: 'a@unverified.test' }, /^401 .*not verified/],
  ['the domain of From in capitals', { from: 'a@SENDER.TEST' }, 'accepted'],
  ['an unknown stream', { streamId: 'nope' }, "1235 The stream provided: 'nope' does not exist on this server."],
  ['the inbound stream', { streamId: 'inbound' }, /^1236 /],
];
for (const [name, change, expected] of RULES) {
  test(`over HTTP, ${name}: ${String(expected).slice(0, 60)}`, async () => {
    const world = await coreWorld();
    const said = answer(await world.submit(content(change)));
    if (typeof expected === 'string') assert.equal(said, expected);
    else assert.match(said, expected);
    assert.equal(world.appended.length, said === 'accepted' ? 1 : 0);
  });
}

test('faults are named in the order of the contract: each one mended brings up the next', async () => {
  const world = await coreWorld();
  await world.store.suppress([
    {
      serverId: world.server.id,
      streamId: 'outbound' as never,
      address: 'bob@rcpt.test',
      reason: 'HardBounce',
      origin: 'Recipient',
      createdAt: 1,
    },
  ]);
  const mended: readonly [code: string, change: Partial<ContentDraft>][] = [
    ['1235', { streamId: undefined }],
    ["300 Invalid 'From'", { from: 'a@unknown.test' }],
    ["300 Invalid 'To'", { to: undefined }],
    ['300 Zero', { to: list(51) }],
    ['300 A message can have 50', { to: 'bob@rcpt.test' }],
    ['300 Provide', { textBody: 'x' }],
    ["300 The 'Subject'", { subject: 'x' }],
    ['411', { attachments: [] }],
    ['400', { from: 'a@unverified.test' }],
    ['401', { from: 'a@sender.test' }],
    ['406', { to: 'ann@rcpt.test' }],
    ['accepted', {}],
  ];
  let draft = content({
    streamId: 'nope',
    from: 'x',
    to: 'x',
    textBody: undefined,
    subject: 'x'.repeat(2001),
    attachments: [attachment('a.exe')],
  });
  for (const [code, change] of mended) {
    assert.ok(answer(await world.submit(draft)).startsWith(code), `${code}: ${answer(await world.submit(draft))}`);
    draft = { ...draft, ...change };
  }
});

const long = (line: string): RawDraft => raw([line]);
const RAW_RULES: readonly [name: string, draft: RawDraft, expected: string | RegExp][] = [
  ['nothing wrong', raw(), 'accepted'],
  ['51 recipients', raw([], { recipients: list(51).split(', ') }), /^300 .*50 recipients/],
  ['two From fields', long('From: eve@sender.test'), /^300 .*more than one 'From'/],
  ['no From', raw([], { raw: Buffer.from('To: b@rcpt.test\r\n\r\nx\r\n') }), "300 Invalid 'From' value."],
  ['no body', raw([], { raw: Buffer.from('From: a@sender.test\r\n\r\n') }), /^300 Provide either/],
  ['a long tag', long(`X-PM-Tag: ${'x'.repeat(1001)}`), /^300 .*Tag/],
  ['a long metadata key', long(`X-PM-Metadata-${'k'.repeat(21)}: v`), /^300 .*Metadata/],
  ['an unknown stream', long('X-PM-Message-Stream: nope'), /^1235 /],
  ['the inbound stream', long('X-PM-Message-Stream: inbound'), /^1236 /],
  ['a blank stream', long('X-PM-Message-Stream:'), 'accepted'],
  ['a stream of the other host', long('X-PM-Message-Stream: broadcast'), /^1236 .*broadcast SMTP host/],
  ['a wrong TrackLinks', long('X-PM-TrackLinks: maybe'), /^300 .*TrackLinks/],
  ['an unknown sender', raw([], { raw: Buffer.from('From: a@unknown.test\r\n\r\nx\r\n') }), /^400 /],
  ['an unverified sender', raw([], { raw: Buffer.from('From: a@unverified.test\r\n\r\nx\r\n') }), /^401 /],
  ['more than 10 MB', raw([], { raw: Buffer.concat([raw().raw, Buffer.alloc(10_000_000, 'x\r\n')]) }), /^300 .*10 MB/],
  ['a forbidden attachment', long('Content-Type: application/octet-stream; name="a.exe"'), /^411 /],
  [
    'a forbidden attachment with an encoded name',
    long("Content-Disposition: attachment; filename*=utf-8''a%2Escr"),
    /^411 /,
  ],
];
for (const [name, draft, expected] of RAW_RULES) {
  test(`over SMTP, ${name}: ${String(expected).slice(0, 60)}`, async () => {
    const world = await coreWorld();
    const said = answer(await world.submit(draft));
    if (typeof expected === 'string') assert.equal(said, expected);
    else assert.match(said, expected);
    const recorded = (await world.frontLog.read(0, 10)).map(({ event }) => event.kind);
    assert.deepEqual(recorded, said === 'accepted' ? [] : ['api-error']);
  });
}
