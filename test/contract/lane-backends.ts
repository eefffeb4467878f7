// The backends that the suites of queues and event logs run over, each opened and closed the same way.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { MemoryEventLog } from '../../src/backends/memory/event-log.ts';
import { MemoryLaneQueue } from '../../src/backends/memory/lane-queue.ts';
import { openEventLog, openEventReader } from '../../src/backends/sqlite/event-log.ts';
import { openLaneQueue, type LaneQueueOptions } from '../../src/backends/sqlite/lane-queue.ts';
import type { EventLog, EventReader } from '../../src/ports/event-log.ts';
import type { LaneQueue, Purgeable } from '../../src/ports/lane-queue.ts';

export interface OpenLane extends AsyncDisposable {
  readonly queue: LaneQueue & Purgeable & { limitTo(maxBytes: number): void };
  /** Of the queue's events, as another thread would read them. */
  readonly reader: EventReader;
}

export interface LaneBackend {
  readonly name: string;
  openLane(): OpenLane;
  openLog(): EventLog & AsyncDisposable;
}

const folder = mkdtempSync(join(tmpdir(), 'lane-'));
const names = { last: 0 };
after(() => rmSync(folder, { recursive: true, force: true }));

/** A path in a folder that goes when the tests of the file have ended. */
export function freshFile(): string {
  names.last += 1;
  return join(folder, `${names.last}.sqlite`);
}

export function openSqliteLane(file: string, options: Omit<LaneQueueOptions, 'file'> = {}): OpenLane {
  const queue = openLaneQueue({ file, ownerWaitMs: 0, ...options });
  const reader = openEventReader(file);
  const dispose = async (): Promise<void> => {
    await reader.close();
    await queue.close();
  };
  return { queue, reader, [Symbol.asyncDispose]: dispose };
}

export const LANE_BACKENDS: readonly LaneBackend[] = [
  {
    name: 'memory',
    openLane: () => {
      const queue = new MemoryLaneQueue();
      return { queue, reader: queue.events, [Symbol.asyncDispose]: () => queue.close() };
    },
    openLog: () => Object.assign(new MemoryEventLog(), { [Symbol.asyncDispose]: async () => {} }),
  },
  {
    name: 'SQLite',
    openLane: () => openSqliteLane(freshFile()),
    openLog: () => {
      const log = openEventLog(freshFile());
      return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
    },
  },
];
