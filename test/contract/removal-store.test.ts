// Data removals in the control data, over every backend (src/ports/removal-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccountId, ServerId } from '../../src/lib/ids.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import type { NewRemoval } from '../../src/ports/removal-store.ts';
import { CONTROL_BACKENDS, freshFile, NOON, openSqliteControl } from './control-backends.ts';

async function removalOf(store: ControlStore, over: Partial<NewRemoval> = {}): Promise<NewRemoval> {
  return {
    accountId: (await store.firstAccount()) ?? (await store.createAccount('ours')),
    serverIds: [1, 2] as ServerId[],
    address: 'bob@example.net',
    addressHash: 'hash of bob',
    requestedBy: 'ann@example.com',
    notify: false,
    at: NOON,
    ...over,
  };
}

for (const backend of CONTROL_BACKENDS) {
  const open = () => backend.open();
  describe(`data removals in ${backend.name}`, () => {
    test('are pending at first, and of their account only', async () => {
      await using store = open();
      const removal = await removalOf(store);
      const asked = await store.removals.request(removal);
      assert.equal(asked.isDone, false);
      assert.deepEqual(await store.removals.removal(removal.accountId, asked.id), { id: asked.id, isDone: false });
      assert.equal(await store.removals.removal(99 as AccountId, asked.id), undefined);
      assert.equal(await store.removals.removal(removal.accountId, asked.id + 1), undefined);
      assert.deepEqual(await store.removals.open(10), [{ ...removal, id: asked.id, erasedAt: undefined }]);
    });

    test('are over once nothing is left to erase, and then name nobody', async () => {
      await using store = open();
      const removal = await removalOf(store);
      const { id } = await store.removals.request(removal);
      await store.removals.setErased(id, NOON + 5);
      assert.deepEqual(await store.removals.removal(removal.accountId, id), { id, isDone: true });
      assert.deepEqual(await store.removals.open(10), []);
    });

    test('stay open until who asked is told', async () => {
      await using store = open();
      const removal = await removalOf(store, { notify: true });
      const { id } = await store.removals.request(removal);
      await store.removals.setErased(id, NOON + 5);
      assert.equal((await store.removals.removal(removal.accountId, id))?.isDone, true);
      assert.deepEqual(await store.removals.open(10), [{ ...removal, id, address: '', erasedAt: NOON + 5 }]);
      await store.removals.setTold(id);
      assert.deepEqual(await store.removals.open(10), []);
      assert.equal((await store.removals.removal(removal.accountId, id))?.isDone, true);
    });

    test('are open oldest first, as many as wanted', async () => {
      await using store = open();
      const ids: number[] = [];
      for (let n = 0; n < 3; n += 1) ids.push((await store.removals.request(await removalOf(store))).id);
      assert.deepEqual(
        (await store.removals.open(2)).map(({ id }) => id),
        ids.slice(0, 2),
      );
    });

    test('leave a mark for good, done or not', async () => {
      await using store = open();
      const first = await store.removals.request(await removalOf(store));
      await store.removals.setErased(first.id, NOON + 5);
      const second = await store.removals.request(await removalOf(store, { addressHash: 'of carl', at: NOON + 9 }));
      const mark = { id: first.id, serverIds: [1, 2], addressHash: 'hash of bob', at: NOON };
      const newer = { id: second.id, serverIds: [1, 2], addressHash: 'of carl', at: NOON + 9 };
      assert.deepEqual(await store.removals.marks(0), [mark, newer]);
      assert.deepEqual(await store.removals.marks(first.id), [newer]);
    });
  });
}

test('a request is in the file of the control data for whoever opens it next', async () => {
  const file = freshFile();
  const store = openSqliteControl(file);
  const removal = await removalOf(store);
  const { id } = await store.removals.request(removal);
  await store.close();
  await using again = openSqliteControl(file);
  assert.deepEqual(await again.removals.open(10), [{ ...removal, id, erasedAt: undefined }]);
});
