// What is compiled is kept, and never stale; what is asked for each message is small.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryTemplateStore } from '../../src/backends/memory/template-store.ts';
import {
  createTemplates,
  TEMPLATES_CACHE,
  type Templates,
  type TemplatesCache,
} from '../../src/core/sendable-template.ts';
import type { TemplateFields } from '../../src/domain/template/stored-template.ts';
import type { ServerId } from '../../src/lib/ids.ts';

const SERVER = 1 as ServerId;
const FIELDS: TemplateFields = {
  name: 'N',
  alias: undefined,
  type: 'Standard',
  subject: '{{a}}',
  htmlBody: '<p>{{a}}</p>',
  textBody: undefined,
  layout: undefined,
};

const inlined = (html: string): string => `inlined ${html}`;

interface Shelf {
  readonly templates: Templates;
  readonly store: MemoryTemplateStore;
  /** Times that texts were read. */
  reads(): number;
  add(fields: Partial<TemplateFields>): Promise<number>;
}

function openShelf(cache: Partial<TemplatesCache> = {}): Shelf {
  const store = new MemoryTemplateStore();
  let reads = 0;
  const templates = createTemplates({
    store: {
      stamp: (...args) => store.stamp(...args),
      template: (...args) => {
        reads += 1;
        return store.template(...args);
      },
    },
    inliner: { inline: inlined, inlineQuickly: inlined },
    clock: { now: () => 0 },
    cache: { ...TEMPLATES_CACHE, ...cache },
  });
  return {
    templates,
    store,
    reads: () => reads,
    async add(fields) {
      const saved = await store.save(SERVER, [{ fields: { ...FIELDS, ...fields } }]);
      return saved.kind === 'saved' ? (saved.templates[0]?.id ?? 0) : 0;
    },
  };
}

async function render({ templates }: Shelf, id: number, model: unknown = { a: '<1>' }) {
  const found = await templates.find(SERVER, { id });
  assert.equal(found.kind, 'found');
  return templates.render(found.template, model, { inlineCss: true });
}

test('texts are read once for many messages', async () => {
  const shelf = openShelf();
  const id = await shelf.add({});
  for (let index = 0; index < 3; index += 1) {
    assert.deepEqual(await render(shelf, id), {
      kind: 'rendered',
      subject: '<1>',
      htmlBody: 'inlined <p>&lt;1&gt;</p>',
    });
  }
  assert.equal(shelf.reads(), 1);
});

test('a change of the template and one of its layout are seen at once', async () => {
  const shelf = openShelf();
  const layout = { ...FIELDS, type: 'Layout', subject: undefined, alias: 'l', htmlBody: '[{{{@content}}}]' } as const;
  const layoutId = await shelf.add(layout);
  const id = await shelf.add({ layout: { alias: 'l' }, htmlBody: '1' });
  const html = async () => {
    const rendered = await render(shelf, id);
    return rendered.kind === 'rendered' && rendered.htmlBody;
  };
  assert.equal(await html(), 'inlined [1]');
  await shelf.store.save(SERVER, [{ id, fields: { ...FIELDS, htmlBody: '2', layout: { alias: 'l' } } }]);
  assert.equal(await html(), 'inlined [2]');
  await shelf.store.save(SERVER, [{ id: layoutId, fields: { ...layout, htmlBody: '({{{@content}}})' } }]);
  assert.equal(await html(), 'inlined (2)');
});

test('what is kept is bounded by number and by memory', async () => {
  for (const cache of [{ maxEntries: 2 }, { maxWeight: 3_000 }]) {
    const shelf = openShelf(cache);
    const ids = [await shelf.add({}), await shelf.add({}), await shelf.add({})];
    for (const id of [...ids, ...ids]) await render(shelf, id);
    assert.equal(shelf.reads(), 6, JSON.stringify(cache));
  }
});

test('content in place of a template is compiled, or refused with its errors', () => {
  const { templates } = openShelf();
  const found = templates.fromContent({ subject: '{{a}}', textBody: 'x{{b}}' });
  assert.equal(found.kind, 'found');
  const rendered = templates.render(found.template, { a: 1 }, { inlineCss: true });
  assert.deepEqual(rendered, { kind: 'rendered', subject: '1', textBody: 'x' });
  const codes = [{ htmlBody: '{{#a}}' }, { htmlBody: '{{{@content}}}' }].map((content) => {
    const refused = templates.fromContent(content);
    return refused.kind === 'refused' && refused.error.code;
  });
  assert.deepEqual(codes, [1122, 1131]);
});
