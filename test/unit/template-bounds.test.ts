// No template and no model stalls the process: the bounds of parsing and rendering, by their counters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate, TEMPLATE_LIMITS } from '../../src/domain/template/parse-template.ts';
import { RENDER_LIMITS, renderTemplate } from '../../src/domain/template/render-template.ts';
import { compiled, errorsOf, html, places, run } from '../support/template.ts';

const many = Array.from({ length: 1_000 }, () => 1);

test('every operation, key and ../ is a step', () => {
  const steps: readonly (readonly [source: string, steps: number])[] = [
    ['text', 1],
    ['text{{! and a comment }}text', 1],
    ['{{x}}', 2],
    ['{{.}}', 1],
    ['{{a.b.c}}', 4],
    ['{{../../a}}', 4],
    ['{{#x}}text{{/x}}', 4],
    ['{{#none}}text{{/none}}', 2],
    ['{{^none}}text{{/none}}', 4],
    // The loop and its path, then a value and the end of each turn.
    ['{{#each list}}{{.}}{{/each}}', 2 + 3 * 2],
    ['{{{ @content }}}', 1],
  ];
  const model = { x: 1, a: { b: { c: 1 } }, list: [1, 2, 3] };
  for (const [source, maxSteps] of steps) {
    assert.equal(run(source, model, { ...RENDER_LIMITS, maxSteps }).kind, 'rendered', source);
    const tooMuch = { kind: 'too-much', bound: 'steps', limit: maxSteps - 1 };
    assert.deepEqual(run(source, model, { ...RENDER_LIMITS, maxSteps: maxSteps - 1 }), tooMuch, source);
  }
});

test('loops in loops end at the bound of steps, whatever they do', () => {
  const tooMuch = { kind: 'too-much', bound: 'steps', limit: RENDER_LIMITS.maxSteps };
  for (const inner of ['', '{{#none}}x{{/none}}', '{{{ none }}}', '{{#each none}}{{/each}}']) {
    const source = `{{#each a}}{{#each ../../a}}{{#each ../../../../a}}${inner}{{/each}}{{/each}}{{/each}}`;
    assert.deepEqual(run(source, { a: many }), tooMuch, inner);
  }
});

test('a key of a large object is looked for once', () => {
  const large = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, 1]));
  let looks = 0;
  const watched = new Proxy(large, {
    ownKeys(target) {
      looks += 1;
      return Reflect.ownKeys(target);
    },
  });
  const source = '{{#each a}}{{#../../large}}x{{/../../large}}{{/each}}';
  assert.equal(html(source, { a: many, large: watched }).length, many.length);
  assert.equal(looks, 1);
});

test('the output is bounded in bytes of UTF-8, escaping included', () => {
  const outputs: readonly (readonly [source: string, x: string, bytes: number])[] = [
    ['é€😀', '', 9],
    ['{{x}}', 'abc', 3],
    ['{{x}}', '<', 4],
    ['{{{x}}}', '<é', 3],
    ['{{x}}', 'é', 6],
    ['{{x}}', '😀', 9],
    ['{{x}}', '\ud83d', 3],
    ['a{{x}}b{{x}}', '€', 8],
    ['{{{ pm:unsubscribe }}}', '', 22],
    ['{{{@content}}}', '', 14],
  ];
  for (const [source, x, maxOutputBytes] of outputs) {
    assert.equal(run(source, { x }, { ...RENDER_LIMITS, maxOutputBytes }).kind, 'rendered', source);
    const tooMuch = { kind: 'too-much', bound: 'output', limit: maxOutputBytes - 1 };
    assert.deepEqual(run(source, { x }, { ...RENDER_LIMITS, maxOutputBytes: maxOutputBytes - 1 }), tooMuch, source);
  }
});

test('a large value that is repeated ends at the bound of output', () => {
  const tooMuch = { kind: 'too-much', bound: 'output', limit: RENDER_LIMITS.maxOutputBytes };
  for (const x of ['a'.repeat(1_000_000), '<'.repeat(4_999_999), '\ud83d'.repeat(1_000_000)]) {
    assert.deepEqual(run('{{#each a}}{{../../x}}{{/each}}', { a: many, x }), tooMuch);
  }
});

test('blocks, loops and layouts count as depth', () => {
  const limits = { ...RENDER_LIMITS, maxDepth: 2 };
  assert.equal(run('{{#a}}{{#each ../b}}{{.}}{{/each}}{{/a}}', { a: 1, b: [1] }, limits).kind, 'rendered');
  const deep = '{{#a}}{{#each ../b}}{{#.}}{{/.}}{{/each}}{{/a}}';
  assert.deepEqual(run(deep, { a: 1, b: [1] }, limits), { kind: 'too-much', bound: 'depth', limit: 2 });
  // What is not entered is not deep.
  assert.equal(run(deep, { a: 1, b: [0] }, limits).kind, 'rendered');
  const layout = compiled('{{#a}}{{{ @content }}}{{/a}}');
  const job = { template: layout, content: compiled('{{#.}}x{{/.}}'), model: { a: 1 }, escape: true };
  assert.deepEqual(renderTemplate(job, limits), { kind: 'too-much', bound: 'depth', limit: 2 });
  assert.deepEqual(renderTemplate(job), { kind: 'rendered', text: 'x' });
});

test('a layout that is its own content ends', () => {
  const template = compiled('x{{{ @content }}}');
  const result = renderTemplate({ template, content: template, model: {}, escape: true });
  assert.deepEqual(result, { kind: 'too-much', bound: 'depth', limit: RENDER_LIMITS.maxDepth });
});

test('what parses is never too deep to render, in a layout neither', () => {
  const { maxDepth } = TEMPLATE_LIMITS;
  const nested = (inner: string) => openings(maxDepth) + inner + closings(maxDepth);
  const content = compiled(nested('x'));
  const result = renderTemplate({
    template: compiled(nested('{{{ @content }}}')),
    content,
    model: { a: 1 },
    escape: true,
  });
  assert.deepEqual(result, { kind: 'rendered', text: 'x' });
});

/** Blocks that are all different and all lead to a key of the root. */
function openings(count: number): string {
  return Array.from({ length: count }, (_, index) => `{{#${pathOf(index)}}}`).join('');
}

function closings(count: number): string {
  return Array.from({ length: count }, (_, index) => `{{/${pathOf(count - 1 - index)}}}`).join('');
}

function pathOf(index: number): string {
  return `${'../'.repeat(100 + index)}a`;
}

test('parsing is bounded in tags, depth, errors and lengths of paths', () => {
  const limits = { maxTags: 4, maxDepth: 2, maxPath: 10, maxErrors: 3 };
  const bounded: readonly (readonly [source: string, at: readonly string[], says: RegExp])[] = [
    ['{{a}}{{b}}{{c}}{{d}}', [], /./],
    ['{{a}}{{b}}{{c}}{{d}}{{e}}{{-}}', ['1:21'], /more than 4 tags/],
    ['{{! }}'.repeat(5), ['1:25'], /more than 4 tags/],
    ['{{#a}}{{#b}}{{/b}}{{/a}}', [], /./],
    ['{{#a}}\n{{#b}}\n{{#each c}}', ['3:1'], /More than 2 blocks/],
    ['{{a1234.789}}', [], /./],
    ['{{a1234.78901}}', ['1:1'], /longer than 10 characters/],
    ['{{-}}{{-}}{{-}}{{-}}', ['1:1', '1:6', '1:11'], /not valid/],
    ['{{#a}}{{-}}{{-}}{{-}}', ['1:7', '1:12', '1:17'], /not valid/],
  ];
  for (const [source, at, says] of bounded) {
    const errors = errorsOf(source, limits);
    assert.deepEqual(places(errors), at, source);
    if (errors[0] !== undefined) assert.match(errors[0].message, says, source);
  }
});

const LONG = 1_000_000;

test('long texts of any kind are read in one pass', { timeout: 60_000 }, () => {
  const sources = [
    '{'.repeat(LONG),
    '{{'.repeat(LONG / 2) + '}}'.repeat(LONG / 2),
    '{{a'.repeat(LONG / 3),
    '{{a}'.repeat(LONG / 4),
    '{{{a}}'.repeat(10_000),
    '{{}}'.repeat(LONG / 4),
    `{{${' '.repeat(LONG)}a}}`,
    `{{${'a.'.repeat(LONG / 2)}}}`,
    `{{${'../'.repeat(LONG / 3)}}}`,
    `{{${'é'.repeat(LONG)}-}}`,
    `{{!${'x'.repeat(LONG)}}}`,
    '{{/a}}'.repeat(LONG / 6),
    '{{#a}}{{/b}}'.repeat(LONG / 12),
    'a{{!}}'.repeat(15_000),
    `${'\n'.repeat(LONG)}{{-}}{{#a}}`,
  ];
  for (const source of sources) {
    const result = parseTemplate(source);
    if (result.kind === 'compiled') assert.ok(result.template.ops.length <= 2 * TEMPLATE_LIMITS.maxTags + 1);
    else assert.ok(result.errors.every(({ message }) => message.length < 300));
  }
});
