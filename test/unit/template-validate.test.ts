// A template on trial (contract management 5.4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  VALIDATE_LIMITS,
  validateTemplate,
  type TemplateToValidate,
} from '../../src/domain/template/validate-template.ts';
import { compiled, places } from '../support/template.ts';

type Given = Partial<TemplateToValidate> & Pick<TemplateToValidate, 'parts'>;

function validated(given: Given, limits = VALIDATE_LIMITS) {
  const result = validateTemplate({ type: 'Standard', model: {}, ...given }, limits);
  assert.equal(result.kind, 'validated');
  return result;
}

test('each part is rendered with the suggested model, and the rest is null', () => {
  const result = validated({
    parts: {
      subject: 'Hello {{person.name}} & {{../shop}}',
      htmlBody: '<ul>{{#each products}}<li>{{.}}</li>{{/each}}</ul>{{person.name}}',
    },
  });
  assert.deepEqual(result, {
    kind: 'validated',
    isAllValid: true,
    parts: {
      subject: { isValid: true, errors: [], rendered: 'Hello name_Value & shop_Value' },
      htmlBody: {
        isValid: true,
        errors: [],
        rendered: '<ul><li>products_1</li><li>products_2</li><li>products_3</li></ul>name_Value',
      },
      textBody: null,
    },
    suggestedModel: {
      products: ['products_1', 'products_2', 'products_3'],
      person: { name: 'name_Value' },
      shop: 'shop_Value',
    },
  });
});

test('the given model goes over the suggested one', () => {
  const result = validated({
    parts: { htmlBody: '{{a.b}} {{a.c}} {{^flag}}none{{/flag}}', textBody: '{{a.b}}' },
    model: { a: { b: '<é>' }, flag: null, more: [1] },
  });
  assert.equal(result.parts.htmlBody?.rendered, '&lt;&#233;&gt; c_Value none');
  assert.equal(result.parts.textBody?.rendered, '<é>');
  assert.deepEqual(result.suggestedModel, { a: { b: '<é>', c: 'c_Value' }, flag: null, more: [1] });
});

test('a part with errors is told with their places, and the others are rendered all the same', () => {
  const result = validated({ parts: { subject: '{{ok}}', htmlBody: 'a\n {{#x}}{{a-b}}', textBody: '{{fine}}' } });
  assert.equal(result.isAllValid, false);
  assert.deepEqual(places(result.parts.htmlBody?.errors ?? []), ['2:2', '2:8']);
  assert.equal(result.parts.htmlBody?.isValid, false);
  assert.equal(result.parts.htmlBody?.rendered, null);
  assert.equal(result.parts.subject?.rendered, 'ok_Value');
  assert.equal(result.parts.textBody?.rendered, 'fine_Value');
  assert.deepEqual(result.suggestedModel, { fine: 'fine_Value', ok: 'ok_Value' });
});

test('a part that cannot be rendered has an error without a place', () => {
  const result = validated({ parts: { htmlBody: '{{#each a}}{{/each}}', textBody: 'x' }, model: { a: 'text' } });
  assert.equal(result.isAllValid, false);
  assert.deepEqual(places(result.parts.htmlBody?.errors ?? []), ['nowhere']);
  assert.equal(result.parts.htmlBody?.errors[0]?.rule, 'render');
  assert.equal(result.parts.htmlBody?.rendered, null);
  assert.equal(result.parts.textBody?.isValid, true);
});

test('parts stand in their layout, which asks for values of its own', () => {
  const layout = { htmlBody: compiled('<p>{{brand}} {{{ @content }}}</p>') };
  const result = validated({ parts: { htmlBody: '{{a}}', textBody: '{{b}}', subject: '{{c}}' }, layout });
  assert.equal(result.parts.htmlBody?.rendered, '<p>brand_Value a_Value</p>');
  assert.equal(result.parts.textBody?.rendered, 'b_Value');
  assert.deepEqual(result.suggestedModel, { brand: 'brand_Value', a: 'a_Value', b: 'b_Value', c: 'c_Value' });
});

test('a layout keeps its placeholder, must have it, and has no subject', () => {
  const layout = validated({ type: 'Layout', parts: { htmlBody: '<p>{{x}}{{{ @content }}}</p>', textBody: 'none' } });
  assert.equal(layout.isAllValid, false);
  assert.equal(layout.parts.htmlBody?.rendered, '<p>x_Value{{{ @content }}}</p>');
  assert.match(layout.parts.textBody?.errors[0]?.message ?? '', /The layout content placeholder must be present/);
  const subject = validated({ type: 'Layout', parts: { subject: 'x', htmlBody: '{{{ @content }}}' } });
  assert.equal(subject.parts.subject?.isValid, false);
  assert.equal(subject.isAllValid, false);
  const standard = validated({ parts: { htmlBody: '{{{ @content }}}' } });
  assert.match(standard.parts.htmlBody?.errors[0]?.message ?? '', /in layouts only/);
});

test('an empty part was submitted', () => {
  const result = validated({ parts: { subject: '', textBody: '' } });
  assert.deepEqual(result.parts.subject, { isValid: true, errors: [], rendered: '' });
  assert.equal(result.isAllValid, true);
});

test('the limits are those that were given', () => {
  const render = { ...VALIDATE_LIMITS.render, maxOutputBytes: 3 };
  const parse = { ...VALIDATE_LIMITS.parse, maxTags: 1 };
  const result = validated({ parts: { subject: 'text', textBody: '{{a}}{{b}}' } }, { parse, render });
  assert.equal(result.parts.subject?.errors[0]?.rule, 'render');
  assert.equal(result.parts.textBody?.errors[0]?.rule, 'limit');
});

test('a model that may not be used is refused as a whole', () => {
  const refused = validateTemplate({ type: 'Standard', parts: { textBody: 'x' }, model: { '@x': 1 } });
  assert.deepEqual(refused, { kind: 'model-refused', problem: { kind: 'reserved-key', key: '@x' } });
});
