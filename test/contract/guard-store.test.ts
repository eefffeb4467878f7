// What is kept of the guards' counts, over every backend (src/ports/guard-store.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryGuardStore } from '../../src/backends/memory/guard-store.ts';
import { openGuardStore } from '../../src/backends/sqlite/guard-store.ts';
import type { KeptWindows } from '../../src/domain/guard-windows.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { GuardChanges, GuardNote, GuardStore } from '../../src/ports/guard-store.ts';
import { freshFile } from './control-backends.ts';

const ours = { serverId: 1 as ServerId, streamId: 'broadcast' as StreamId };
const theirs = { serverId: 2 as ServerId, streamId: 'broadcast' as StreamId };
const windows = (count: number): KeptWindows => ({ minutes: [[7, count, 0, 0, 0]], hours: [], sent: [[1, count, 0]] });
const NONE: GuardChanges = { cleared: [], dropped: [], windows: [], notes: [], cursors: new Map() };
const note: GuardNote = { ...ours, verdict: 'warn', reason: 'why', since: 5, resumedAt: 3, bulkLike: undefined };

interface Backend {
  readonly name: string;
  /** A second call opens what the first one kept. */
  opener(): () => GuardStore;
}

const BACKENDS: readonly Backend[] = [
  {
    name: 'memory',
    opener: () => {
      const store = new MemoryGuardStore();
      return () => store;
    },
  },
  {
    name: 'SQLite',
    opener: () => {
      const file = freshFile();
      return () => openGuardStore(file);
    },
  },
];

for (const backend of BACKENDS) {
  describe(`what guards keep in ${backend.name}`, () => {
    async function afterSaves(...saves: readonly Partial<GuardChanges>[]) {
      const open = backend.opener();
      for (const changes of saves) {
        const store = open();
        await store.save({ ...NONE, ...changes });
        await store.close();
      }
      const store = open();
      const memory = await store.load();
      await store.close();
      return memory;
    }

    test('is nothing at first', async () => {
      assert.deepEqual(await afterSaves(), { windows: [], notes: [], cursors: new Map() });
    });

    test('is the newest of each row', async () => {
      const bulkLike = { at: 9, reason: 'list headers' };
      const memory = await afterSaves(
        {
          windows: [
            { ...theirs, provider: 'all', windows: windows(1) },
            { ...ours, provider: 'google', windows: windows(2) },
            { ...ours, provider: 'all', windows: windows(3) },
          ],
          notes: [note],
          cursors: new Map([['broadcast', 12]]),
        },
        {
          windows: [{ ...ours, provider: 'google', windows: windows(4) }],
          notes: [{ ...note, verdict: 'fine', bulkLike }],
          cursors: new Map([
            ['broadcast', 14],
            ['transactional', 3],
          ]),
        },
      );
      assert.deepEqual(memory.windows, [
        { ...ours, provider: 'all', windows: windows(3) },
        { ...ours, provider: 'google', windows: windows(4) },
        { ...theirs, provider: 'all', windows: windows(1) },
      ]);
      assert.deepEqual(memory.notes, [{ ...note, verdict: 'fine', bulkLike }]);
      assert.deepEqual([...memory.cursors].sort(), [
        ['broadcast', 14],
        ['transactional', 3],
      ]);
    });

    test('loses what is cleared or dropped, and keeps what the same save writes', async () => {
      const row = (provider: string, count: number) => ({ ...ours, provider, windows: windows(count) });
      const memory = await afterSaves(
        {
          windows: [
            row('all', 1),
            row('google', 1),
            row('yahoo', 1),
            { ...theirs, provider: 'gmx', windows: windows(1) },
          ],
        },
        { dropped: [{ ...theirs, provider: 'gmx' }], cleared: [ours], windows: [row('all', 2)] },
      );
      assert.deepEqual(memory.windows, [row('all', 2)]);
    });
  });
}
