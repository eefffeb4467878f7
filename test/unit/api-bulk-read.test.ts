// Reading the bytes of a bulk request: the same texts are valid as for JSON.parse, types are told by path, and names have no case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBulk } from '../../src/doors/api/read-bulk.ts';
import { createTurns } from '../../src/doors/api/turns.ts';

const turns = createTurns({ sliceMs: 5, now: () => performance.now() });
const read = (text: string) => readBulk(Buffer.from(text), turns);

async function entriesOf(text: string): Promise<unknown> {
  const result = await read(text);
  return result.kind === 'draft' ? result.draft.entries : `${result.error.code} ${result.error.message}`;
}

const TEXTS: readonly [text: string, entries: unknown][] = [
  ['{}', []],
  [' { "Messages" : [ ] } ', []],
  ['\ufeff{"Messages":[{"To":"a"}]}', [{ to: 'a' }]],
  ['{"messages":[{"to":"a","TEMPLATEMODEL":{"x":1}}]}', [{ to: 'a', model: '{"x":1}' }]],
  ['{"messages":[{"To":"a"}],"Messages":[{"To":"b"}]}', [{ to: 'b' }]],
  ['{"messages":[{"To":"a"}],"Messages":null}', [{ to: 'a' }]],
  ['{"Messages":[{"To":"a"}],"Messages":[{"To":"b"}]}', [{ to: 'b' }]],
  ['{"Messages":[{"To":null,"Cc":""}]}', [{}]],
  ['{"a\\"}]":"}]\\\\","Messages":[{"To":"]},{"}]}', [{ to: ']},{' }]],
  ['{"Mess\\u0061ges":[{"To":"a"}]}', [{ to: 'a' }]],
  ['{"Messages":[{"Metadata":{"__proto__":"x"}}]}', [{ metadata: JSON.parse('{"__proto__":"x"}') as unknown }]],
  ['{"Messages":[{"Headers":[{"name":"A","value":"b"}]}]}', [{ headers: [{ name: 'A', value: 'b' }] }]],
  ['', '402 Received invalid JSON input: the body is empty.'],
  ['{"Messages":[{"To":"a"},]}', '402 Received invalid JSON input: in Messages: in element 1 of the array: '],
  ['{"Messages":[{"To":"a"}', '402 Received invalid JSON input: '],
  ['{"Messages":[{"To":"a"}]} x', '402 Received invalid JSON input: '],
  ['{"Messages":[{"To":"a"}}', '402 '],
  ['{"Messages" [1]}', '402 '],
  ['{Messages:[]}', '402 '],
  ['{"x":tru,"Messages":[]}', '402 '],
  ['{"x":1,}', '402 '],
  ['{"x":1]', '402 '],
  ['{"Messages":nul}', '402 '],
  ['[]', '403 Invalid request field(s): $'],
  ['7', '403 Invalid request field(s): $'],
  ['{"Messages":{}}', '403 Invalid request field(s): $.Messages'],
  ['{"Messages":[1,null,{"To":[]}]}', '403 Invalid request field(s): $.Messages[0], $.Messages[1], $.Messages[2].To'],
  ['{"Messages":[{"TemplateModel":[]}]}', '403 Invalid request field(s): $.Messages[0].TemplateModel'],
  ['{"From":1,"Messages":[{"Metadata":{"a":1}}]}', '403 Invalid request field(s): $.From, $.Messages[0].Metadata'],
  [`{"Messages":[${'1,'.repeat(20)}1]}`, '403 Invalid request field(s): $.Messages[0], $.Messages[1]'],
];

for (const [text, expected] of TEXTS) {
  test(`reads ${text.slice(0, 60)}`, async () => {
    const found = await entriesOf(text);
    if (typeof expected === 'string') assert.ok(String(found).startsWith(expected), String(found));
    else assert.deepEqual(found, expected);
  });
}

test('ten wrong fields are told at most', async () => {
  const told = await entriesOf(`{"From":1,"Messages":[${'1,'.repeat(50)}1]}`);
  assert.equal(String(told).split(',').length, 10);
});

test('a template by id wins over one by alias; content and settings are read as given', async () => {
  const result = await read(
    '{"From":"a","TemplateId":7,"TemplateAlias":"x","InlineCss":false,"TrackLinks":"htmlonly","RequireTLS":true,"Tag":""}',
  );
  assert.ok(result.kind === 'draft');
  const { template, inlineCss, trackLinks, requireTls, tag, from } = result.draft.content;
  assert.deepEqual(
    [from, template, inlineCss, trackLinks, requireTls, tag],
    ['a', { id: 7 }, false, 'HtmlOnly', true, undefined],
  );
});

test('what is not UTF-8 is malformed', async () => {
  const result = await readBulk(Buffer.from([0x7b, 0xff, 0x7d]), turns);
  assert.equal(result.kind === 'refused' && result.error.code, 402);
});

test('others get their turn while many messages are read', async () => {
  let ticks = 0;
  let reading = true;
  const tick = (): void => {
    ticks += 1;
    if (reading) setImmediate(tick);
  };
  setImmediate(tick);
  const message = JSON.stringify({ To: 'someone@example.com', TemplateModel: { text: 'x'.repeat(500) } });
  const result = await read(`{"Messages":[${Array.from({ length: 20_000 }, () => message).join(',')}]}`);
  reading = false;
  assert.equal(result.kind === 'draft' && result.draft.entries.length, 20_000);
  assert.ok(ticks > 3, `${ticks} turns`);
});
