// Layouts: where the placeholder stands, and how the parts of a message are put together (contract management 5.3, 6.6).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPart, type TemplatePart, type TemplateType } from '../../src/domain/template/check-part.ts';
import type { JsonObject } from '../../src/domain/template/model-value.ts';
import {
  describeProblem,
  placeParts,
  renderPlaced,
  type MessageResult,
  type MessageTemplate,
} from '../../src/domain/template/render-message.ts';
import { RENDER_LIMITS } from '../../src/domain/template/render-template.ts';
import { compiled, places } from '../support/template.ts';

type Case = readonly [type: TemplateType, part: TemplatePart, source: string, at: readonly string[], says: RegExp];

const RULES: readonly Case[] = [
  ['Layout', 'htmlBody', '<b>{{{ @content }}}</b>', [], /./],
  ['Layout', 'textBody', '{{{@content}}}', [], /./],
  ['Layout', 'htmlBody', '{{#x}}{{{\n@content  }}}{{/x}}', [], /./],
  ['Layout', 'htmlBody', '<b></b>', ['nowhere'], /The layout content placeholder must be present/],
  ['Layout', 'textBody', '', ['nowhere'], /The layout content placeholder must be present/],
  ['Layout', 'htmlBody', '{{! {{{ @content }}} }}', [], /./],
  ['Layout', 'htmlBody', '{{{ @content }}}\n {{{ @content }}}{{{@content}}}', ['2:2', '2:18'], /only once/],
  ['Layout', 'subject', 'x', ['nowhere'], /no subject/],
  ['Standard', 'subject', 'Hello {{name}}', [], /./],
  ['Standard', 'subject', 'Hello {{{@content}}}', ['1:7'], /in layouts only/],
  ['Standard', 'htmlBody', 'a\n{{{ @content }}}', ['2:1'], /in layouts only/],
];

test('each body of a layout has the placeholder once, and nothing else has it', () => {
  for (const [type, part, source, at, says] of RULES) {
    const result = checkPart({ type, part, source });
    const errors = result.kind === 'invalid' ? result.errors : [];
    assert.deepEqual(places(errors), at, source);
    for (const { rule, message } of errors) {
      assert.equal(rule, 'placeholder');
      assert.match(message, says);
    }
  }
});

test('what does not parse is told before the rules of layouts', () => {
  const result = checkPart({ type: 'Layout', part: 'htmlBody', source: '{{#x}}' });
  assert.equal(result.kind, 'invalid');
  assert.deepEqual(
    result.errors.map(({ rule }) => rule),
    ['syntax'],
  );
});

const renderMessage = (message: MessageTemplate, model: JsonObject, limits = RENDER_LIMITS): MessageResult =>
  renderPlaced(placeParts(message), model, limits);

const parts = {
  subject: compiled('{{a}} & {{{a}}}'),
  htmlBody: compiled('<i>{{a}}</i>'),
  textBody: compiled('{{a}}'),
};
const layout = {
  htmlBody: compiled('<p>{{brand}}:{{{ @content }}}</p>'),
  textBody: compiled('{{brand}}: {{{ @content }}}!'),
};
const model = { a: '<a>', brand: 'Café' };

test('each body stands in the body of its kind, and only HTML is escaped', () => {
  assert.deepEqual(renderMessage({ parts, layout }, model), {
    kind: 'rendered',
    subject: '<a> & <a>',
    htmlBody: '<p>Caf&#233;:<i>&lt;a&gt;</i></p>',
    textBody: 'Café: <a>!',
  });
});

test('a body stands alone where the layout has none of its kind, and a layout adds none', () => {
  const { htmlBody, textBody } = parts;
  const alone = { kind: 'rendered', subject: undefined, htmlBody: '<i>&lt;a&gt;</i>', textBody: 'Café: <a>!' };
  assert.deepEqual(
    renderMessage({ parts: { htmlBody, textBody }, layout: { textBody: layout.textBody } }, model),
    alone,
  );
  const html = {
    kind: 'rendered',
    subject: undefined,
    htmlBody: '<p>Caf&#233;:<i>&lt;a&gt;</i></p>',
    textBody: undefined,
  };
  assert.deepEqual(renderMessage({ parts: { htmlBody }, layout }, model), html);
});

test('the content sees the scope in which the placeholder stands, each time', () => {
  const htmlBody = compiled('[{{.}}{{x}}{{../../y}}]');
  const render = (source: string) =>
    renderMessage(
      { parts: { htmlBody }, layout: { htmlBody: compiled(source) } },
      { x: 'X', y: 'Y', list: [1, 2], in: { x: 'I' } },
    );
  const texts: readonly (readonly [layout: string, html: string])[] = [
    ['{{{ @content }}}{{x}}', '[XY]X'],
    ['{{#each list}}{{{ @content }}}{{/each}}{{x}}', '[1Y][2Y]X'],
    ['{{#in}}{{{ @content }}}{{x}}{{/in}}{{x}}', '[IY]IX'],
    ['{{#none}}{{{ @content }}}{{/none}}{{x}}', 'X'],
  ];
  for (const [source, htmlText] of texts) {
    const result = render(source);
    assert.equal(result.kind === 'rendered' && result.htmlBody, htmlText, source);
  }
});

test('a placeholder within the content is text', () => {
  const htmlBody = compiled('x{{{ @content }}}');
  const result = renderMessage({ parts: { htmlBody }, layout: { htmlBody: compiled('<{{{@content}}}>') } }, {});
  assert.equal(result.kind === 'rendered' && result.htmlBody, '<x{{{ @content }}}>');
});

test('a part that cannot be rendered is named, with why', () => {
  const bad = { ...parts, textBody: compiled('{{#each a}}{{/each}}') };
  const failed = renderMessage({ parts: bad }, model);
  assert.deepEqual(failed, { kind: 'failed', part: 'textBody', problem: { kind: 'not-an-array', path: 'a' } });
  const tooMuch = renderMessage({ parts }, model, { ...RENDER_LIMITS, maxOutputBytes: 10 });
  assert.deepEqual(tooMuch, {
    kind: 'failed',
    part: 'htmlBody',
    problem: { kind: 'too-much', bound: 'output', limit: 10 },
  });
});

test('problems are told in words, without values of the model', () => {
  assert.match(describeProblem({ kind: 'not-an-array', path: 'a.b' }), /'a\.b', which is no array/);
  assert.ok(describeProblem({ kind: 'not-an-array', path: 'a'.repeat(1000) }).length < 150);
  assert.match(describeProblem({ kind: 'too-much', bound: 'steps', limit: 5 }), /5 steps/);
  assert.match(describeProblem({ kind: 'too-much', bound: 'depth', limit: 5 }), /5 blocks/);
  assert.match(describeProblem({ kind: 'too-much', bound: 'output', limit: 5 }), /5 bytes/);
});
