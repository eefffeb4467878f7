// What is a tag, what is a path, and what is wrong with a template, where (contract management 6.1, 6.2, 6.7).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath } from '../../src/domain/template/parse-path.ts';
import { compiled, errorsOf, html, places } from '../support/template.ts';

const model = { name: 'Mike', list: [1, 2], parent: { child: 'c' } };

const TAGS: readonly (readonly [source: string, rendered: string])[] = [
  ['ASDF', 'ASDF'],
  ['', ''],
  ['{{name}}', 'Mike'],
  ['{{ name }}', 'Mike'],
  ['{{\n name\t}}', 'Mike'],
  ['{{&name}}', 'Mike'],
  ['{{& name }}', 'Mike'],
  ['{{{name}}}', 'Mike'],
  ['{{{ name }}}', 'Mike'],
  ['{{{&name}}}', 'Mike'],
  ['{{{{name}}', '{{Mike'],
  ['{{{name}}', '{Mike'],
  ['{{name}}}', 'Mike}'],
  ['{{name}}}}', 'Mike}}'],
  ['{{{{name}}}}', '{Mike}'],
  ['{{{{{name}}}}}', '{{Mike}}'],
  ['{{}}', '{{}}'],
  ['{{{}}}', '{{{}}}'],
  ['{{', '{{'],
  ['{{name', '{{name'],
  ['{{name}', '{{name}'],
  ['{name}', '{name}'],
  ['{{na{me}}', '{{na{me}}'],
  ['{{na}me}}', '{{na}me}}'],
  ['{{a{{name}}', '{{aMike'],
  ['}}{{name}}{{', '}}Mike{{'],
  ['as{{!stu\n ff}}df', 'asdf'],
  ['as{{! {name} }}df', 'as{{! {name} }}df'],
  ['a{{!}}b{{!}}c', 'abc'],
  ['a\n{{#parent}}\n{{child}}\n{{/parent}}\nb', 'a\n\nc\n\nb'],
  ['{{##parent}}{{child}}{{//parent}}', 'c'],
  ['{{# parent }}{{child}}{{/ parent}}', 'c'],
  ['{{^^none}}n{{/none}}', 'n'],
  ['{{#each list}}{{.}}{{/each}}', '12'],
  ['{{#each   list  }}{{.}}{{/each}}', '12'],
  ['{{else}}', ''],
  ['{{#name}}yes{{else}}no{{/name}}', 'yesno'],
  ['{{{ pm:unsubscribe }}}', '{{{ pm:unsubscribe }}}'],
  ['<a href="{{{pm:unsubscribe_url}}}">', '<a href="{{{pm:unsubscribe_url}}}">'],
  ['{{ }}{{#}}in{{/}}', 'in'],
];

test('tags are told from text', () => {
  for (const [source, rendered] of TAGS) assert.equal(html(source, model), rendered, source);
});

const GOOD_PATHS: readonly (readonly [path: string, ups: number, keys: readonly string[]])[] = [
  ['name', 0, ['name']],
  ['first_name', 0, ['first_name']],
  ['company.address_line_1', 0, ['company', 'address_line_1']],
  ['items.0', 0, ['items', '0']],
  ['_', 0, ['_']],
  ['größe.名前.имя', 0, ['größe', '名前', 'имя']],
  ['a\u0301', 0, ['a\u0301']],
  ['.', 0, []],
  ['', 0, []],
  ['.a', 0, ['a']],
  ['a.', 0, ['a']],
  ['.a.b.', 0, ['a', 'b']],
  ['this.name', 0, ['this', 'name']],
  ['../a', 1, ['a']],
  ['../../a.b', 2, ['a', 'b']],
  ['../.', 1, []],
  ['../', 1, []],
  ['../.a', 1, ['a']],
];

test('paths are read', () => {
  for (const [path, ups, keys] of GOOD_PATHS) assert.deepEqual(parsePath(path), { ups, keys, text: path }, path);
});

const BAD_PATHS =
  '.. ... .... / // ./ ./x a/b x/../y a../b a..b a... ..a .../a .../asdf.content ../.. ../... /a a/ @ @index [ ] ( ) ~ $ % a-b first%name a:b a[0] $a a! a"b \\ ..\\a 𝒜 😀 a\u200bb'.split(
    ' ',
  );

test('what is no path is an error', () => {
  for (const path of [...BAD_PATHS, 'a b', 'a\nb', 'each x', '> partial', '= <% %>']) {
    assert.equal(parsePath(path), undefined, path);
    for (const tag of [`{{ ${path} }}`, `{{{ ${path} }}}`, `{{& ${path} }}`]) {
      assert.deepEqual(places(errorsOf(`x${tag}`)), ['1:2'], tag);
    }
    if (path.includes('\n')) continue;
    // Judged in the closing tag as well.
    assert.deepEqual(places(errorsOf(`{{# ${path} }}x{{/ ${path} }}`)), ['1:1', `1:${path.length + 9}`], path);
    assert.deepEqual(places(errorsOf(`{{#each ${path} }}x{{/each}}`)), ['1:1'], path);
  }
});

const ERRORS: readonly (readonly [source: string, at: readonly string[], says: RegExp])[] = [
  ['1{{first name}}', ['1:2'], /Spaces/],
  ['ss{{#each company.name}}\nasdf', ['1:3'], /{{#each company.name}} is never closed/],
  ['xzyhj{{#company.line_1}}\nasdf{{dsadskl-sasa@}}\n{{/each}}', ['1:6', '2:5', '3:1'], /never closed/],
  ['fff{{#each company.line_1}}\n{{dsadskl-sasa@}}\n{{/each}}', ['2:1'], /Hyphens/],
  ['a{{name}}dd\ndd{{/each}}dd', ['2:3'], /closes nothing/],
  ['{{#a}}x{{/b}}', ['1:1', '1:8'], /'a' is never closed/],
  ['{{#a}}{{#b}}{{/a}}{{/b}}', ['1:1', '1:13'], /'a' is never closed; close it with {{\/a}}/],
  ['{{#a.b}}{{/a}}{{/a.b}}', ['1:9'], /does not match/],
  ['{{/a}}', ['1:1'], /nothing is/],
  ['{{/}}', ['1:1'], /does not match/],
  ['{{//}}', ['1:1'], /does not match/],
  ['{{#a}}', ['1:1'], /never closed/],
  ['{{^a}}', ['1:1'], /never closed/],
  ['{{#a}}x{{^a}}y', ['1:1'], /never closed/],
  ['{{#each}}x{{/each}}', ['1:1'], /{{#each path}}/],
  ['{{#each }}x{{/each}}', ['1:1'], /{{#each path}}/],
  ['{{#eachs}}{{name}}{{/each}}', ['1:1'], /{{#each path}}/],
  ['{{#each\nx}}{{/each}}', ['1:1'], /{{#each path}}/],
  ['{{^each x}}{{/each x}}', ['1:1', '1:1', '1:12'], /not valid/],
  ['{{#each x}}{{/each }}', ['1:1', '1:12'], /never closed/],
  ['{{#each x}}{{/eachs}}', ['1:1', '1:12'], /never closed/],
  ['{{#each x}}{{/x}}{{/each}}', ['1:12'], /does not match .*{{#each x}}/],
  ['{{#each x}}{{/ each}}{{/each}}', ['1:12'], /does not match/],
  ['{{#x}}{{.}}{{/each}}', ['1:1', '1:12'], /never closed/],
  ['{{#x}}{{.}}{{/x}}{{/each}}', ['1:18'], /closes nothing/],
  ['{{#each x}}{{#y}}{{/each}}', ['1:1', '1:12', '1:18'], /never closed/],
  ['{{ #x }}', ['1:1'], /No space/],
  ['{{{#x}}}', ['1:1'], /No space/],
  ['{{{! x }}}', ['1:1'], /No space/],
  ['{{#if x}}y{{/if}}', ['1:1', '1:1', '1:11'], /Instead of {{#if path}}/],
  ['{{#unless x}}y{{/unless x}}', ['1:1', '1:15'], /{{\^path}}/],
  ['{{#a}}{{else if b}}{{/a}}', ['1:7'], /{{else}}/],
  ['{{> partial}}', ['1:1'], /Partials/],
  ['{{@index}}', ['1:1'], /@index/],
  ['{{ @content }}', ['1:1'], /three braces/],
  ['{{& @content }}', ['1:1'], /three braces/],
  ['{{ pm:unsubscribe }}', ['1:1'], /three braces/],
  ['{{{ pm:other }}}', ['1:1'], /not valid/],
  ['{{{ @contents }}}', ['1:1'], /not supported/],
  ['😀é\r\n\r\n\t😀{{a-b}}', ['3:4'], /Hyphens/],
];

test('all errors are told with their places', () => {
  for (const [source, at, says] of ERRORS) {
    const errors = errorsOf(source);
    assert.deepEqual(places(errors), at, source);
    assert.match(errors[0]?.message ?? '', says, source);
    for (const { rule } of errors) assert.equal(rule, 'syntax');
  }
});

test('placeholders are found where they stand', () => {
  assert.deepEqual(compiled('{{{@content}}}\n <b>{{{ @content }}}').placeholders, [
    { line: 1, character: 1 },
    { line: 2, character: 5 },
  ]);
});
