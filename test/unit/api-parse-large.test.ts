// Large bodies with a model: the same values as of JSON.parse, the model as its text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLarge } from '../../src/doors/api/parse-large.ts';

const taken = { turns: 0 };
const turns = {
  take: async () => {
    taken.turns += 1;
  },
};
const parse = (text: string) => parseLarge(Buffer.from(text), turns);
const LONG = 'x'.repeat(140_000);
const MODEL = { names: 'é'.repeat(50_000) };

test('a small body is parsed at once', () => {
  assert.deepEqual(parse('{"TemplateModel": {"a": 1}}'), { kind: 'json', value: { TemplateModel: { a: 1 } } });
});

test('of a large body members are parsed one by one in turns, and a large model is its text', async () => {
  const body = { From: 'a@example.com', TextBody: LONG, TemplateModel: MODEL, Metadata: { a: 'b' } };
  taken.turns = 0;
  const parsed = await parse(`\ufeff${JSON.stringify(body)}`);
  assert.deepEqual(parsed, { kind: 'json', value: { ...body, TemplateModel: JSON.stringify(MODEL) } });
  assert.ok(taken.turns >= 4);
});

test('a small model, a text, and what is no object stay what they are', async () => {
  for (const model of [{ a: 1 }, JSON.stringify(MODEL), Array.from({ length: 50_000 }, () => 1), null]) {
    const body = { HtmlBody: LONG, testRenderModel: model };
    assert.deepEqual(await parse(JSON.stringify(body)), { kind: 'json', value: body });
  }
});

for (const [what, text, says] of [
  ['a member that is no JSON', `{"a": nothing, "b": "${LONG}"}`, /token/],
  ['a body that ends early', `{"a": "${LONG}"`, /end/],
  ['bytes behind the object', `{"a": "${LONG}"} x`, /after JSON/],
  ['too many members', `{${Array.from({ length: 20_000 }, (_, at) => `"${at}":1`).join()}}`, /too many/],
] as const) {
  test(`${what} is malformed`, async () => {
    const parsed = await parse(text);
    assert.ok(parsed.kind === 'malformed');
    assert.match(parsed.detail, says);
  });
}

test('what is not UTF-8 is malformed, and a large array is no object', async () => {
  assert.equal((await parseLarge(Buffer.from(`{"a": "${LONG}é"}`, 'latin1'), turns)).kind, 'malformed');
  assert.deepEqual(await parse(`["${LONG}"]`), { kind: 'json', value: null });
});
