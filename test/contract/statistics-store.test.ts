// What is kept of statistics, over every backend (src/ports/statistics.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStatisticsStore } from '../../src/backends/memory/statistics-store.ts';
import { openStatisticsStore } from '../../src/backends/sqlite/statistics-store.ts';
import { FRONT_LOG } from '../../src/domain/event.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import { OTHER_TAGS, type Counts } from '../../src/domain/statistics.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import { CursorMoved } from '../../src/ports/activity-index.ts';
import {
  FIRSTS_KEPT_DAYS,
  type Counted,
  type StatisticsFilter,
  type StatisticsLimits,
  type StatisticsStore,
} from '../../src/ports/statistics.ts';
import { freshFile } from './control-backends.ts';

const OURS = 1 as ServerId;
const THEIRS = 2 as ServerId;
const LOG = TRANSACTIONAL_LANE;

interface Backend {
  readonly name: string;
  /** A second call opens what the first one kept. */
  opener(): (limits?: StatisticsLimits) => StatisticsStore;
}

const BACKENDS: readonly Backend[] = [
  {
    name: 'memory',
    opener: () => {
      let store: StatisticsStore | undefined;
      return (limits) => (store ??= new MemoryStatisticsStore(limits));
    },
  },
  {
    name: 'SQLite',
    opener: () => {
      const file = freshFile();
      return (limits) => openStatisticsStore(file, limits);
    },
  },
];

function counted(day: string, counts: Counts, of: { tag?: string; stream?: string; server?: ServerId } = {}): Counted {
  const { tag = '', stream = 'outbound', server = OURS } = of;
  return { serverId: server, streamId: stream as StreamId, tag, day, counts };
}

for (const backend of BACKENDS) {
  describe(`statistics in ${backend.name}`, () => {
    /** A store that was opened anew for each batch and once more. */
    async function after(batches: readonly (readonly Counted[])[], limits?: StatisticsLimits) {
      const open = backend.opener();
      for (const batch of batches) {
        const store = open(limits);
        const at = await store.cursor(LOG);
        await store.add({ log: LOG, after: at, upTo: at + 7, counted: batch });
        await store.close();
      }
      return open(limits);
    }
    const daysOf = async (store: StatisticsStore, filter: Partial<StatisticsFilter> = {}) =>
      (await store.dailyCounts({ serverId: OURS, ...filter })).map(({ day, counts }) => [day, counts]);

    test('are nothing at first', async () => {
      const store = await after([]);
      assert.equal(await store.cursor(LOG), 0);
      assert.deepEqual(await daysOf(store), []);
      await store.close();
    });

    test('add up over batches, days in order', async () => {
      const store = await after([
        [counted('2026-06-11', { sent: 1 }), counted('2026-06-10', { sent: 2, opens: 1 })],
        [counted('2026-06-10', { sent: 3, 'bounce/HardBounce': 1 })],
      ]);
      assert.deepEqual(await daysOf(store), [
        ['2026-06-10', { sent: 5, opens: 1, 'bounce/HardBounce': 1 }],
        ['2026-06-11', { sent: 1 }],
      ]);
      await store.close();
    });

    test('are found by tag, stream, both and neither; servers are apart', async () => {
      const day = '2026-06-10';
      const store = await after([
        [
          counted(day, { sent: 1 }),
          counted(day, { sent: 10 }, { tag: 'a' }),
          counted(day, { sent: 100 }, { tag: 'a', stream: 'broadcast' }),
          counted(day, { sent: 1000 }, { tag: 'b', stream: 'broadcast' }),
          counted(day, { sent: 10_000 }, { server: THEIRS, tag: 'a' }),
        ],
      ]);
      const broadcast = 'broadcast' as StreamId;
      const sums: readonly [Partial<StatisticsFilter>, number | undefined][] = [
        [{}, 1111],
        [{ tag: 'a' }, 110],
        [{ tag: 'A' }, undefined],
        [{ streamId: broadcast }, 1100],
        [{ tag: 'a', streamId: broadcast }, 100],
        [{ tag: 'b', streamId: 'outbound' as StreamId }, undefined],
        [{ serverId: THEIRS }, 10_000],
        [{ serverId: 3 as ServerId }, undefined],
      ];
      for (const [filter, sum] of sums) {
        const found = await daysOf(store, filter);
        assert.deepEqual(found, sum === undefined ? [] : [[day, { sent: sum }]], JSON.stringify(filter));
      }
      await store.close();
    });

    test('are of the days asked for, both ends included', async () => {
      const days = ['2025-12-31', '2026-01-01', '2026-01-02', '2026-02-01'];
      const store = await after([days.map((day) => counted(day, { sent: 1 }))]);
      const between = async (filter: Partial<StatisticsFilter>) =>
        (await store.dailyCounts({ serverId: OURS, ...filter })).map(({ day }) => day);
      assert.deepEqual(await between({ from: '2026-01-01' }), days.slice(1));
      assert.deepEqual(await between({ to: '2026-01-01' }), days.slice(0, 2));
      assert.deepEqual(await between({ from: '2026-01-01', to: '2026-01-02' }), days.slice(1, 3));
      assert.deepEqual(await between({ from: '2026-01-03', to: '2026-01-31' }), []);
      await store.close();
    });

    test('count nothing of a batch that does not begin at the cursor of its log', async () => {
      const store = await after([[counted('2026-06-10', { sent: 1 })]]);
      const batch = { upTo: 9, counted: [counted('2026-06-10', { sent: 5 })] };
      await assert.rejects(store.add({ log: LOG, after: 0, ...batch }), CursorMoved);
      assert.deepEqual(await daysOf(store), [['2026-06-10', { sent: 1 }]]);
      await store.add({ log: FRONT_LOG, after: 0, ...batch });
      assert.deepEqual([await store.cursor(LOG), await store.cursor(FRONT_LOG)], [7, 9]);
      assert.deepEqual(await daysOf(store), [['2026-06-10', { sent: 6 }]]);
      await store.close();
    });

    test('know what was counted once, over restarts, for sixty days', async () => {
      const open = backend.opener();
      const day = 20_000;
      const first = (hash: string, ago = 0) => ({ day: day - ago, hash });
      const one = open();
      assert.deepEqual(await one.uncounted([first('a'), first('b')]), [first('a'), first('b')]);
      const firsts = [first('a'), first('old', FIRSTS_KEPT_DAYS), first('older', FIRSTS_KEPT_DAYS + 1)];
      await one.add({ log: LOG, after: 0, upTo: 1, counted: [], firsts });
      await one.close();
      const again = open();
      await again.add({ log: LOG, after: 1, upTo: 2, counted: [], firsts: [first('a'), first('b')] });
      const asked = [first('a'), first('a', 1), first('b'), first('c'), ...firsts.slice(1)];
      const left = [first('a', 1), first('c'), first('older', FIRSTS_KEPT_DAYS + 1)];
      assert.deepEqual(await again.uncounted(asked), left);
      await again.close();
    });

    test('keep so many tags a day and server; the rest is under one name, and all of it in the whole', async () => {
      const tagged = (day: string, tags: readonly string[], server = OURS) =>
        tags.map((tag) => counted(day, { sent: 1 }, { tag, server }));
      const store = await after(
        [
          tagged('2026-06-10', ['a', 'b']),
          tagged('2026-06-10', ['c', 'b', 'd']),
          [...tagged('2026-06-11', ['c']), ...tagged('2026-06-10', ['c'], THEIRS)],
          [counted('2026-06-10', { sent: 1 }, { tag: 'a', stream: 'broadcast' })],
        ],
        { tagsADay: 2 },
      );
      assert.deepEqual(await daysOf(store), [
        ['2026-06-10', { sent: 6 }],
        ['2026-06-11', { sent: 1 }],
      ]);
      assert.deepEqual(await daysOf(store, { tag: 'a' }), [['2026-06-10', { sent: 2 }]]);
      assert.deepEqual(await daysOf(store, { tag: 'b' }), [['2026-06-10', { sent: 2 }]]);
      assert.deepEqual(await daysOf(store, { tag: 'c' }), [['2026-06-11', { sent: 1 }]]);
      assert.deepEqual(await daysOf(store, { tag: OTHER_TAGS }), [['2026-06-10', { sent: 2 }]]);
      assert.deepEqual(await daysOf(store, { tag: 'c', serverId: THEIRS }), [['2026-06-10', { sent: 1 }]]);
      await store.close();
    });
  });
}
