// Templates of servers, over every backend of the control store (src/ports/template-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TEMPLATE_FIELD_LIMITS, type TemplateFields } from '../../src/domain/template/stored-template.ts';
import type { ServerId } from '../../src/lib/ids.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import { MAX_DELETED_TEMPLATES, type TemplateFilter } from '../../src/ports/template-store.ts';
import { CONTROL_BACKENDS } from './control-backends.ts';

const OWN = 1 as ServerId;
const OTHER = 2 as ServerId;
const STANDARD: TemplateFields = {
  name: 'Welcome',
  alias: 'welcome',
  type: 'Standard',
  subject: 'Hello {{name}}',
  htmlBody: '<p>é</p>',
  textBody: undefined,
  layout: undefined,
};
const LAYOUT: TemplateFields = {
  ...STANDARD,
  name: 'Frame',
  alias: 'frame',
  type: 'Layout',
  subject: undefined,
  htmlBody: '<b>{{{ @content }}}</b>',
};
const ALL: TemplateFilter = { serverId: OWN, type: undefined, layout: undefined };
const PAGE = { count: 500, offset: 0 };

async function saved(store: ControlStore, ...all: readonly TemplateFields[]): Promise<readonly number[]> {
  const result = await store.templates.save(
    OWN,
    all.map((fields) => ({ fields })),
  );
  assert.equal(result.kind, 'saved', JSON.stringify(result));
  return result.templates.map(({ id }) => id);
}

async function named(store: ControlStore, filter: Partial<TemplateFilter> = {}, page = PAGE) {
  const { total, items } = await store.templates.list({ ...ALL, ...filter }, page);
  return { total, aliases: items.map(({ alias }) => alias) };
}

for (const backend of CONTROL_BACKENDS) {
  describe(`templates in a control store in ${backend.name}`, () => {
    test('are kept as they were given, and found by id and by alias in any case', async () => {
      await using store = backend.open();
      const [id = 0] = await saved(store, STANDARD);
      const kept = { ...STANDARD, id, serverId: OWN, active: true };
      assert.deepEqual(await store.templates.template(OWN, { id }), kept);
      assert.deepEqual(await store.templates.template(OWN, { alias: 'WELCOME' }), kept);
      for (const ref of [{ id: id + 1 }, { id: 1e30 }, { alias: 'nobody' }, { alias: '' }]) {
        assert.equal(await store.templates.template(OWN, ref), undefined);
      }
    });

    test('belong to one server', async () => {
      await using store = backend.open();
      const [id = 0] = await saved(store, STANDARD);
      assert.equal(await store.templates.template(OTHER, { id }), undefined);
      assert.equal(await store.templates.template(OTHER, { alias: 'welcome' }), undefined);
      assert.equal(await store.templates.stamp(OTHER, { id }), undefined);
      assert.deepEqual(await named(store, { serverId: OTHER }), { total: 0, aliases: [] });
      assert.equal(await store.templates.remove(OTHER, id), 'missing');
      assert.deepEqual(await store.templates.save(OTHER, [{ id, fields: STANDARD }]), { kind: 'missing' });
      assert.equal((await store.templates.save(OTHER, [{ fields: STANDARD }])).kind, 'saved');
    });

    test('are listed by id, filtered and in pages, without their texts', async () => {
      await using store = backend.open();
      const inFrame = { ...STANDARD, alias: 'framed', layout: { alias: 'FRAME' } };
      await saved(store, STANDARD, LAYOUT, { ...STANDARD, alias: undefined }, inFrame);
      assert.deepEqual(await named(store), { total: 4, aliases: ['welcome', 'frame', undefined, 'framed'] });
      assert.deepEqual(await named(store, {}, { count: 2, offset: 1 }), { total: 4, aliases: ['frame', undefined] });
      assert.deepEqual(await named(store, {}, { count: 2, offset: 4 }), { total: 4, aliases: [] });
      assert.deepEqual(await named(store, { type: 'Layout' }), { total: 1, aliases: ['frame'] });
      assert.deepEqual(await named(store, { layout: 'Frame' }), { total: 1, aliases: ['framed'] });
      assert.deepEqual(await named(store, { layout: 'frame', type: 'Layout' }), { total: 0, aliases: [] });
      const { items } = await store.templates.list(ALL, PAGE);
      assert.deepEqual(Object.keys(items[0] ?? {}).sort(), [
        'active',
        'alias',
        'id',
        'layout',
        'name',
        'serverId',
        'type',
      ]);
    });

    test('are replaced as a whole, and keep their id', async () => {
      await using store = backend.open();
      const [id = 0] = await saved(store, STANDARD);
      const fields = { ...STANDARD, name: 'Bye', alias: undefined, htmlBody: undefined, textBody: 'Bye' };
      assert.equal((await store.templates.save(OWN, [{ id, fields }])).kind, 'saved');
      assert.deepEqual(await store.templates.template(OWN, { id }), { ...fields, id, serverId: OWN, active: true });
      assert.equal(await store.templates.template(OWN, { alias: 'welcome' }), undefined);
    });

    test('have aliases of their own among the active ones', async () => {
      await using store = backend.open();
      const [first = 0, second = 0] = await saved(store, STANDARD, { ...STANDARD, alias: 'second' });
      const taken = { kind: 'alias-taken', alias: 'Welcome' };
      const again = { ...STANDARD, alias: 'Welcome' };
      assert.deepEqual(await store.templates.save(OWN, [{ fields: again }]), taken);
      assert.deepEqual(await store.templates.save(OWN, [{ id: second, fields: again }]), taken);
      assert.equal((await store.templates.save(OWN, [{ id: first, fields: again }])).kind, 'saved', 'its own');
      assert.equal(await store.templates.remove(OWN, first), 'removed');
      assert.equal((await store.templates.save(OWN, [{ fields: again }])).kind, 'saved', 'free after the deletion');
    });

    test('stay readable by id when they are deleted, and cannot be changed', async () => {
      await using store = backend.open();
      const [id = 0] = await saved(store, STANDARD);
      assert.equal(await store.templates.remove(OWN, id), 'removed');
      assert.deepEqual(await store.templates.template(OWN, { id }), { ...STANDARD, id, serverId: OWN, active: false });
      assert.equal(await store.templates.template(OWN, { alias: 'welcome' }), undefined);
      assert.deepEqual(await named(store), { total: 0, aliases: [] });
      assert.equal(await store.templates.remove(OWN, id), 'missing');
      assert.deepEqual(await store.templates.save(OWN, [{ id, fields: STANDARD }]), { kind: 'missing' });
    });

    test('that were deleted are kept up to a number', async () => {
      await using store = backend.open();
      const ids: number[] = [];
      for (let index = 0; index <= MAX_DELETED_TEMPLATES; index += 1) {
        const [id = 0] = await saved(store, STANDARD);
        await store.templates.remove(OWN, id);
        ids.push(id);
      }
      assert.equal(await store.templates.template(OWN, { id: ids[0] ?? 0 }), undefined);
      assert.notEqual(await store.templates.template(OWN, { id: ids[1] ?? 0 }), undefined);
    });

    test('name their layout by its id, so that its alias may change', async () => {
      await using store = backend.open();
      const [layout = 0, id = 0] = await saved(store, LAYOUT, { ...STANDARD, layout: { alias: 'frame' } });
      await store.templates.save(OWN, [{ id: layout, fields: { ...LAYOUT, alias: 'renamed' } }]);
      assert.deepEqual((await store.templates.template(OWN, { id }))?.layout, { id: layout, alias: 'renamed' });
      assert.equal(
        (await store.templates.save(OWN, [{ id, fields: { ...STANDARD, layout: { id: layout } } }])).kind,
        'saved',
      );
    });

    test('need a layout that is there, active, of their server, and a layout', async () => {
      await using store = backend.open();
      const [gone = 0, standard = 0] = await saved(store, LAYOUT, STANDARD);
      await store.templates.remove(OWN, gone);
      const foreign = await store.templates.save(OTHER, [{ fields: LAYOUT }]);
      assert.equal(foreign.kind, 'saved');
      const [theirs] = foreign.templates;
      for (const layout of [
        { id: gone },
        { id: standard },
        { id: theirs?.id ?? 0 },
        { alias: 'frame' },
        { alias: 'welcome' },
      ]) {
        const result = await store.templates.save(OWN, [{ fields: { ...STANDARD, alias: 'x', layout } }]);
        assert.deepEqual(result, { kind: 'layout-missing' }, JSON.stringify(layout));
      }
    });

    test('that are layouts stay while an active template uses them', async () => {
      await using store = backend.open();
      const [layout = 0, id = 0] = await saved(store, LAYOUT, { ...STANDARD, layout: { alias: 'frame' } });
      assert.equal(await store.templates.remove(OWN, layout), 'layout-in-use');
      assert.equal((await store.templates.template(OWN, { id: layout }))?.active, true);
      await store.templates.remove(OWN, id);
      assert.equal(await store.templates.remove(OWN, layout), 'removed');
      assert.deepEqual((await store.templates.template(OWN, { id }))?.layout, { id: layout, alias: 'frame' });
    });

    test('that are layouts get an alias where they have none', async () => {
      await using store = backend.open();
      const [first = 0] = await saved(store, { ...LAYOUT, alias: undefined });
      assert.equal((await store.templates.template(OWN, { id: first }))?.alias, `layout-${first}`);
      const [taker = 0] = await saved(store, { ...STANDARD, alias: `layout-${first + 2}` });
      const [second = 0] = await saved(store, { ...LAYOUT, alias: undefined });
      assert.equal(taker + 1, second);
      assert.equal((await store.templates.template(OWN, { id: second }))?.alias, `layout-${second}x`);
      await store.templates.save(OWN, [{ id: first, fields: { ...LAYOUT, alias: undefined } }]);
      assert.equal((await store.templates.template(OWN, { id: first }))?.alias, `layout-${first}`);
    });

    test('are saved all or not at all', async () => {
      await using store = backend.open();
      const [id = 0] = await saved(store, STANDARD);
      const writes = [
        { id, fields: { ...STANDARD, name: 'Changed' } },
        { fields: { ...STANDARD, alias: 'new' } },
        { fields: { ...STANDARD, alias: 'other', layout: { alias: 'nobody' } } },
      ];
      assert.deepEqual(await store.templates.save(OWN, writes), { kind: 'layout-missing' });
      assert.equal((await store.templates.template(OWN, { id }))?.name, 'Welcome');
      assert.deepEqual(await named(store), { total: 1, aliases: ['welcome'] });
    });

    test('are a hundred on a server at most, the deleted ones not counted', async () => {
      await using store = backend.open();
      const { perServer } = TEMPLATE_FIELD_LIMITS;
      const ids = await saved(
        store,
        LAYOUT,
        ...Array.from({ length: perServer - 1 }, () => ({ ...STANDARD, alias: undefined })),
      );
      assert.deepEqual(await store.templates.save(OWN, [{ fields: STANDARD }]), { kind: 'full' });
      assert.equal((await named(store)).total, perServer);
      assert.equal((await store.templates.save(OTHER, [{ fields: STANDARD }])).kind, 'saved');
      await store.templates.remove(OWN, ids[1] ?? 0);
      await saved(store, STANDARD);
    });

    test('have a stamp that changes with them and with their layout', async () => {
      await using store = backend.open();
      const [layout = 0, id = 0] = await saved(store, LAYOUT, { ...STANDARD, layout: { alias: 'frame' } });
      const stamp = () => store.templates.stamp(OWN, { id });
      const first = await stamp();
      assert.deepEqual(first, { id, type: 'Standard', active: true, version: 1, layoutId: layout, layoutVersion: 1 });
      assert.deepEqual(await store.templates.stamp(OWN, { alias: 'Welcome' }), first);
      await store.templates.save(OWN, [{ id: layout, fields: LAYOUT }]);
      assert.deepEqual(await stamp(), { ...first, layoutVersion: 2 });
      await store.templates.save(OWN, [{ id, fields: STANDARD }]);
      assert.deepEqual(await stamp(), { ...first, version: 2, layoutId: 0, layoutVersion: 0 });
      await store.templates.remove(OWN, id);
      assert.equal((await stamp())?.active, false);
    });
  });
}
