// Suppression lists as people change and read them, over every backend of the control store (src/ports/suppression-lists.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Suppression } from '../../src/domain/suppression.ts';
import type { MessageId, ServerId, StreamId } from '../../src/lib/ids.ts';
import { ROWS_OF_A_PAGE, type ListRemoval, type SuppressionFilter } from '../../src/ports/suppression-lists.ts';
import { CONTROL_BACKENDS, NOON } from './control-backends.ts';

const serverId = 1 as ServerId;
const streamId = 'outbound' as StreamId;
const of = { serverId, streamId };
const MESSAGE = '01900000-0000-7000-8000-000000000001' as MessageId;

function row(address: string, change: Partial<Suppression> = {}): Suppression {
  return { ...of, address, reason: 'ManualSuppression', origin: 'Customer', createdAt: NOON, ...change };
}

function removal(addresses: readonly string[], change: Partial<ListRemoval> = {}): ListRemoval {
  return { ...of, addresses, by: 'Customer', at: NOON + 5, ...change };
}

const HARD = { reason: 'HardBounce', origin: 'Recipient' } as const;
const LEFT = { reason: 'ManualSuppression', origin: 'Recipient' } as const;
const COMPLAINT = { reason: 'SpamComplaint', origin: 'Recipient' } as const;

for (const backend of CONTROL_BACKENDS) {
  describe(`suppression lists in ${backend.name}`, () => {
    test('take rows in order and say what is there', async () => {
      await using store = backend.open();
      await store.suppress([row('bob@x.example', HARD)]);
      const listed = await store.suppressionLists.add([row('ann@x.example'), row('bob@x.example')]);
      assert.deepEqual(listed, [
        { kind: 'added', row: row('ann@x.example') },
        { kind: 'kept', row: row('bob@x.example', HARD) },
      ]);
      assert.deepEqual(await store.suppressionLists.row(serverId, streamId, 'ann@x.example'), row('ann@x.example'));
      assert.equal(await store.suppressionLists.row(serverId, streamId, 'zed@x.example'), undefined);
    });

    test('tell of every change, in order, until it was passed on', async () => {
      await using store = backend.open();
      await store.suppressionLists.add([row('ann@x.example'), row('ann@x.example')]);
      await store.suppressionLists.add([row('bob@x.example', LEFT)], MESSAGE);
      await store.suppressionLists.remove(removal(['ann@x.example', 'nobody@x.example']));
      const pending = await store.suppressionLists.pendingEvents(10);
      assert.ok(pending.every(({ event }) => event.kind === 'subscription' && event.serverId === serverId));
      assert.deepEqual(
        pending.map(({ event: { subscriber, at, suppressed, reason, origin, messageId } }) => [
          subscriber,
          at,
          suppressed,
          reason,
          origin,
          messageId,
        ]),
        [
          ['ann@x.example', NOON, true, 'ManualSuppression', 'Customer', undefined],
          ['bob@x.example', NOON, true, 'ManualSuppression', 'Recipient', MESSAGE],
          ['ann@x.example', NOON + 5, false, undefined, 'Customer', undefined],
        ],
      );
      const [first] = await store.suppressionLists.pendingEvents(1);
      assert.ok(first);
      await store.suppressionLists.dropPendingEvents(first.id);
      assert.equal((await store.suppressionLists.pendingEvents(10)).length, 2);
    });

    test('tell of what is on no list only where that is asked for', async () => {
      await using store = backend.open();
      const asked = removal(['ann@x.example']);
      assert.deepEqual(await store.suppressionLists.remove(asked), ['absent']);
      assert.deepEqual(await store.suppressionLists.pendingEvents(10), []);
      assert.deepEqual(await store.suppressionLists.remove({ ...asked, tellAbsent: true }), ['absent']);
      assert.equal((await store.suppressionLists.pendingEvents(10)).length, 1);
    });

    for (const [kind, change, byCustomer, byRecipient] of [
      ['a hard bounce', HARD, 'removed', 'protected'],
      ["the customer's own word", {}, 'removed', 'protected'],
      ['an unsubscribe', LEFT, 'protected', 'removed'],
      ['a complaint', COMPLAINT, 'protected', 'protected'],
      ["the operator's word", { origin: 'Admin' }, 'protected', 'protected'],
    ] as const) {
      test(`${kind} is taken off by whom it may be`, async () => {
        await using store = backend.open();
        for (const [by, expected] of [
          ['Customer', byCustomer],
          ['Recipient', byRecipient],
        ] as const) {
          await store.suppress([row('ann@x.example', change)]);
          assert.deepEqual(await store.suppressionLists.remove(removal(['ann@x.example'], { by })), [expected]);
          const left = await store.suppressed(serverId, streamId, ['ann@x.example']);
          assert.equal(left.length, expected === 'removed' ? 0 : 1);
        }
      });
    }

    test('let the word of the recipient outweigh what was there', async () => {
      await using store = backend.open();
      const reasonOf = async () => {
        const found = await store.suppressionLists.row(serverId, streamId, 'ann@x.example');
        return `${found?.reason}/${found?.origin}`;
      };
      const steps = [
        [row('ann@x.example', HARD), 'HardBounce/Recipient'],
        [row('ann@x.example'), 'HardBounce/Recipient'],
        [row('ann@x.example', LEFT), 'ManualSuppression/Recipient'],
        [row('ann@x.example', HARD), 'ManualSuppression/Recipient'],
        [row('ann@x.example', COMPLAINT), 'SpamComplaint/Recipient'],
        [row('ann@x.example', LEFT), 'SpamComplaint/Recipient'],
      ] as const;
      for (const [given, expected] of steps) {
        await store.suppressionLists.add([given]);
        assert.equal(await reasonOf(), expected);
      }
    });

    test('are read by all filters', async () => {
      await using store = backend.open();
      const rows = [
        row('ann@x.example', { createdAt: NOON - 10 }),
        row('bob@x.example', { ...HARD, createdAt: NOON }),
        row('cy@x.example', { ...LEFT, createdAt: NOON + 10 }),
      ];
      await store.suppress([...rows, row('far@x.example', { streamId: 'news' as StreamId })]);
      const cases: readonly [Partial<SuppressionFilter>, readonly string[]][] = [
        [{}, ['ann', 'bob', 'cy']],
        [{ reason: 'HardBounce' }, ['bob']],
        [{ reason: 'SpamComplaint' }, []],
        [{ origin: 'Recipient' }, ['bob', 'cy']],
        [{ from: NOON }, ['bob', 'cy']],
        [{ to: NOON }, ['ann', 'bob']],
        [{ from: NOON - 5, to: NOON + 5 }, ['bob']],
        [{ address: 'cy@x.example' }, ['cy']],
        [{ address: 'cy@x.example', reason: 'HardBounce' }, []],
        [{ address: 'x.example' }, []],
        [{ streamId: 'news' as StreamId }, ['far']],
      ];
      for (const [filter, expected] of cases) {
        const page = await store.suppressionLists.suppressionPage({ ...of, ...filter }, '');
        assert.deepEqual(
          page.rows.map(({ address }) => address.split('@')[0]),
          expected,
          JSON.stringify(filter),
        );
        assert.equal(page.next, undefined);
      }
    });

    test('are read in pages that look at a bounded number of rows', async () => {
      await using store = backend.open();
      const count = ROWS_OF_A_PAGE + 3;
      const rows = Array.from({ length: count }, (_, n) => row(`a${String(n).padStart(5, '0')}@x.example`));
      await store.suppress([...rows.slice(0, -1), { ...(rows.at(-1) as Suppression), ...HARD }]);
      const first = await store.suppressionLists.suppressionPage(of, '');
      assert.equal(first.rows.length, ROWS_OF_A_PAGE);
      const second = await store.suppressionLists.suppressionPage(of, first.next ?? '');
      assert.deepEqual([second.rows.length, second.next], [3, undefined]);
      const rare = await store.suppressionLists.suppressionPage({ ...of, reason: 'HardBounce' }, '');
      assert.deepEqual([rare.rows.length, rare.next], [0, first.next]);
    });
  });
}
