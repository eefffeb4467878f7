// What the store of inbound rules promises, over every backend.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { openControlStore } from '../../src/backends/sqlite/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { NameTaken, type ControlStore } from '../../src/ports/control-store.ts';

const BACKENDS: readonly (readonly [name: string, open: () => ControlStore])[] = [
  ['memory', () => new MemoryControlStore()],
  ['SQLite', () => openControlStore({ file: ':memory:', key: new Uint8Array(32) })],
];

for (const [name, open] of BACKENDS) {
  describe(`inbound rules in ${name}`, () => {
    test('belong to one server, once each, and their numbers are not given again', async (t) => {
      const store = open();
      t.after(() => store.close());
      const accountId = await store.createAccount('One');
      const { id: shop } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
      const { id: blog } = await store.createServer(accountId, 'Blog', DEFAULT_SERVER_SETTINGS);
      const rules = store.inboundRules;
      const first = await rules.add(shop, 'a@example.com');
      const second = await rules.add(shop, 'example.net');
      await rules.add(blog, 'a@example.com');
      await assert.rejects(rules.add(shop, 'a@example.com'), NameTaken);
      assert.deepEqual(await rules.list(shop), [first, second]);
      assert.equal(await rules.remove(blog, first.id), undefined);
      assert.deepEqual(await rules.remove(shop, second.id), second);
      assert.equal(await rules.remove(shop, second.id), undefined);
      assert.deepEqual(await rules.list(shop), [first]);
      const third = await rules.add(shop, 'example.net');
      assert.notEqual(third.id, second.id);
    });
  });
}
