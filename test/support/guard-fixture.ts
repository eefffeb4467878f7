// Guards over memory: a clock that is moved, a log of what was said, and events of many recipients in short form.
import { randomUUID } from 'node:crypto';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { MemoryGuardStore } from '../../src/backends/memory/guard-store.ts';
import { openGuard, type Guard, type GuardOptions } from '../../src/core/consume/guard.ts';
import { createHygiene } from '../../src/core/consume/hygiene.ts';
import { createRecipientProvider } from '../../src/core/consume/recipient-provider.ts';
import { DEFAULT_THRESHOLDS } from '../../src/domain/guard.ts';
import type { Event, LoggedEvent } from '../../src/domain/event.ts';
import { BROADCAST_LANE } from '../../src/domain/pool.ts';
import type { MessageId, ServerId, StreamId } from '../../src/lib/ids.ts';
import { silentLog, type Log } from '../../src/lib/log.ts';
import type { LogName } from '../../src/ports/activity-index.ts';
import type { GuardStore } from '../../src/ports/guard-store.ts';
import { bounced, deferred, delivered, message } from './activity-fixture.ts';

export const NOON = Date.UTC(2026, 0, 15, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const NEWS = { serverId: 1 as ServerId, streamId: 'broadcast' as StreamId };
export const RESETS = { serverId: 1 as ServerId, streamId: 'outbound' as StreamId };
export const THEIRS = { serverId: 2 as ServerId, streamId: 'broadcast' as StreamId };

export type Happening = 'delivered' | 'hard' | 'soft' | 'deferred' | 'complained';

export interface Said {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface GuardWorld {
  readonly clock: { at: number };
  readonly control: MemoryControlStore;
  readonly store: GuardStore;
  readonly said: Said[];
  /** Opens the guards anew on what is kept; those before are left as a crash would. */
  open(options?: Partial<GuardOptions>): Promise<Guard>;
  /** Appends to a log and returns what was appended. */
  log(name?: LogName): WorldLog;
}

export interface WorldLog {
  readonly name: LogName;
  readonly events: LoggedEvent[];
  readonly bodies: Map<MessageId, Uint8Array>;
  append(...events: readonly Event[]): void;
  /** Hands everything behind the consumer's cursor to it, in batches. */
  feed(guard: Guard, batch?: number): Promise<void>;
}

export function guardWorld(): GuardWorld {
  const clock = { at: NOON };
  const time = { now: () => clock.at, after: () => () => undefined };
  const control = new MemoryControlStore(time);
  const store = new MemoryGuardStore();
  const said: Said[] = [];
  return {
    clock,
    control,
    store,
    said,
    open: (options = {}) =>
      openGuard({
        store,
        pools: control.pools,
        thresholds: DEFAULT_THRESHOLDS,
        providerOf: createRecipientProvider(time),
        hygiene: createHygiene({ recipients: 0, readBodies: noBodies, random: Math.random, clock: time }),
        isTestAddress: (address) => address.endsWith('@bounce-testing.postmarkapp.com'),
        clock: time,
        log: recorder(said),
        ...options,
      }),
    log: (name = BROADCAST_LANE) => worldLog(name),
  };
}

function worldLog(name: LogName): WorldLog {
  const events: LoggedEvent[] = [];
  const bodies = new Map<MessageId, Uint8Array>();
  return {
    name,
    events,
    bodies,
    append(...more) {
      for (const event of more) events.push({ seq: events.length + 1, event });
    },
    async feed(guard, batch = 500) {
      const consumer = guard.consumer(name, async (id) => bodies.get(id));
      for (;;) {
        const after = await consumer.cursor();
        const found = events.filter(({ seq }) => seq > after).slice(0, batch);
        const last = found.at(-1);
        if (last === undefined) return;
        await consumer.apply({ after, upTo: last.seq, events: found });
      }
    },
  };
}

export interface Mail {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** When it was accepted. */
  readonly at: number;
  readonly domain?: string;
  /** When it happened; a second after acceptance without it. */
  readonly happenedAt?: number;
}

/** What became of one recipient of a message of its own. */
export function happening(what: Happening, mail: Mail): Event {
  const { serverId, streamId, at, domain = 'example.net', happenedAt = at + 1000 } = mail;
  const id = idAt(at);
  const to = `${id.slice(-12)}@${domain}`;
  const of = message({ id, serverId, streamId, at, to: [to] });
  const over = { at: happenedAt };
  switch (what) {
    case 'delivered':
      return delivered(of, 0, over);
    case 'deferred':
      return deferred(of, 0, over);
    case 'hard':
      return bounced(of, 0, over);
    case 'soft':
      return bounced(of, 0, { ...over, type: 'SoftBounce', deactivates: false });
    case 'complained':
      return bounced(of, 0, { ...over, type: 'SpamComplaint', peer: undefined, reply: undefined });
  }
}

/** Ids of the source only ever grow; tests go back in time. */
function idAt(at: number): MessageId {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}` as MessageId;
}

export function many(count: number, what: Happening, mail: Mail): readonly Event[] {
  return Array.from({ length: count }, () => happening(what, mail));
}

const noBodies = async () => ({ text: undefined, html: undefined });

function recorder(said: Said[]): Log {
  const at = (level: Said['level']) => (fields: Said['fields'], text: string) =>
    void said.push({ level, fields, text });
  return { ...silentLog, info: at('info'), warn: at('warn'), error: at('error') };
}
