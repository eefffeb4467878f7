// Suppressions from bounces: which rows, in one commit with the cursor, and as few commits as possible.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSuppressConsumer, suppressionsOf } from '../../src/core/consume/suppress.ts';
import type { Event } from '../../src/domain/event.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import { accepted, bounced, deferred, delivered, message, refused } from '../support/activity-fixture.ts';

const of = message({ to: ['Bob@Example.net'], streamId: 'broadcast' });
const logged = (...events: readonly Event[]) => events.map((event, n) => ({ seq: n + 1, event }));

/** A control store that keeps what it is told in one step. */
function memoryStore() {
  const commits: { addresses: string[]; seq: number }[] = [];
  return {
    commits,
    cursor: async (consumer: string, log: string) => {
      assert.deepEqual([consumer, log], ['suppress', 'transactional']);
      return commits.at(-1)?.seq ?? 0;
    },
    suppressAndAdvance: async (rows: readonly { address: string }[], _consumer: string, _log: string, seq: number) => {
      commits.push({ addresses: rows.map(({ address }) => address), seq });
    },
  };
}

describe('suppressions from bounces', () => {
  test('are made of bounces that deactivate, on the stream of the message, in lower case', () => {
    const rows = suppressionsOf(logged(accepted(of), deferred(of), delivered(of), refused(of), bounced(of)));
    assert.deepEqual(rows, [
      {
        serverId: of.serverId,
        streamId: 'broadcast',
        address: 'bob@example.net',
        reason: 'HardBounce',
        origin: 'Recipient',
        createdAt: of.acceptedAt + 2000,
      },
    ]);
  });

  test('are not made of bounces that do not deactivate', () => {
    assert.deepEqual(suppressionsOf(logged(bounced(of, 0, { type: 'SoftBounce', deactivates: false }))), []);
  });

  test('name a complaint as such', () => {
    const [row] = suppressionsOf(logged(bounced(of, 0, { type: 'SpamComplaint' })));
    assert.equal(row?.reason, 'SpamComplaint');
  });

  test('are committed together with the cursor; events without effect only now and then', async () => {
    const store = memoryStore();
    const consumer = createSuppressConsumer(store, TRANSACTIONAL_LANE, 6);
    const feed = async (...events: readonly Event[]) => {
      const batch = logged(...events).map(({ event }, n) => ({ seq: after + n + 1, event }));
      await consumer.apply({ after, upTo: (after += events.length), events: batch });
    };
    let after = await consumer.cursor();
    await feed(accepted(of), delivered(of), accepted(of));
    assert.deepEqual(store.commits, []);
    await feed(bounced(of), accepted(of));
    assert.deepEqual(store.commits, [{ addresses: ['bob@example.net'], seq: 5 }]);
    await feed(accepted(of), accepted(of), accepted(of));
    await feed(accepted(of), accepted(of));
    assert.equal(store.commits.length, 1);
    await feed(accepted(of), accepted(of));
    assert.deepEqual(store.commits.at(-1), { addresses: [], seq: 12 });
    assert.equal(await consumer.cursor(), 12);
  });
});
