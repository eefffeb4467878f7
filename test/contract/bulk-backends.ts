// The backends that the suites of bulk requests run over.
import { MemoryBulkStore } from '../../src/backends/memory/bulk-store.ts';
import { openBulkStore, type SqliteBulkStore } from '../../src/backends/sqlite/bulk-store.ts';
import type { AccountId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { BulkStore, NewBulk } from '../../src/ports/bulk-store.ts';
import { freshFile, NOON } from './control-backends.ts';

export interface Bounds {
  readonly total: number;
  readonly perServer: number;
}

export interface BulkBackend {
  readonly name: string;
  open(bounds?: Bounds): BulkStore & AsyncDisposable;
}

export const BULK_BACKENDS: readonly BulkBackend[] = [
  {
    name: 'memory',
    open: (bounds) => disposable(new MemoryBulkStore({ now: () => NOON, ...(bounds && { bounds }) })),
  },
  { name: 'SQLite', open: (bounds) => openSqliteBulk(freshFile(), bounds) },
];

export function openSqliteBulk(file: string, bounds?: Bounds, now = () => NOON): SqliteBulkStore & AsyncDisposable {
  return disposable(openBulkStore({ file, clock: { now }, ...(bounds && { bounds }) }));
}

function disposable<T extends BulkStore>(store: T): T & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

export const MINE = 1 as ServerId;
export const THEIRS = 2 as ServerId;

const ids = { last: 0 };

export function newBulk(entries: number, change: Partial<NewBulk> = {}): NewBulk {
  ids.last += 1;
  return {
    id: `00000000-0000-4000-8000-${String(ids.last).padStart(12, '0')}`,
    accountId: 7 as AccountId,
    serverId: MINE,
    streamId: 'broadcast' as StreamId,
    submittedAt: NOON,
    subject: 'Hello',
    content: { from: 'ann@sender.test', textBody: 'x', inlineCss: false, metadata: {}, headers: [], attachments: [] },
    entries: Array.from({ length: entries }, (_, index) => ({ to: `${index}@rcpt.test`, model: `{"n":${index}}` })),
    bytes: 100,
    until: NOON + 1000,
    ...change,
  };
}
