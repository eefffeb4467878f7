// The model that templates ask for, its overlay with a given one, and which models are refused (contract management 6.8, 5.4, 5.6).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferModel, MAX_MODEL_DEPTH, overlay } from '../../src/domain/template/infer-model.ts';
import { judgeModel } from '../../src/domain/template/judge-model.ts';
import type { JsonObject, JsonValue } from '../../src/domain/template/model-value.ts';
import { compiled } from '../support/template.ts';

const SUGGESTED: readonly (readonly [source: string, model: JsonObject])[] = [
  ['no tags', {}],
  ['{{! comment }}{{{ pm:unsubscribe }}}{{{ @content }}}', {}],
  ['{{Name}}', { Name: 'Name_Value' }],
  ['{{{a}}}{{& b}}', { a: 'a_Value', b: 'b_Value' }],
  ['{{person.name}}', { person: { name: 'name_Value' } }],
  ['{{#Person}}{{Name}}{{/Person}}', { Person: { Name: 'Name_Value' } }],
  ['{{#flag}}x{{/flag}}', { flag: {} }],
  ['{{^flag}}x{{/flag}}', { flag: {} }],
  ['{{#flag}}{{../name}}{{/flag}}', { flag: {}, name: 'name_Value' }],
  // Only printed wins over what is below; a section does not.
  ['{{a}}{{a.b}}', { a: 'a_Value' }],
  ['{{a.b}}{{a}}', { a: 'a_Value' }],
  ['{{a}}{{#a}}{{b}}{{/a}}', { a: { b: 'b_Value' } }],
  ['{{a}}{{#a}}x{{/a}}', { a: {} }],
  ['{{#a}}{{.}}{{/a}}', { a: {} }],
  ['{{#each products}}x{{/each}}', { products: ['products_1', 'products_2', 'products_3'] }],
  ['{{#each colors}}{{.}}{{/each}}', { colors: ['colors_1', 'colors_2', 'colors_3'] }],
  ['{{#each Employees}}{{name}}{{/each}}', { Employees: [{ name: 'name_Value' }] }],
  ['{{#list}}{{#each .}}{{.}}{{/each}}{{/list}}', { list: ['list_1', 'list_2', 'list_3'] }],
  ['{{#each rows}}{{#each .}}{{x}}{{/each}}{{/each}}', { rows: [{ x: 'x_Value' }] }],
  [
    '{{#Person}}{{Name}}{{#each ../Person.FavoriteColors}}{{.}}{{/each}}{{/Person}}',
    { Person: { Name: 'Name_Value', FavoriteColors: ['FavoriteColors_1', 'FavoriteColors_2', 'FavoriteColors_3'] } },
  ],
  [
    '{{#each Employees}}{{person.name}}{{#each favoriteColors}}{{hue}}{{/each}}{{#each workplaces}}{{.}}{{/each}}{{/each}}',
    {
      Employees: [
        {
          person: { name: 'name_Value' },
          favoriteColors: [{ hue: 'hue_Value' }],
          workplaces: ['workplaces_1', 'workplaces_2', 'workplaces_3'],
        },
      ],
    },
  ],
  // A loop adds no level of its own to climb.
  ['{{#each a.list}}{{../b}}{{/each}}', { a: { list: ['list_1', 'list_2', 'list_3'], b: 'b_Value' } }],
  ['{{#each list}}{{../../company}}{{/each}}', { list: ['list_1', 'list_2', 'list_3'], company: 'company_Value' }],
  ['{{.}}{{../.}}{{#each .}}{{x}}{{/each}}', { x: 'x_Value' }],
  ['{{a}}{{b}}{{a}}', { a: 'a_Value', b: 'b_Value' }],
  ['{{constructor.name}}{{toString}}', { constructor: { name: 'name_Value' }, toString: 'toString_Value' }],
  ['{{__proto__.polluted}}{{a.__proto__.b}}', { a: {} }],
];

test('the model is guessed from how paths are used', () => {
  for (const [source, model] of SUGGESTED) {
    assert.deepEqual(inferModel([{ template: compiled(source) }]), model, source);
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test('all parts ask for one model, and content asks within its layout', () => {
  const html = { template: compiled('{{person.name}}{{#each items}}{{id}}{{/each}}') };
  const text = { template: compiled('{{person.mail}}{{items}}{{#each items}}{{name}}{{/each}}') };
  const merged = inferModel([html, text, { template: compiled('{{subject}}') }]);
  assert.deepEqual(merged, {
    person: { name: 'name_Value', mail: 'mail_Value' },
    items: [{ id: 'id_Value', name: 'name_Value' }],
    subject: 'subject_Value',
  });
  const layout = { template: compiled('{{brand}}{{#in}}{{{ @content }}}{{/in}}'), content: compiled('{{x}}{{../y}}') };
  assert.deepEqual(inferModel([layout]), { brand: 'brand_Value', in: { x: 'x_Value' }, y: 'y_Value' });
});

test('a suggested model ends at the greatest depth', () => {
  const deep = `{{${'a.'.repeat(400)}b}}`;
  const model = inferModel([{ template: compiled(deep) }]);
  assert.equal(depthOf(model), MAX_MODEL_DEPTH + 1);
  assert.equal(judgeModel(model, { maxDepth: MAX_MODEL_DEPTH + 1 }), undefined);
  const path = 'b.'.repeat(400);
  const blocks = Array.from({ length: 90 }, (_, index) => `{{#${path}a${index}}}`).join('');
  const ends = Array.from({ length: 90 }, (_, index) => `{{/${path}a${89 - index}}}`).join('');
  assert.doesNotThrow(() => JSON.stringify(inferModel([{ template: compiled(blocks + ends) }])));
});

function depthOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values<JsonValue>(value).map(depthOf));
}

const OVERLAID: readonly (readonly [suggested: JsonObject, given: JsonObject, merged: JsonObject])[] = [
  [
    { a: 'a_Value', b: 'b_Value' },
    { a: 1, c: 2 },
    { a: 1, b: 'b_Value', c: 2 },
  ],
  [{ a: { b: 'b_Value', c: 'c_Value' } }, { a: { b: 1 } }, { a: { b: 1, c: 'c_Value' } }],
  [{ a: { b: 'b_Value' } }, { a: 'text' }, { a: 'text' }],
  [{ a: { b: 'b_Value' } }, { a: null }, { a: null }],
  [{ a: [{ b: 'b_Value', c: 'c_Value' }] }, { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
  [{ a: [{ b: 'b_Value' }] }, { a: [] }, { a: [] }],
  [{ a: ['a_1'] }, { a: { b: 1 } }, { a: { b: 1 } }],
  [{}, {}, {}],
];

test('what was given goes over what is suggested', () => {
  for (const [suggested, given, merged] of OVERLAID) assert.deepEqual(overlay(suggested, given), merged);
  const evil = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as JsonObject;
  const merged = overlay({}, evil);
  assert.deepEqual(Object.keys(merged), ['constructor']);
  assert.equal((merged as { polluted?: unknown }).polluted, undefined);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test('a model with reserved names at its top, or too deep, is refused', () => {
  assert.equal(judgeModel({}), undefined);
  assert.equal(judgeModel({ pm: 1, a: { '@content': 1, 'pm:x': 1 }, 'a@b': 1 }), undefined);
  assert.deepEqual(judgeModel({ a: 1, '@content': 1 }), { kind: 'reserved-key', key: '@content' });
  assert.deepEqual(judgeModel({ 'pm:unsubscribe': 'x' }), { kind: 'reserved-key', key: 'pm:unsubscribe' });
  assert.equal(judgeModel({ a: [{ b: 1 }] }, { maxDepth: 3 }), undefined);
  assert.deepEqual(judgeModel({ a: [{ b: 1 }] }, { maxDepth: 2 }), { kind: 'too-deep', limit: 2 });
  const deepest = JSON.parse(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`) as JsonObject;
  assert.deepEqual(judgeModel(deepest), { kind: 'too-deep', limit: MAX_MODEL_DEPTH });
  assert.equal(judgeModel({ a: 'x'.repeat(10), b: [1] }, { maxSize: 24 }), undefined);
  assert.deepEqual(judgeModel({ a: 'x'.repeat(10), b: [1] }, { maxSize: 23 }), { kind: 'too-large', limit: 23 });
});
