// Scopes, truth, printing and escaping (contract management 6.3 to 6.6).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/domain/template/model-value.ts';
import { html, plain, run } from '../support/template.ts';

type Case = readonly [source: string, model: JsonObject, rendered: string];

function check(cases: readonly Case[]): void {
  for (const [source, model, rendered] of cases) assert.equal(html(source, model), rendered, source);
}

const company = {
  Company: { ceo: { last_name: 'Smith', products: [{ name: 'n0' }, { name: 'n1' }] }, name: 'Acme' },
  company_name: 'ACME',
  employees: [{ name: 'Ann', tags: ['a', 'b'] }, { name: 'Bob' }],
};

test('a section sees its own value and nothing outside', () => {
  check([
    ['{{#flag}}Hello {{name}}{{/flag}}', { flag: true, name: 'Ann' }, 'Hello '],
    ['{{#flag}}Hello {{../name}}{{/flag}}', { flag: true, name: 'Ann' }, 'Hello Ann'],
    ['{{^flag}}Hello {{name}}{{/flag}}', { flag: false, name: 'Ann' }, 'Hello '],
    ['{{^flag}}Hello {{../name}}{{/flag}}', { flag: false, name: 'Ann' }, 'Hello Ann'],
    ['{{^none}}{{../x}}{{/none}}', { x: 'x' }, 'x'],
    ['{{#person}}{{name}}{{/person}}', { person: { name: 'Ann' }, name: 'root' }, 'Ann'],
    ['{{#person}}{{.}}{{/person}}', { person: 'Ann' }, 'Ann'],
    ['{{^count}}{{.}} left{{/count}}', { count: 0 }, '0 left'],
    ['{{#a}}{{#b}}{{c}}{{/b}}{{/a}}{{c}}', { a: { b: { c: 1 } }, c: 2 }, '12'],
  ]);
});

test('../ climbs steps of paths, not blocks', () => {
  check([
    ['{{#a.b}}{{../x}}{{/a.b}}', { a: { b: { y: 1 }, x: 'a.x' }, x: 'root' }, 'a.x'],
    ['{{#a.b}}{{../../x}}{{/a.b}}', { a: { b: { y: 1 } }, x: 'root' }, 'root'],
    ['{{#a}}{{#b}}{{../../x}}{{/b}}{{/a}}', { a: { b: true }, x: 'root' }, 'root'],
    ['{{#a}}{{#../b}}{{../x}}{{/../b}}{{/a}}', { a: true, b: true, x: 'root' }, 'root'],
    ['{{#a.b}}{{#.}}{{../x}}{{/.}}{{/a.b}}', { a: { b: true, x: 'a.x' } }, 'a.x'],
    ['{{#a.b}}{{../../../../../x}}{{/a.b}}', { a: { b: true }, x: 'root' }, 'root'],
    ['{{../x}}', { x: 'root' }, 'root'],
    ['{{#a.b}}{{#../.}}{{x}}{{/../.}}{{/a.b}}', { a: { b: true, x: 'a.x' } }, 'a.x'],
    ['{{#a.x}}{{../.}}{{/a.x}}', { a: { x: 1 } }, ''],
    ['{{#a.none.b}}{{/a.none.b}}{{^a.none.b}}{{../../c}}{{/a.none.b}}', { a: { c: 'a.c' } }, 'a.c'],
    ['{{#content}}Hello {{../Person.Name}}!{{/content}}', { content: true, Person: { Name: 'Ann' } }, 'Hello Ann!'],
  ]);
});

test('in a loop the parent of an item is the array', () => {
  check([
    ['{{#each employees}}{{name}}@{{../../company_name}} {{/each}}', company, 'Ann@ACME Bob@ACME '],
    ['{{#each employees}}{{../company_name}}{{/each}}', company, ''],
    ['{{#each employees}}{{name}}{{#each tags}}{{.}}{{../../name}}{{/each}} {{/each}}', company, 'AnnaAnnbAnn Bob '],
    ['{{#each Company.ceo.products}}{{name}} {{../../last_name}};{{/each}}', company, 'n0 Smith;n1 Smith;'],
    ['{{#Company}}{{#each ceo.products}}{{../../../name}}{{/each}}{{/Company}}', company, 'AcmeAcme'],
    ['{{#each rows}}{{#each .}}{{.}},{{/each}};{{/each}}', { rows: [[1, 2], [], [3]] }, '1,2,;;3,;'],
    ['{{#rows}}{{#each .}}{{.}}{{/each}}{{/rows}}', { rows: [1, 2] }, '12'],
    ['{{#each rows}}{{#.}}{{x}}{{/.}}{{^.}}-{{/.}}{{/each}}', { rows: [{ x: 1 }, null, {}, { x: 2 }] }, '1--2'],
    ['{{#each rows}}x{{/each}}', { rows: [null, false] }, 'xx'],
  ]);
});

test('a section does not loop', () => {
  check([
    ['{{#list}}once{{/list}}', { list: [1, 2, 3] }, 'once'],
    ['{{#list}}{{.}}{{name}}{{length}}{{0}}{{/list}}', { list: [{ name: 'Ann' }] }, ''],
  ]);
});

test('opening the block that is open is an else', () => {
  const both = '{{#x}}yes{{^x}}no{{/x}}|{{^x}}no{{#x}}yes{{/x}}|{{#x}}1{{#x}}2{{/x}}';
  check([
    [both, { x: true }, 'yes|yes|12'],
    [both, {}, 'no|no|'],
    ['{{#a}}{{#b}}1{{^b}}2{{../../c}}{{/b}}{{/a}}', { a: { b: 0 }, c: 'c' }, '2c'],
  ]);
});

const FALSY: readonly JsonObject[] = [
  {},
  { x: null },
  { x: false },
  { x: 0 },
  { x: -0 },
  { x: '' },
  { x: [] },
  { x: {} },
];
const TRUTHY: readonly JsonObject[] = ['false', '0', ' ', true, 1, -1, 0.1, [0], [[]], { y: null }].map((x) => ({ x }));

test('missing, null, false, 0 and what is empty are false; all else is true', () => {
  for (const model of FALSY) assert.equal(html('{{#x}}yes{{/x}}{{^x}}no{{/x}}', model), 'no', JSON.stringify(model));
  for (const model of TRUTHY) assert.equal(html('{{#x}}yes{{/x}}{{^x}}no{{/x}}', model), 'yes', JSON.stringify(model));
  for (const model of FALSY) assert.equal(html('[{{#each x}}yes{{/each}}]', model), '[]', JSON.stringify(model));
});

test('a loop over what is true and no array fails', () => {
  for (const x of ['text', 1, true, { a: 1 }]) {
    assert.deepEqual(run('{{#each a.x}}{{/each}}', { a: { x } }), { kind: 'not-an-array', path: 'a.x' });
    assert.equal(html('{{#none}}{{#each ../a.x}}{{/each}}{{/none}}', { a: { x } }), '');
  }
});

const PRINTED: readonly (readonly [value: JsonObject[string], text: string])[] = [
  ['as is', 'as is'],
  [0, '0'],
  [-0, '0'],
  [1234567.5, '1234567.5'],
  [-12, '-12'],
  [9007199254740991, '9007199254740991'],
  [1e20, '100000000000000000000'],
  [1e21, '1000000000000000000000'],
  [-1.5e22, '-15000000000000000000000'],
  [1.5e-7, '0.00000015'],
  [-1e-9, '-0.000000001'],
  [5e-324, `0.${'0'.repeat(323)}5`],
  [Infinity, ''],
  [true, 'True'],
  [false, 'False'],
  [null, ''],
  [[1, 2], ''],
  [{ a: 1 }, ''],
];

test('values are printed as .NET prints them, numbers without exponents', () => {
  for (const [x, text] of PRINTED) assert.equal(html('{{x}}{{{x}}}', { x }), text + text, JSON.stringify(x));
  assert.equal(html('[{{missing}}{{a.b.c}}{{x.length}}]', { x: 'text' }), '[]');
});

test('keys are told apart by case, and arrays have none', () => {
  assert.equal(html('{{Name}}{{name}}{{NAME}}', { Name: 1, name: 2 }), '12');
  assert.equal(html('{{items.0}}{{items.length}}', { items: ['a'] }), '');
  assert.equal(html('{{items.0}}', { items: { 0: 'a' } }), 'a');
  assert.equal(html('{{this.name}}', { name: 'Ann' }), '');
});

test('nothing of a prototype is seen', () => {
  const names = '__proto__ constructor prototype toString hasOwnProperty __defineGetter__ valueOf'.split(' ');
  for (const name of names) {
    for (const source of [`{{${name}}}`, `{{a.${name}}}`, `{{${name}.name}}`, `{{#${name}}}x{{/${name}}}`]) {
      assert.equal(html(source, { a: { b: 1 }, text: 'x' }), '', source);
    }
  }
  // An own key is as good as any, but for the one that means something when it is assigned.
  const model = JSON.parse('{"constructor":"own","__proto__":{"name":"own"}}') as JsonObject;
  assert.equal(html('{{constructor}}', model), 'own');
  assert.equal(html('{{__proto__.name}}{{name}}', model), '');
});

const ESCAPED: readonly (readonly [value: string, escaped: string])[] = [
  ['<b>"a" & \'b\'</b>', '&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;'],
  ['plain', 'plain'],
  ['&lt;', '&amp;lt;'],
  ['café\u00a0ÿ', 'caf&#233;&#160;&#255;'],
  ['\u009f\u0100€名', '\u009f\u0100€名'],
  ['a😀b𝒜', 'a&#128512;b&#119964;'],
  ['\ud83d', '\ufffd'],
  ['x\ude00\ud83d<', 'x\ufffd\ufffd&lt;'],
  ['=`{{/', '=`{{/'],
];

test('HTML is escaped with two braces, and only in HTML', () => {
  for (const [x, escaped] of ESCAPED) {
    assert.equal(html('{{x}}|{{{x}}}|{{&x}}', { x }), `${escaped}|${x}|${x}`);
    assert.equal(plain('{{x}}|{{{x}}}|{{&x}}', { x }), `${x}|${x}|${x}`);
  }
  assert.equal(html('<é {{x}}>', { x: '<' }), '<é &lt;>');
});

test('long values are escaped in pieces, and pairs of surrogates stay whole', () => {
  for (const pad of [16_382, 16_383, 16_384, 32_767]) {
    const x = `${'a'.repeat(pad)}😀<${'b'.repeat(20_000)}\ud83d`;
    const escaped = `${'a'.repeat(pad)}&#128512;&lt;${'b'.repeat(20_000)}\ufffd`;
    assert.ok(html('{{x}}', { x }) === escaped, `with ${pad} before it`);
  }
});

test('what a value holds is never read as a template', () => {
  assert.equal(html('{{{a}}}{{b}}', { a: '{{b}}{{#each b}}', b: '{{a}}' }), '{{b}}{{#each b}}{{a}}');
});
