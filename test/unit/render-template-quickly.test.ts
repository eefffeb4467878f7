// What is quick is rendered where mail is accepted, and the rest elsewhere, with the same result.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCssInliner } from '../../src/backends/css/css-inliner.ts';
import { MemoryTemplateStore } from '../../src/backends/memory/template-store.ts';
import { createHeavyTemplates } from '../../src/core/heavy-templates.ts';
import { createRenderTemplate } from '../../src/core/render-template.ts';
import { createTemplates } from '../../src/core/sendable-template.ts';
import type { ServerId } from '../../src/lib/ids.ts';

const SERVER = 1 as ServerId;

async function world(htmlBody: string) {
  const store = new MemoryTemplateStore();
  const fields = { name: 'N', alias: 'a', type: 'Standard', subject: 'S {{a}}', textBody: undefined } as const;
  await store.save(SERVER, [{ fields: { ...fields, htmlBody, layout: undefined } }]);
  const inliner = createCssInliner();
  const own = () => createTemplates({ store, inliner, clock: { now: () => 0 } });
  const there = createHeavyTemplates({ store, templates: own(), inliner, present: (tried) => tried });
  const jobs: unknown[] = [];
  const heavy = {
    render: (job: Parameters<typeof there.render>[0]) => {
      jobs.push(job);
      return there.render(job);
    },
  };
  const render = createRenderTemplate({ templates: own(), heavy });
  const job = (model: unknown) => ({ serverId: SERVER, ref: { alias: 'a' }, model, inlineCss: true });
  return { rendered: (model: unknown) => render(job(model)), full: (model: unknown) => there.render(job(model)), jobs };
}

const STYLED = '<style>p { margin: 0 }</style>';
const many = Array.from({ length: 15_000 }, () => 1);

for (const [what, html, model, isHeavy] of [
  ['a small message', `${STYLED}<p>{{a}}</p>`, { a: '<é>' }, false],
  ['a model as text', '<p>{{a}}</p>', '{"a": "<"}', false],
  ['what does not fit the model', '{{#each a}}x{{/each}}', { a: 'x' }, false],
  ['a model that is none', '<p>{{a}}</p>', 7, false],
  ['a large source', `<p>{{a}}</p>${'x'.repeat(150_000)}`, { a: 1 }, true],
  ['a large text of a model', '<p>{{a}}</p>', JSON.stringify({ a: 'x'.repeat(70_000) }), true],
  ['many steps', '{{#each a}}x{{/each}}', { a: many }, true],
  ['much output', '{{a}}', { a: '<'.repeat(60_000) }, true],
  ['many elements', `${STYLED}{{#each b}}<p>{{a}}</p>{{/each}}`, { a: 1, b: many.slice(0, 2000) }, true],
  ['a bomb', '{{#each a}}{{../../x}}{{/each}}', { a: many, x: '<'.repeat(9000) }, true],
] as const) {
  test(`${what} is rendered ${isHeavy ? 'elsewhere' : 'at once'}`, async () => {
    const { rendered, full, jobs } = await world(html);
    // Twice: the second finds what the first has kept.
    for (let time = 1; time <= 2; time += 1) {
      assert.deepEqual(await rendered(model), await full(model));
      assert.equal(jobs.length, isHeavy ? time : 0);
    }
  });
}

test('the test token has no template, and its model is judged', async () => {
  const { jobs } = await world('x');
  const templates = createTemplates({
    store: new MemoryTemplateStore(),
    inliner: createCssInliner(),
    clock: { now: () => 0 },
  });
  const render = createRenderTemplate({ templates, heavy: { render: () => Promise.reject(new Error('not asked')) } });
  const job = { serverId: undefined, ref: { id: 7 }, inlineCss: true };
  assert.equal((await render({ ...job, model: {} })).kind, 'rendered');
  assert.equal((await render({ ...job, model: 7 })).kind, 'refused');
  assert.equal(jobs.length, 0);
});
