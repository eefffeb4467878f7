// Templates from anywhere: nothing throws, everything ends, nothing of a model becomes markup; and what is rendered is what a
// naive renderer, which walks a tree and follows the contract's sentences, makes of the same tree.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkPart } from '../../src/domain/template/check-part.ts';
import { escapeHtml } from '../../src/domain/template/escape-html.ts';
import { inferModel } from '../../src/domain/template/infer-model.ts';
import { judgeModel } from '../../src/domain/template/judge-model.ts';
import type { JsonObject, JsonValue } from '../../src/domain/template/model-value.ts';
import { nextTag } from '../../src/domain/template/next-tag.ts';
import { parsePath } from '../../src/domain/template/parse-path.ts';
import { parseTemplate } from '../../src/domain/template/parse-template.ts';
import { renderTemplate } from '../../src/domain/template/render-template.ts';
import { validateTemplate, type PartReport } from '../../src/domain/template/validate-template.ts';
import { naive, printed, type TreeNode } from '../support/naive-template.ts';
import { compiled } from '../support/template.ts';

const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 600) };

const key = fc.constantFrom('a', 'b', 'c', 'é', 'constructor', '__proto__', 'length', '0');
const scalar = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, 1.5, '', 'text', '<b>', '&', '\'"', '{{a}}', 'é', '😀', '\ud83d'),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.double(),
);
const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const model = fc.array(fc.tuple(key, json), { maxLength: 6 }).map((entries): JsonObject => Object.fromEntries(entries));

const path = fc
  .tuple(fc.nat({ max: 3 }), fc.array(key, { maxLength: 3 }))
  .map(([ups, keys]) => '../'.repeat(ups) + (keys.length === 0 ? '.' : keys.join('.')));
const piece = fc.oneof(
  fc.constantFrom('{', '{{', '{{{', '}', '}}', '}}}', '#', '^', '/', '&', '!', ' ', '\n', '.', '../', '@content', '-'),
  fc.constantFrom('{{#each a}}', '{{/each}}', '{{#a}}', '{{^a}}', '{{/a}}', '{{{ @content }}}', '{{{pm:unsubscribe}}}'),
  path.map((text) => `{{${text}}}`),
  path.map((text) => `{{#each ${text}}}{{.}}{{/each}}`),
  path,
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const anySource = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

test('any text parses or has errors with places inside it, in their order', () => {
  let compiledOnes = 0;
  fc.assert(
    fc.property(anySource, (source) => {
      const result = parseTemplate(source);
      if (result.kind === 'compiled') {
        compiledOnes += 1;
        return;
      }
      assert.ok(result.errors.length > 0);
      const lines = source.split('\n');
      let last = [0, 0];
      for (const { position } of result.errors) {
        assert.ok(position);
        assert.ok(lines[position.line - 1]?.startsWith('{{', position.character - 1), JSON.stringify(position));
        assert.ok(position.line > last[0]! || (position.line === last[0] && position.character >= last[1]!));
        last = [position.line, position.character];
      }
    }),
    RUNS,
  );
  assert.ok(compiledOnes > RUNS.numRuns / 10, `only ${compiledOnes} compiled`);
});

/** The engine's definition, which a regular expression says best; on short texts its cost does not matter. */
test('tags are found where the definition finds them', () => {
  fc.assert(
    fc.property(anySource, (source) => {
      const expected = [...source.matchAll(/\{\{[^{}]+\}\}|\{\{\{[^{}]+\}\}\}/g)].map((match) => [
        match.index,
        match[0],
      ]);
      const found: [number, string][] = [];
      for (let tag = nextTag(source, 0); tag !== undefined; tag = nextTag(source, tag.end)) {
        found.push([tag.start, source.slice(tag.start, tag.end)]);
      }
      assert.deepEqual(found, expected);
    }),
    RUNS,
  );
});

test('paths are good where the definition says so', () => {
  const character = fc.constantFrom(
    '.',
    '..',
    '../',
    '/',
    'a',
    'b1',
    '_',
    'é',
    '名',
    '-',
    ' ',
    '@',
    '\n',
    '😀',
    '\u0301',
  );
  fc.assert(
    fc.property(fc.array(character, { maxLength: 7 }), (characters) => {
      const text = characters.join('');
      const isGood = /^(?:\.\.\/)*\.?(?:[\p{L}\p{Mn}\p{Nd}\p{Pc}]+(?:\.|$))*$/u.test(text);
      assert.equal(parsePath(text) !== undefined, isGood, text);
    }),
    RUNS,
  );
});

const limits = fc.record({
  maxSteps: fc.nat({ max: 200 }),
  maxDepth: fc.nat({ max: 6 }),
  maxOutputBytes: fc.nat({ max: 100 }),
});

test('whatever template, layout and model are, rendering ends within its bounds', () => {
  fc.assert(
    fc.property(anySource, anySource, model, limits, (first, second, given, bounds) => {
      const template = parseTemplate(first);
      const content = parseTemplate(second);
      if (template.kind !== 'compiled') return;
      const inner = content.kind === 'compiled' ? content.template : undefined;
      const job = { template: template.template, content: inner, model: given, escape: true };
      const result = renderTemplate(job, bounds);
      if (result.kind === 'rendered') assert.ok(Buffer.byteLength(result.text) <= bounds.maxOutputBytes);
      if (result.kind === 'too-much') assert.ok(Object.values(bounds).includes(result.limit));
    }),
    RUNS,
  );
});

test('whatever is on trial has a report', () => {
  const part = fc.option(anySource, { nil: undefined });
  const parts = fc.record({ subject: part, htmlBody: part, textBody: part });
  fc.assert(
    fc.property(parts, fc.constantFrom('Standard', 'Layout'), model, (sources, type, given) => {
      const result = validateTemplate({ type, parts: sources, model: given });
      assert.equal(result.kind, 'validated');
      for (const name of ['subject', 'htmlBody', 'textBody'] as const) {
        const report: PartReport | null = result.parts[name];
        assert.equal(report === null, sources[name] === undefined);
        if (report === null) continue;
        assert.equal(report.isValid, report.errors.length === 0);
        assert.equal(report.rendered === null, !report.isValid);
      }
      assert.doesNotThrow(() => JSON.stringify(result));
      assert.ok(!Object.keys(result.suggestedModel).includes('__proto__'));
    }),
    RUNS,
  );
  assert.equal(({} as Record<string, unknown>).a, undefined);
});

const { nodes } = fc.letrec<{ nodes: readonly TreeNode[] }>((tie) => ({
  nodes: fc.array(
    fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.constantFrom<TreeNode>(
        { kind: 'text', text: 'x' },
        { kind: 'text', text: '<i>\n' },
        { kind: 'text', text: 'é}' },
      ),
      path.map((text): TreeNode => ({ kind: 'value', path: text, raw: false })),
      path.map((text): TreeNode => ({ kind: 'value', path: text, raw: true })),
      fc
        .tuple(fc.constantFrom('section', 'inverted', 'each'), path, tie('nodes'))
        .map(([kind, text, below]): TreeNode => ({ kind, path: text, below })),
    ),
    { maxLength: 4 },
  ),
}));

test('a template that was printed from a tree renders as the tree does', () => {
  let rendered = 0;
  fc.assert(
    fc.property(nodes, model, fc.boolean(), (tree, given, escape) => {
      const source = printed(tree);
      if (source === undefined) return;
      const result = renderTemplate({ template: compiled(source), model: given, escape });
      const expected = naive(tree, given, escape);
      assert.equal(result.kind === 'rendered' ? result.text : undefined, expected, source);
      rendered += expected === undefined ? 0 : 1;
    }),
    RUNS,
  );
  assert.ok(rendered > RUNS.numRuns / 3, `only ${rendered} rendered`);
});

test('no value of a model becomes markup', () => {
  const values = fc.string({ unit: 'binary', maxLength: 30 });
  fc.assert(
    fc.property(values, nodes, model, (text, tree, given) => {
      assert.doesNotMatch(escapeHtml(text), /[<>"'\u00a0-\u00ff\ud800-\udfff]/);
      assert.doesNotMatch(escapeHtml(text), /&(?!amp;|lt;|gt;|quot;|#\d+;)/);
      assert.ok(escapeHtml(text).isWellFormed());
      const onlyEscaped = tree.filter((node) => node.kind === 'value' && !node.raw);
      const source = printed(onlyEscaped) ?? '';
      const result = renderTemplate({ template: compiled(source), model: { ...given, a: text }, escape: true });
      assert.ok(result.kind === 'rendered' && !/[<>"']/.test(result.text));
    }),
    RUNS,
  );
});

test('a suggested model is a good model, and what checks as a part is what parses', () => {
  fc.assert(
    fc.property(anySource, (source) => {
      const parsed = parseTemplate(source);
      const checked = checkPart({ type: 'Standard', part: 'htmlBody', source });
      if (parsed.kind === 'invalid') return assert.deepEqual(checked, parsed);
      assert.equal(checked.kind === 'compiled', parsed.template.placeholders.length === 0);
      assert.equal(judgeModel(inferModel([{ template: parsed.template }])), undefined);
    }),
    RUNS,
  );
});
