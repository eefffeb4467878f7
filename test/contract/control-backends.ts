// The backends that the suites of the control store run over.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { openControlStore } from '../../src/backends/sqlite/control-store.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';

export const NOON = Date.UTC(2026, 10, 24, 12);
export const KEY = Buffer.alloc(32, 7);
/** Stands still. */
export const CLOCK: Clock = { now: () => NOON, after: () => () => undefined };

export interface ControlBackend {
  readonly name: string;
  open(): ControlStore & AsyncDisposable;
}

const folder = mkdtempSync(join(tmpdir(), 'control-'));
const names = { last: 0 };
after(() => rmSync(folder, { recursive: true, force: true }));

/** A path in a folder that goes when the tests of the file have ended. */
export function freshFile(): string {
  names.last += 1;
  return join(folder, `${names.last}.sqlite`);
}

export function openSqliteControl(file: string, key: Uint8Array = KEY): ControlStore & AsyncDisposable {
  return disposable(openControlStore({ file, key, clock: CLOCK }));
}

export const CONTROL_BACKENDS: readonly ControlBackend[] = [
  { name: 'memory', open: () => disposable(new MemoryControlStore(CLOCK)) },
  { name: 'SQLite', open: () => openSqliteControl(freshFile()) },
];

function disposable<T extends ControlStore>(store: T): T & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
