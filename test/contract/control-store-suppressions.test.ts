// What the control store promises about suppressions and cursors, over every backend.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Suppression } from '../../src/domain/suppression.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

const server = 1 as ServerId;
const outbound = 'outbound' as StreamId;
const news = 'news' as StreamId;

function suppression(address: string, wanted: Partial<Suppression> = {}): Suppression {
  const row = { serverId: server, streamId: outbound, address, reason: 'HardBounce', origin: 'Recipient' } as const;
  return { ...row, createdAt: NOON, ...wanted };
}

for (const backend of CONTROL_BACKENDS) {
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

    test('stay as they were first made, until a stronger reason comes', async () => {
      await using store = backend.open();
      const first = suppression('ann@x.example');
      await store.suppress([first]);
      await store.suppress([suppression('ann@x.example', { createdAt: NOON + 5 })]);
      assert.deepEqual(await store.suppressions(server, outbound), [first]);
      const complaint = suppression('ann@x.example', { reason: 'SpamComplaint', createdAt: NOON + 9 });
      await store.suppress([complaint]);
      await store.suppress([suppression('ann@x.example', { createdAt: NOON + 12 })]);
      assert.deepEqual(await store.suppressions(server, outbound), [complaint]);
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
      const removal = { serverId: server, streamId: outbound, addresses: ['ann@x.example'], at: NOON } as const;
      await store.suppressionLists.remove({ ...removal, by: 'Customer' });
      await store.suppressAndAdvance([suppression('ann@x.example')], 'suppress', 'front', 7);
      await store.suppressAndAdvance([suppression('ann@x.example')], 'suppress', 'front', 5);
      assert.deepEqual(await store.suppressions(server, outbound), []);
      assert.equal(await store.cursor('suppress', 'front'), 7);
    });
  });
}
