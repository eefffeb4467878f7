// What the store of senders promises about domains and their keys, over every backend (src/ports/sender-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewDkimKey } from '../../src/domain/dkim-key.ts';
import type { AccountId } from '../../src/lib/ids.ts';
import { NameTaken, type ControlStore } from '../../src/ports/control-store.ts';
import { SelectorTaken } from '../../src/ports/sender-store.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

function keyOf(accountId: AccountId, selector: string, wanted: Partial<NewDkimKey> = {}): NewDkimKey {
  const domain = wanted.domain ?? 'one.example';
  return {
    ...{ accountId, domain, selector, algorithm: 'rsa-sha256', state: 'pending' },
    privateKeyPem: `private ${domain} ${selector}`,
    recordValue: 'k=rsa; p=MIG',
    ...wanted,
  };
}

const ALL = { count: 500, offset: 0 };

async function states({ senders }: ControlStore, accountId: AccountId, domain = 'one.example'): Promise<string[]> {
  return (await senders.keys(accountId, domain)).map(({ selector, state }) => `${selector} ${state}`);
}

async function signing({ senders }: ControlStore, accountId: AccountId, domain = 'one.example'): Promise<string[]> {
  return (await senders.signingKeys(accountId, domain)).map(({ selector }) => selector);
}

for (const backend of CONTROL_BACKENDS) {
  describe(`sending domains in ${backend.name}`, () => {
    test('are found by name within their account, and by number', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      const given = { accountId: one, name: 'one.example', proof: undefined, returnPathDomain: 'rp.one.example' };
      const domain = await store.senders.createDomain({ ...given, checkAt: NOON + 5 });
      assert.deepEqual(domain, {
        ...{ id: domain.id, accountId: one, name: 'one.example', proof: undefined, createdAt: NOON },
        ...{ verifiedAt: undefined, dkimVerifiedAt: undefined, hasSignatures: false },
        ...{ returnPathDomain: 'rp.one.example', returnPathVerifiedAt: undefined },
        watch: {
          ...{ checkedAt: undefined, checkAt: NOON + 5, missingSince: undefined },
          ...{ dkimProblems: [], returnPathProblems: [] },
        },
      });
      await assert.rejects(store.senders.createDomain(given), NameTaken);
      assert.deepEqual(await store.senders.domain(one, 'one.example'), domain);
      assert.deepEqual(await store.senders.domainById(domain.id), domain);
      assert.equal(await store.senders.domain(two, 'one.example'), undefined);
      assert.equal(await store.senders.domainById(999), undefined);
      assert.equal((await store.senders.createDomain({ ...given, accountId: two })).accountId, two);
    });

    test('are listed by pages, those that may send first, then by name', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const other = await store.createAccount('Two');
      for (const [name, proof] of [
        ['b.example', undefined],
        ['z.example', 'dns'],
        ['a.example', undefined],
        ['y.example', 'operator'],
      ] as const)
        await store.senders.createDomain({ accountId, name, proof });
      await store.senders.createDomain({ accountId: other, name: 'a.example', proof: 'dns' });
      const names = async (count: number, offset: number): Promise<unknown> => {
        const { total, items } = await store.senders.domains(accountId, { count, offset });
        return [total, ...items.map(({ name }) => name)];
      };
      assert.deepEqual(await names(3, 0), [4, 'y.example', 'z.example', 'a.example']);
      assert.deepEqual(await names(3, 3), [4, 'b.example']);
      assert.deepEqual(await names(3, 9), [4]);
    });

    test('change in what is named and stay in the rest', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const { id } = await store.senders.createDomain({ accountId, name: 'one.example', proof: undefined });
      const change = {
        ...{ proof: 'dns' as const, verifiedAt: 1, dkimVerifiedAt: 2, returnPathDomain: 'rp.one.example' },
        ...{ returnPathVerifiedAt: 3, checkedAt: 4, checkAt: 5, missingSince: 6 },
        ...{ dkimProblems: ['Dkim.'], returnPathProblems: ['Path.'] },
      };
      const { checkedAt, checkAt, missingSince, dkimProblems, returnPathProblems, ...rest } = change;
      const watch = { checkedAt, checkAt, missingSince, dkimProblems, returnPathProblems };
      const changed = await store.senders.updateDomain(id, () => change);
      assert.deepEqual(changed, await store.senders.domainById(id));
      const { proof, verifiedAt, dkimVerifiedAt, returnPathDomain, returnPathVerifiedAt } = changed ?? assert.fail();
      assert.deepEqual({ proof, verifiedAt, dkimVerifiedAt, returnPathDomain, returnPathVerifiedAt }, rest);
      assert.deepEqual(changed?.watch, watch);
      const gone = await store.senders.updateDomain(id, (now) => ({
        proof: undefined,
        missingSince: undefined,
        checkAt: (now.watch.checkAt ?? 0) + 1,
      }));
      assert.deepEqual([gone?.proof, gone?.verifiedAt, gone?.watch.checkAt], [undefined, 1, 6]);
      assert.deepEqual(gone?.watch.dkimProblems, ['Dkim.']);
      assert.deepEqual(gone, await store.senders.domainById(id));
      assert.equal(await store.senders.updateDomain(999, () => ({})), undefined);
    });

    test('are due when their time has come, and in trouble while their record is missing', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      for (const [accountId, name, checkAt] of [
        [one, 'c.example', NOON + 9],
        [one, 'b.example', NOON],
        [two, 'a.example', NOON - 5],
        [one, 'never.example', undefined],
      ] as const) {
        const { id } = await store.senders.createDomain({ accountId, name, proof: 'dns', checkAt });
        if (name !== 'never.example') await store.senders.updateDomain(id, () => ({ missingSince: NOON }));
      }
      const due = async (limit: number): Promise<string[]> =>
        (await store.senders.dueDomains(NOON, limit)).map(({ name }) => name);
      assert.deepEqual([await due(9), await due(1)], [['a.example', 'b.example'], ['a.example']]);
      const troubled = async (accountId?: AccountId): Promise<string[]> =>
        (await store.senders.troubledDomains(accountId)).map(({ name }) => name);
      assert.deepEqual(await troubled(), ['a.example', 'b.example', 'c.example']);
      assert.deepEqual(await troubled(two), ['a.example']);
    });

    test('leave the key that signed behind, for what was accepted, until it is dropped', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const key = keyOf(accountId, 's1', { state: 'active' });
      const given = { accountId, name: 'one.example', proof: 'dns' } as const;
      const { id } = await store.senders.createDomain({ ...given, key });
      await store.senders.addKey(keyOf(accountId, 's2'));
      assert.equal(await store.senders.deleteDomain(id), true);
      assert.equal(await store.senders.deleteDomain(id), false);
      assert.equal((await store.senders.domains(accountId, ALL)).total, 0);
      assert.deepEqual([await states(store, accountId), await signing(store, accountId)], [[], ['s1']]);
      // Added again: it does not count as its key, and gives way to the new one.
      await store.senders.createDomain({ ...given, key: keyOf(accountId, 's3') });
      assert.deepEqual([await states(store, accountId), await signing(store, accountId)], [['s3 pending'], ['s1']]);
      await store.senders.activateKey({ accountId, domain: 'one.example', selector: 's3' });
      assert.deepEqual([await states(store, accountId), await signing(store, accountId)], [['s3 active'], ['s3']]);
      assert.equal(await store.senders.dropLeftKeys(NOON), 0);
      assert.equal(await store.senders.dropLeftKeys(NOON + 1), 1);
    });
  });

  describe(`DKIM keys in ${backend.name}`, () => {
    test('have a selector of their own for the domain, whoever has them', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      await store.senders.addKey(keyOf(one, 's1'));
      for (const key of [keyOf(one, 's1'), keyOf(two, 's1')])
        await assert.rejects(store.senders.addKey(key), SelectorTaken);
      const taken = { accountId: two, name: 'one.example', proof: undefined, key: keyOf(two, 's1') };
      await assert.rejects(store.senders.createDomain(taken), SelectorTaken);
      assert.equal(await store.senders.domain(two, 'one.example'), undefined, 'nothing of it stays');
      await store.senders.addKey(keyOf(two, 's1', { domain: 'two.example' }));
      assert.deepEqual(await store.senders.keys(one, 'one.example'), [
        {
          ...{ accountId: one, domain: 'one.example', selector: 's1', algorithm: 'rsa-sha256' },
          ...{ recordValue: 'k=rsa; p=MIG', state: 'pending', createdAt: NOON, changedAt: NOON },
        },
      ]);
    });

    test('become active in turn: the one before is revoked, the one before that is gone', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const turn = async (selector: string): Promise<string[]> => {
        await store.senders.activateKey({ accountId, domain: 'one.example', selector });
        return states(store, accountId);
      };
      await store.senders.addKey(keyOf(accountId, 'ed', { algorithm: 'ed25519-sha256', state: 'active' }));
      await store.senders.addKey(keyOf(accountId, 's1'));
      assert.deepEqual(await signing(store, accountId), ['ed'], 'what waits signs nothing');
      assert.deepEqual(await turn('s1'), ['ed active', 's1 active']);
      await store.senders.addKey(keyOf(accountId, 's2'));
      assert.deepEqual(await turn('s2'), ['ed active', 's1 revoked', 's2 active']);
      assert.deepEqual(await turn('s1'), ['ed active', 's1 revoked', 's2 active'], 'nothing goes back');
      assert.deepEqual(await turn('none'), ['ed active', 's1 revoked', 's2 active']);
      await store.senders.addKey(keyOf(accountId, 's3'));
      assert.deepEqual(await turn('s3'), ['ed active', 's2 revoked', 's3 active']);
      assert.deepEqual((await signing(store, accountId)).sort(), ['ed', 's3']);
    });

    test('of one account sign nothing of another, except those that the operator vouches for', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      const given = { accountId: one, name: 'one.example', proof: 'dns' } as const;
      const { id } = await store.senders.createDomain({ ...given, key: keyOf(one, 's1', { state: 'active' }) });
      assert.deepEqual([await signing(store, one), await signing(store, two)], [['s1'], []]);
      await store.senders.updateDomain(id, () => ({ proof: 'operator' }));
      assert.deepEqual(await store.senders.signingKeys(two, 'one.example'), [
        {
          ...{ domain: 'one.example', selector: 's1', algorithm: 'rsa-sha256' },
          privateKeyPem: 'private one.example s1',
        },
      ]);
      await store.senders.addKey(keyOf(two, 's2', { state: 'active' }));
      assert.deepEqual(await signing(store, two), ['s2'], 'its own come first, and alone');
      await store.senders.addKey(keyOf(one, 's3'));
      assert.deepEqual(await states(store, two), ['s2 active']);
    });
  });
}
