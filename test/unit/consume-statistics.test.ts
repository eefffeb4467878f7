// Events become sums by server, stream, tag and Eastern day, each once, whatever is read again.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStatisticsStore } from '../../src/backends/memory/statistics-store.ts';
import { createStatisticsConsumer } from '../../src/core/consume/statistics.ts';
import { createEasternDay } from '../../src/domain/eastern-day.ts';
import type { Event } from '../../src/domain/event.ts';
import { TRANSACTIONAL_LANE as LANE } from '../../src/domain/pool.ts';
import type { MessageId, StreamId } from '../../src/lib/ids.ts';
import { timeOfUuid } from '../../src/lib/ids.ts';
import { CursorMoved } from '../../src/ports/activity-index.ts';
import { FIRSTS_KEPT_DAYS } from '../../src/ports/statistics.ts';
import { accepted, arrayLog, bounced, delivered, message, OTHERS, OURS, refused } from '../support/activity-fixture.ts';
import { clicked, opened } from '../support/later-events.ts';

/** Half an hour before and after midnight in New York. */
const LATE = Date.UTC(2026, 5, 11, 3, 30);
const EARLY = Date.UTC(2026, 5, 11, 4, 30);

function world() {
  const store = new MemoryStatisticsStore();
  const log = arrayLog();
  const acceptedMessage = (id: MessageId) => log.message(id);
  const deps = { store, dayOf: createEasternDay(), acceptedMessage };
  return {
    deps,
    store,
    log,
    /** Reads what is new, with a consumer that has just started. */
    happen: async (...events: readonly Event[]) => {
      log.push(...events);
      const consumer = createStatisticsConsumer(deps, LANE);
      const after = await consumer.cursor();
      const read = await log.read(after, 1000);
      await consumer.apply({ after, upTo: read.at(-1)?.seq ?? after, events: read });
    },
    days: (filter: { serverId?: typeof OURS; tag?: string; streamId?: StreamId } = {}) =>
      store.dailyCounts({ serverId: OURS, ...filter }),
  };
}

describe('statistics', () => {
  test('count what happened on the Eastern day it happened', async () => {
    const { happen, days } = world();
    const of = message({ at: LATE, to: ['a@example.net', 'b@example.net'] });
    await happen(accepted(of), bounced(of, 0, { at: EARLY }), accepted(message({ at: EARLY })));
    assert.deepEqual(await days(), [
      { day: '2026-06-10', counts: { sent: 2 } },
      { day: '2026-06-11', counts: { 'bounce/HardBounce': 1, sent: 1 } },
    ]);
  });

  test('know the tag of what happens to a message later', async () => {
    const { happen, days } = world();
    const of = message({ at: LATE, tag: 'welcome' });
    await happen(accepted(of), delivered(of));
    await happen(bounced(of, 0, { type: 'SpamComplaint', at: LATE + 1 }));
    const counts = { sent: 1, 'bounce/SpamComplaint': 1 };
    assert.deepEqual(await days({ tag: 'welcome' }), [{ day: '2026-06-10', counts }]);
    assert.deepEqual(await days({ tag: 'other' }), []);
  });

  test('count without a tag what came when no log holds the message any more', async () => {
    const { happen, days } = world();
    const forgotten = message({ at: LATE, tag: 'welcome' });
    await happen(bounced(forgotten, 0, { at: LATE }));
    assert.deepEqual(await days(), [{ day: '2026-06-10', counts: { 'bounce/HardBounce': 1 } }]);
    assert.deepEqual(await days({ tag: 'welcome' }), []);
  });

  test('count refusals over SMTP under the tag that was submitted', async () => {
    const { happen, days } = world();
    await happen(refused(message({ at: LATE }), { tag: 'welcome' }));
    assert.deepEqual(await days({ tag: 'welcome' }), [{ day: '2026-06-10', counts: { 'bounce/SMTPApiError': 1 } }]);
  });

  test('keep servers and streams apart', async () => {
    const { happen, days } = world();
    await happen(
      accepted(message({ at: LATE, streamId: 'broadcast' })),
      accepted(message({ at: LATE })),
      accepted(message({ at: LATE, serverId: OTHERS })),
    );
    assert.deepEqual(await days(), [{ day: '2026-06-10', counts: { sent: 2 } }]);
    assert.deepEqual(await days({ streamId: 'broadcast' as StreamId }), [{ day: '2026-06-10', counts: { sent: 1 } }]);
    assert.deepEqual(await days({ serverId: OTHERS }), [{ day: '2026-06-10', counts: { sent: 1 } }]);
  });

  test('count the first opening and the first click on a link apart, also when they are read again by another', async () => {
    const { happen, days } = world();
    const of = message({ at: LATE, to: ['a@example.net', 'b@example.net'] });
    const at = LATE + 1000;
    const [a, b] = [
      { at, address: 'a@example.net' },
      { at, address: 'B@example.net' },
    ];
    await happen(accepted(of), opened(of, a), opened(of, a), opened(of, b));
    await happen(opened(of, { ...b, address: 'b@example.net' }), clicked(of, { ...a, link: 'https://one.example/' }));
    await happen(
      clicked(of, { ...a, link: 'https://one.example/' }),
      clicked(of, { ...a, link: 'https://two.example/' }),
      clicked(of, { ...b, link: 'https://one.example/' }),
    );
    const [{ counts } = { counts: {} }] = await days();
    const { opens, uniqueOpens, clicks, uniqueClicks } = counts as Record<string, number>;
    assert.deepEqual([opens, uniqueOpens, clicks, uniqueClicks], [4, 2, 4, 3]);
  });

  test('take no opening of a message of long ago for the first', async () => {
    const { happen, days } = world();
    const of = message({ at: LATE });
    await happen(accepted(of), opened(of, { at: timeOfUuid(of.id) + FIRSTS_KEPT_DAYS * 86_400_000 + 1 }));
    assert.deepEqual((await days()).at(-1)?.counts, { opens: 1 });
  });

  test('go on at their cursor, and count nothing of a batch that begins elsewhere', async () => {
    const { happen, deps, log, days } = world();
    await happen(accepted(message({ at: LATE })), accepted(message({ at: LATE })));
    await happen();
    await happen(accepted(message({ at: LATE })));
    assert.deepEqual(await days(), [{ day: '2026-06-10', counts: { sent: 3 } }]);
    const consumer = createStatisticsConsumer(deps, LANE);
    const again = consumer.apply({ after: 0, upTo: await log.latest(), events: log.events });
    await assert.rejects(again, CursorMoved);
    assert.deepEqual(await days(), [{ day: '2026-06-10', counts: { sent: 3 } }]);
  });
});
