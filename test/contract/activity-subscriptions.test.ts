// Subscriptions that people change, in the index: what a reactivation does to bounces, also when the index is filled anew.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SubscriptionEvent } from '../../src/domain/event.ts';
import type { MessageId } from '../../src/lib/ids.ts';
import { accepted, bounced, message, NOW, OURS, OUTBOUND, WAYS, type Index } from '../support/activity-fixture.ts';

const hard = message({ at: NOW, to: ['Bob@example.net'], tag: 'welcome' });

function subscription(change: Partial<SubscriptionEvent> = {}): SubscriptionEvent {
  return {
    kind: 'subscription',
    at: NOW + 60_000,
    serverId: OURS,
    streamId: OUTBOUND,
    messageId: undefined,
    subscriber: 'bob@example.net',
    suppressed: false,
    reason: undefined,
    origin: 'Customer',
    ...change,
  };
}

async function inactive(index: Index): Promise<readonly boolean[]> {
  const { items } = await index.activity.searchBounces({ serverId: OURS, count: 9, offset: 0 });
  return items.map((bounce) => bounce.inactive);
}

for (const { name, open } of WAYS) {
  describe(`subscriptions in ${name}`, () => {
    test('a reactivation makes the bounces before it active, on its stream', async () => {
      const index = open();
      const elsewhere = message({ to: ['bob@example.net'], streamId: 'broadcast' });
      await index.happen(accepted(hard), bounced(hard), accepted(elsewhere), bounced(elsewhere));
      await index.happenOutside(subscription());
      assert.deepEqual(
        (await index.activity.searchBounces({ serverId: OURS, count: 9, offset: 0, inactive: true })).items.map(
          ({ streamId }) => streamId,
        ),
        ['broadcast'],
      );
      assert.equal((await index.activity.bounceCounts(OURS)).inactive, 1);
      await index.close();
    });

    test('an index that is filled anew says the same, in whatever order the logs are read', async () => {
      const first = open();
      const again = message({ at: NOW + 120_000, to: ['bob@example.net'] });
      await first.happen(accepted(hard), bounced(hard));
      await first.happenOutside(subscription());
      await first.happen(accepted(again), bounced(again));
      const expected = [true, false];
      assert.deepEqual(await inactive(first), expected);
      const { lane, front } = first;
      await first.close();
      for (const outsideFirst of [true, false]) {
        const index = open({ lane, front });
        if (outsideFirst) await index.happenOutside();
        await index.happen();
        await index.happenOutside();
        assert.deepEqual(await inactive(index), expected);
        await index.close();
      }
    });

    test('an address that is put on a list changes no bounce', async () => {
      const index = open();
      await index.happen(accepted(hard), bounced(hard));
      await index.happenOutside(subscription({ suppressed: true, reason: 'ManualSuppression' }));
      assert.deepEqual(await inactive(index), [true]);
      await index.close();
    });

    test('an unsubscribe by the link of a message stands in its history', async () => {
      const index = open();
      await index.happen(accepted(hard));
      const messageId: MessageId = hard.id;
      const change = { messageId, suppressed: true, reason: 'ManualSuppression', origin: 'Recipient' } as const;
      await index.happenOutside(subscription(change));
      const details = await index.activity.outboundDetails(OURS, hard.id);
      assert.deepEqual(details?.events, [
        {
          type: 'SubscriptionChanged',
          recipient: 'bob@example.net',
          at: NOW + 60_000,
          origin: 'Recipient',
          suppressed: true,
        },
      ]);
      await index.close();
    });

    test('tags of bounces are told once each, of the server alone', async () => {
      const index = open();
      const untagged = message({ to: ['cy@example.net'] });
      const second = message({ to: ['dan@example.net'], tag: 'alert' });
      for (const one of [hard, untagged, second]) await index.happen(accepted(one), bounced(one), bounced(one));
      assert.deepEqual(await index.activity.bounceTags(OURS), ['alert', 'welcome']);
      assert.deepEqual(await index.activity.bounceTags(99 as typeof OURS), []);
      await index.close();
    });
  });
}
