// What the store of inbound rules promises, over every backend.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { CONTROL_BACKENDS } from './control-backends.ts';
import { NameTaken } from '../../src/ports/control-store.ts';

for (const backend of CONTROL_BACKENDS) {
  describe(`inbound rules in ${backend.name}`, () => {
    test('belong to one server, once each, and their numbers are not given again', async (t) => {
      const store = backend.open();
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
