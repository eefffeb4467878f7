// What the store of senders promises about sender signatures, over every backend (src/ports/sender-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccountId } from '../../src/lib/ids.ts';
import { NameTaken } from '../../src/ports/control-store.ts';
import type { NewSignature } from '../../src/ports/sender-store.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

function signatureOf(accountId: AccountId, address: string, wanted: Partial<NewSignature> = {}): NewSignature {
  const domain = address.split('@')[1] ?? '';
  return { accountId, address, domain, name: 'Ann', replyTo: undefined, note: undefined, ...wanted };
}

for (const backend of CONTROL_BACKENDS) {
  describe(`sender signatures in ${backend.name}`, () => {
    test('are found by address in any case within their account, and by number', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      const given = signatureOf(one, 'Ann@one.example', { replyTo: 'r@one.example', note: 'Hi' });
      const made = await store.senders.createSignature(given);
      assert.deepEqual(made, { ...given, id: made.id, confirmedAt: undefined, createdAt: NOON });
      assert.deepEqual(await store.senders.signature(one, 'ANN@one.example'), made);
      assert.deepEqual(await store.senders.signatureById(made.id), made);
      assert.equal(await store.senders.signature(two, 'Ann@one.example'), undefined);
      assert.equal(await store.senders.signature(one, 'ann+x@one.example'), undefined);
      assert.equal(await store.senders.signatureById(999), undefined);
      await assert.rejects(store.senders.createSignature(signatureOf(one, 'aNN@one.example')), NameTaken);
      assert.equal((await store.senders.createSignature(signatureOf(two, 'ann@one.example'))).accountId, two);
    });

    test('are told by the domain of their account', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      for (const accountId of [one, two])
        await store.senders.createDomain({ accountId, name: 'one.example', proof: 'dns' });
      const { id } = await store.senders.createSignature(signatureOf(one, 'ann@one.example'));
      await store.senders.createSignature(signatureOf(two, 'ann@two.example'));
      const has = async (accountId: AccountId): Promise<boolean | undefined> =>
        (await store.senders.domain(accountId, 'one.example'))?.hasSignatures;
      assert.deepEqual([await has(one), await has(two)], [true, false]);
      assert.equal(await store.senders.deleteSignature(id), true);
      assert.equal(await store.senders.deleteSignature(id), false);
      assert.equal(await has(one), false);
    });

    test('are listed by pages, those that may send first, then by address', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      await store.senders.createDomain({ accountId, name: 'proved.example', proof: 'dns' });
      await store.senders.createDomain({ accountId, name: 'waits.example', proof: undefined });
      for (const address of ['B@waits.example', 'a@waits.example', 'z@proved.example', 'y@gone.example']) {
        await store.senders.createSignature(signatureOf(accountId, address));
      }
      const confirmed = await store.senders.signature(accountId, 'y@gone.example');
      await store.senders.updateSignature(confirmed?.id ?? 0, { confirmedAt: NOON });
      const addresses = async (count: number, offset: number): Promise<unknown> => {
        const { total, items } = await store.senders.signatures(accountId, { count, offset });
        return [total, ...items.map(({ address }) => address)];
      };
      assert.deepEqual(await addresses(3, 0), [4, 'y@gone.example', 'z@proved.example', 'a@waits.example']);
      assert.deepEqual(await addresses(3, 3), [4, 'B@waits.example']);
    });

    test('change in what is named and stay in the rest', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const given = signatureOf(accountId, 'ann@one.example', { replyTo: 'r@one.example', note: 'Hi' });
      const made = await store.senders.createSignature(given);
      const renamed = await store.senders.updateSignature(made.id, { name: 'Bob', confirmedAt: 5 });
      assert.deepEqual(renamed, { ...made, name: 'Bob', confirmedAt: 5 });
      const cleared = await store.senders.updateSignature(made.id, { replyTo: undefined, note: undefined });
      assert.deepEqual(cleared, { ...made, name: 'Bob', confirmedAt: 5, replyTo: undefined, note: undefined });
      assert.deepEqual(await store.senders.signatureById(made.id), cleared);
      assert.equal(await store.senders.updateSignature(999, { name: 'x' }), undefined);
    });
  });

  test(`the installation has an account of its own in ${backend.name}, which is never the first`, async () => {
    await using store = backend.open();
    const own = await store.ownAccount();
    assert.equal(await store.firstAccount(), undefined);
    const first = await store.createAccount('One');
    assert.notEqual(first, own);
    assert.deepEqual([await store.firstAccount(), await store.ownAccount()], [first, own]);
  });
}
