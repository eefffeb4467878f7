// What the control store promises about domains, their keys, suppressions and cursors, over every backend.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DkimKeyRecord } from '../../src/domain/sender.ts';
import type { Suppression } from '../../src/domain/suppression.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { NameTaken } from '../../src/ports/control-store.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

const server = 1 as ServerId;
const outbound = 'outbound' as StreamId;
const news = 'news' as StreamId;

function dkimKey(selector: string, wanted: Partial<DkimKeyRecord> = {}): DkimKeyRecord {
  return {
    domain: 'one.example',
    selector,
    algorithm: 'rsa-sha256',
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${selector}\n-----END PRIVATE KEY-----\n`,
    recordValue: 'k=rsa; p=MIG',
    active: false,
    ...wanted,
  };
}

function suppression(address: string, wanted: Partial<Suppression> = {}): Suppression {
  const row = { serverId: server, streamId: outbound, address, reason: 'HardBounce', origin: 'Recipient' } as const;
  return { ...row, createdAt: NOON, ...wanted };
}

for (const backend of CONTROL_BACKENDS) {
  describe(`domains of a control store in ${backend.name}`, () => {
    test('are found by name within their account', async () => {
      await using store = backend.open();
      const [one, two] = [await store.createAccount('One'), await store.createAccount('Two')];
      const domain = await store.createDomain({ accountId: one, name: 'one.example', proof: undefined });
      const rest = { returnPathDomain: undefined, createdAt: NOON };
      const wanted = { id: domain.id, accountId: one, name: 'one.example', proof: undefined, verifiedAt: undefined };
      assert.deepEqual(domain, { ...wanted, ...rest });
      await assert.rejects(store.createDomain({ accountId: one, name: 'one.example', proof: 'dns' }), NameTaken);
      assert.deepEqual(await store.domain(one, 'one.example'), domain);
      assert.equal(await store.domain(two, 'one.example'), undefined);
      assert.deepEqual(await store.domains(one), [domain]);
      assert.deepEqual(await store.domains(two), []);
    });

    test('gain and lose their proof', async () => {
      await using store = backend.open();
      const accountId = await store.createAccount('One');
      const trusted = await store.createDomain({ accountId, name: 'trusted.example', proof: 'operator' });
      assert.equal(trusted.verifiedAt, NOON);
      const { id } = await store.createDomain({ accountId, name: 'one.example', proof: undefined });
      await store.setDomainProof(id, 'dns', NOON + 5);
      const proved = await store.domain(accountId, 'one.example');
      assert.deepEqual([proved?.proof, proved?.verifiedAt], ['dns', NOON + 5]);
      await store.setDomainProof(id, undefined, NOON + 9);
      const lost = await store.domain(accountId, 'one.example');
      assert.deepEqual([lost?.proof, lost?.verifiedAt], [undefined, undefined]);
    });

    test('have their keys, active ones first', async () => {
      await using store = backend.open();
      const [old, next] = [dkimKey('a'), dkimKey('b', { active: true })];
      await store.addDkimKey(old);
      await store.addDkimKey(next);
      await store.addDkimKey(dkimKey('b', { domain: 'two.example' }));
      assert.deepEqual(await store.dkimKeys('one.example'), [next, old]);
      assert.deepEqual(await store.dkimKeys('none.example'), []);
      await assert.rejects(store.addDkimKey(dkimKey('a')), NameTaken);
    });

    test('sign with one key of an algorithm at a time', async () => {
      await using store = backend.open();
      await store.addDkimKey(dkimKey('rsa1', { active: true }));
      await store.addDkimKey(dkimKey('rsa2'));
      await store.addDkimKey(dkimKey('ed', { algorithm: 'ed25519-sha256', active: true }));
      await store.activateDkimKey('one.example', 'rsa2');
      await store.activateDkimKey('one.example', 'no such key');
      const keys = await store.dkimKeys('one.example');
      assert.deepEqual(
        keys.map(({ selector, active }) => [selector, active]),
        [
          ['rsa2', true],
          ['ed', true],
          ['rsa1', false],
        ],
      );
    });
  });

  describe(`suppressions of a control store in ${backend.name}`, () => {
    test('hold for their stream and server alone', async () => {
      await using store = backend.open();
      await store.suppress([suppression('bob@x.example'), suppression('ann@x.example')]);
      const asked = ['zed@x.example', 'ann@x.example', 'bob@x.example'];
      assert.deepEqual(await store.suppressed(server, outbound, asked), ['ann@x.example', 'bob@x.example']);
      assert.deepEqual(await store.suppressed(server, news, asked), []);
      assert.deepEqual(await store.suppressed(2 as ServerId, outbound, asked), []);
      assert.deepEqual(await store.suppressed(server, outbound, []), []);
      assert.deepEqual(
        (await store.suppressions(server, outbound)).map(({ address }) => address),
        ['ann@x.example', 'bob@x.example'],
      );
    });

    test('stay as they were first made, until they are lifted', async () => {
      await using store = backend.open();
      const first = suppression('ann@x.example');
      await store.suppress([first]);
      await store.suppress([suppression('ann@x.example', { reason: 'SpamComplaint', createdAt: NOON + 9 })]);
      assert.deepEqual(await store.suppressions(server, outbound), [first]);
      assert.equal(await store.unsuppress(server, outbound, 'ann@x.example'), true);
      assert.equal(await store.unsuppress(server, outbound, 'ann@x.example'), false);
      assert.deepEqual(await store.suppressed(server, outbound, ['ann@x.example']), []);
    });
  });

  describe(`cursors of a control store in ${backend.name}`, () => {
    test('begin at 0 and move with what was done', async () => {
      await using store = backend.open();
      assert.equal(await store.cursor('suppress', 'front'), 0);
      await store.suppressAndAdvance([suppression('ann@x.example')], 'suppress', 'front', 7);
      assert.equal(await store.cursor('suppress', 'front'), 7);
      assert.equal(await store.cursor('suppress', 'broadcast'), 0);
      assert.equal(await store.cursor('other', 'front'), 0);
      assert.equal((await store.suppressions(server, outbound)).length, 1);
    });

    test('keep what is replayed from being done again', async () => {
      await using store = backend.open();
      await store.suppressAndAdvance([suppression('ann@x.example')], 'suppress', 'front', 7);
      await store.unsuppress(server, outbound, 'ann@x.example');
      await store.suppressAndAdvance([suppression('ann@x.example')], 'suppress', 'front', 7);
      await store.suppressAndAdvance([suppression('ann@x.example')], 'suppress', 'front', 5);
      assert.deepEqual(await store.suppressions(server, outbound), []);
      assert.equal(await store.cursor('suppress', 'front'), 7);
    });
  });
}
