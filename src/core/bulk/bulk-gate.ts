// Whether a bulk request may go on just now, and with how many messages: its server and stream have to be there and not
// paused, and its lane must not be filled with more of the stream than it gets rid of.
//
// Decided here: what a person has put an end to (an archived stream, a deleted server) ends the request; everything else is
// waited for, and the request says for what. What destinations defer counts as waiting too, so a full backlog slows a
// stream down to a trickle and stops it at four times that only.
import type { Principal } from '../draft.ts';
import type { SendingStream } from '../judge.ts';
import type { BulkRequest } from '../../domain/bulk.ts';
import type { Server } from '../../domain/server.ts';
import type { LaneVerdict } from '../../domain/pool.ts';
import type { LaneId } from '../../lib/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { StreamKey } from '../../ports/lane-queue.ts';

export type Gate =
  | {
      readonly kind: 'open';
      readonly principal: Principal;
      /** Messages that may be released before it is asked again. */
      readonly room: number;
      /** To be waited after them. */
      readonly restMs: number;
    }
  /** `note` is undefined where it is nothing out of the ordinary. */
  | { readonly kind: 'waits'; readonly note: string | undefined; readonly forMs: number }
  /** For good. */
  | { readonly kind: 'over'; readonly note: string };

export interface BulkGateDeps {
  readonly store: Pick<ControlStore, 'server' | 'stream'> & { readonly pools: Pick<ControlStore['pools'], 'holds'> };
  readonly laneOf: (stream: SendingStream) => LaneVerdict | Promise<LaneVerdict>;
  /** Deliveries of the stream that wait in the lane; undefined where it does not say. */
  readonly backlog: (lane: LaneId, stream: StreamKey) => Promise<number | undefined>;
  readonly bounds: BulkGateBounds;
}

export interface BulkGateBounds {
  /** Deliveries of one stream in its lane, beyond which the rest trickles. */
  readonly waiting: number;
  /** Most messages of one look at the lane. */
  readonly messagesALook: number;
}

export const BULK_GATE: BulkGateBounds = { waiting: 5000, messagesALook: 500 };

/** Beyond so many times `waiting` nothing is released at all. */
const STOP_FACTOR = 4;
const TRICKLE_MESSAGES = 50;
const TRICKLE_MS = 1000;
const LOOK_AGAIN_MS = 1000;
const FULL_MS = 500;

export async function bulkGate(deps: BulkGateDeps, request: BulkRequest): Promise<Gate> {
  const { store } = deps;
  const { serverId, streamId } = request;
  const server = await store.server(serverId);
  if (server === undefined) return over('The server was deleted.');
  const stream = await store.stream(serverId, streamId);
  if (stream === undefined) return over(`The stream '${streamId}' was deleted.`);
  if (stream.archivedAt !== undefined) return over(`The stream '${streamId}' was archived.`);
  if (stream.kind !== 'broadcast') return over(`The stream '${streamId}' is no broadcast stream.`);
  const hold = (await store.pools.holds()).find((one) => one.serverId === serverId && one.streamId === streamId);
  if (hold !== undefined) return waits(`The stream '${streamId}' is paused: releasing goes on when it is resumed.`);
  const verdict = await deps.laneOf({ ...stream, kind: stream.kind });
  if (verdict.kind === 'none') return waits(`The stream '${streamId}' has no way out at present: ${verdict.reason}.`);
  const backlog = await deps.backlog(verdict.lane.id, { serverId, streamId });
  if (backlog === undefined) return { kind: 'waits', note: undefined, forMs: LOOK_AGAIN_MS };
  return roomIn(backlog, deps.bounds, server);
}

function roomIn(backlog: number, { waiting, messagesALook }: BulkGateBounds, server: Server): Gate {
  const principal: Principal = { server, tokenId: 0, boundStream: undefined };
  const room = Math.min(waiting - backlog, messagesALook);
  if (room > 0) return { kind: 'open', principal, room, restMs: 0 };
  if (backlog < STOP_FACTOR * waiting) return { kind: 'open', principal, room: TRICKLE_MESSAGES, restMs: TRICKLE_MS };
  return { kind: 'waits', note: undefined, forMs: FULL_MS };
}

function over(note: string): Gate {
  return { kind: 'over', note: `${note} What had not been released is not sent.` };
}

function waits(note: string): Gate {
  return { kind: 'waits', note, forMs: LOOK_AGAIN_MS };
}
