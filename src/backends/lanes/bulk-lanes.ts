// The lanes seen from the thread that releases bulk requests, and the other end of that on the accepting thread, which has the
// lanes: messages are handed on in groups, one per turn of the event loop.
//
// Promises: `append` resolves when the lane has the message on disk, and rejects with `QueueUnavailable` where that is not
// known; a message that is handed over again under its id is kept once. Bounded in bytes and messages.
import type { Transferable } from 'node:worker_threads';
import type { Calls } from './calls.ts';
import { createHandOver } from './hand-over.ts';
import { pack, unpack, type PackedMessage } from './protocol.ts';
import type { Event } from '../../domain/event.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LaneId, ServerId, StreamId } from '../../lib/ids.ts';
import type { LaneDoor, NewMessage, StreamKey } from '../../ports/lane-queue.ts';
import type { AskLaneNamed } from '../../ports/lane-questions.ts';

/** What the accepting thread says after a hand-over. */
export interface HandedOver {
  /** Transactional mail is coming in one by one just now. */
  readonly urgent: boolean;
}

interface Item {
  readonly lane: LaneId;
  readonly message: NewMessage;
}

type PackedItem = PackedMessage & { readonly lane: LaneId };

export interface BulkLanes {
  door(lane: LaneId): LaneDoor;
  /** Events outside lanes. */
  record(events: readonly Event[]): Promise<void>;
  /** Deliveries of the stream that wait in the lane; undefined where it does not say. */
  backlog(lane: LaneId, stream: StreamKey): Promise<number | undefined>;
  /** As the last hand-over said. */
  urgent(): boolean;
}

const DEADLINE_MS = 40_000;
const ASK_MS = 5000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_WAITING_MESSAGES = 1000;
/** A smaller one is copied: it may share its memory with others. */
const MOVE_FROM_BYTES = 64 * 1024;

export function bulkLanesOn(calls: Calls, clock: Clock): BulkLanes {
  let urgent = false;
  const messages = createHandOver<Item>({
    clock,
    maxWaitingBytes: MAX_WAITING_BYTES,
    maxWaitingItems: MAX_WAITING_MESSAGES,
    deadlineMs: DEADLINE_MS,
    sizeOf: ({ message }) => message.raw.length,
    send: (batch, items) => void handOver(batch, items),
  });
  messages.attach();

  async function handOver(batch: number, items: readonly Item[]): Promise<void> {
    const packed = items.map(({ lane, message }) => ({ lane, ...pack(message) }));
    try {
      const said = await calls.call('append', [packed], { deadlineMs: DEADLINE_MS, transfer: movable(packed) });
      urgent = (said as HandedOver).urgent;
      messages.answered(batch, undefined);
    } catch (error) {
      messages.answered(batch, error instanceof Error ? error.message : String(error));
    }
  }

  return {
    door: (lane) => ({
      append: (message) => messages.add({ lane, message }),
      record: () => Promise.reject(new Error('releasing writes nothing into logs of lanes')),
    }),
    record: async (events) => void (await calls.call('record', [events], { deadlineMs: DEADLINE_MS })),
    backlog: async (lane, stream) =>
      (await calls.call('backlog', [lane, stream.serverId, stream.streamId], { deadlineMs: ASK_MS })) as
        number | undefined,
    urgent: () => urgent,
  };
}

function movable(items: readonly PackedItem[]): readonly Transferable[] {
  const own = items.map(({ raw }) => raw).filter((raw) => raw.length >= MOVE_FROM_BYTES);
  return own.filter((raw) => raw.length === raw.buffer.byteLength).map(({ buffer }) => buffer as ArrayBuffer);
}

export interface LanesForBulk {
  /** Throws where there is no such lane. */
  readonly door: (lane: LaneId) => LaneDoor;
  readonly ask: AskLaneNamed;
  readonly record: (events: readonly Event[]) => Promise<void>;
  readonly urgent: () => boolean;
  /** So many messages were released. */
  readonly onAppended: (messages: number) => void;
}

/** The handlers of the accepting thread. */
export function lanesForBulk({ door, ask, record, urgent, onAppended }: LanesForBulk) {
  return {
    async append(items: readonly PackedItem[]): Promise<HandedOver> {
      await Promise.all(items.map(({ lane, text, raw }) => door(lane).append(unpack({ text, raw }))));
      onAppended(items.length);
      return { urgent: urgent() };
    },
    record: (events: readonly Event[]): Promise<void> => record(events),
    async backlog(lane: LaneId, serverId: ServerId, streamId: StreamId): Promise<number | undefined> {
      const overview = await ask(lane, { topic: 'overview', streams: MOST_STREAMS, sites: 0 });
      const isIt = (each: StreamKey): boolean => each.serverId === serverId && each.streamId === streamId;
      return overview && (overview.backlog.find(isIt)?.deliveries ?? 0);
    },
  };
}

/** Of a lane, the largest backlogs first: one that is not among so many is short. */
const MOST_STREAMS = 1000;
