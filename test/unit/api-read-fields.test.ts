// Reading JSON by a schema: forgiving about names and null, strict about types.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { fieldReader } from '../../src/doors/api/read-fields.ts';

const read = fieldReader(
  Type.Object({
    Name: Type.Optional(Type.String()),
    Open: Type.Optional(Type.Boolean()),
    Mode: Type.Optional(Type.Enum(['None', 'HtmlOnly'])),
    Data: Type.Optional(Type.Record(Type.String(), Type.String())),
    List: Type.Optional(Type.Array(Type.Object({ Value: Type.String() }), { maxItems: 20 })),
  }),
);

const GOOD: readonly [what: string, given: string, expected: unknown][] = [
  ['names in any case', '{"nAmE":"a","OPEN":true}', { Name: 'a', Open: true }],
  ['the exact name before another spelling', '{"name":"x","Name":"a","NAME":"y"}', { Name: 'a' }],
  ['another spelling where the exact one is null', '{"Name":null,"name":"a"}', { Name: 'a' }],
  ['null as absent', '{"Name":null,"Open":null,"Mode":null,"Data":null,"List":null}', {}],
  ['unknown names ignored', '{"Other":{"a":[1]},"Name":"a"}', { Name: 'a' }],
  ['choices in any case', '{"Mode":"htmlonly"}', { Mode: 'HtmlOnly' }],
  ['an empty choice as none', '{"Mode":""}', { Mode: undefined }],
  ['null in a record as an absent key', '{"Data":{"a":null,"b":"c"}}', { Data: { b: 'c' } }],
  [
    'names inside lists in any case',
    '{"list":[{"value":"a"},{"VALUE":"b"}]}',
    { List: [{ Value: 'a' }, { Value: 'b' }] },
  ],
  ['a lone surrogate as U+FFFD', '{"Name":"a\\ud800b"}', { Name: 'a\ufffdb' }],
  ['an empty object', '{}', {}],
];

for (const [what, given, expected] of GOOD) {
  test(`reads ${what}`, () => {
    assert.deepEqual(read(JSON.parse(given)), { kind: 'read', value: expected });
  });
}

const BAD: readonly [given: string, fields: readonly string[]][] = [
  ['null', ['$']],
  ['[]', ['$']],
  ['"text"', ['$']],
  ['3', ['$']],
  ['{"Name":3}', ['$.Name']],
  ['{"name":{}}', ['$.Name']],
  ['{"Open":"true"}', ['$.Open']],
  ['{"Mode":"Sometimes"}', ['$.Mode']],
  ['{"Mode":true}', ['$.Mode']],
  ['{"Data":[]}', ['$.Data']],
  ['{"Data":"a"}', ['$.Data']],
  ['{"Data":{"a":1,"b":2}}', ['$.Data']],
  ['{"Data":{"a":{"b":"c"}}}', ['$.Data']],
  ['{"List":{}}', ['$.List']],
  ['{"List":[null]}', ['$.List[0]']],
  ['{"List":[{"Value":"a"},{"Value":1}]}', ['$.List[1].Value']],
  ['{"Name":1,"Open":2}', ['$.Name', '$.Open']],
];

for (const [given, fields] of BAD) {
  test(`names the bad fields of ${given}`, () => {
    assert.deepEqual(read(JSON.parse(given)), { kind: 'invalid', fields });
  });
}

test('names ten bad fields at most', () => {
  const result = read({ List: Array.from({ length: 20 }, () => ({ Value: 1 })) });
  assert.equal(result.kind === 'invalid' && result.fields.length, 10);
});

test('refuses a list that is longer than the schema allows', () => {
  assert.deepEqual(read({ List: Array.from({ length: 21 }, () => ({ Value: 'a' })) }), {
    kind: 'invalid',
    fields: ['$.List'],
  });
});

test('keeps prototype names as plain data and lets them reach no prototype', () => {
  const result = read(
    JSON.parse('{"__proto__":{"Name":"x"},"constructor":{"Name":"y"},"Data":{"__proto__":"a","constructor":"b"}}'),
  );
  assert.equal(result.kind, 'read');
  if (result.kind !== 'read') return;
  assert.equal(result.value.Name, undefined);
  const data = result.value.Data ?? {};
  assert.deepEqual(Object.entries(data), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  assert.equal(Object.getPrototypeOf(data), Object.prototype);
  assert.equal(({} as Record<string, unknown>).Name, undefined);
});
