// Pools, their addresses, which streams belong to them, and which streams are held: part of the control data.
//
// Promises: those of the control store; an address is in one pool, unless it is shared in all that have it; a stream is
// only ever in a pool of its own kind. Asks of callers: `dropAddress` only when nothing leaves from it any more.
import type { Hold, Resumption } from '../domain/hold.ts';
import type { AddressProof, Pool, PoolAddress, WarmUp } from '../domain/pool.ts';
import type { SendingKind } from '../domain/stream.ts';
import type { LaneId, ServerId, StreamId } from '../lib/ids.ts';

export interface NewAddress {
  readonly pool: LaneId;
  readonly ip: string;
  readonly ehlo: string | undefined;
  readonly shared: boolean;
  /** From the first message on: set later, it is known to the lane only after mail has left without it. */
  readonly warmUp?: WarmUp | undefined;
  /** Takes the machine's own address (`host`) out of the pool in the same step, where the pool has it. */
  readonly replacesHost?: true;
}

/** What cannot be done, in words for a person. */
export class PoolConflict extends Error {
  override readonly name = 'PoolConflict';
}

export interface PoolStore {
  /** In order of creation. */
  pools(): Promise<readonly Pool[]>;
  /** Rejects with `PoolConflict` where the name was ever used, or no number is left. */
  createPool(id: LaneId, kind: SendingKind): Promise<Pool>;

  /** Of all pools, in order of adding; those that are leaving included. */
  addresses(): Promise<readonly PoolAddress[]>;
  /**
   * Rejects with `PoolConflict` where there is no such pool, where another pool has the address (or both do not share it),
   * or where the pool has the machine's own address (`host`) and that is not replaced: one or the other.
   */
  addAddress(address: NewAddress): Promise<PoolAddress>;
  /** False where it is not there or leaves already. */
  beginLeaving(addressId: number): Promise<boolean>;
  /** Without effect on an address that is not leaving. What was dropped can be added again, with another id. */
  dropAddress(addressId: number): Promise<void>;
  setProof(addressId: number, proof: AddressProof): Promise<void>;
  setWarmUp(addressId: number, warmUp: WarmUp | undefined): Promise<void>;

  /** Rejects with `PoolConflict` where there is no such pool or stream, or their kinds differ. */
  attachStream(serverId: ServerId, streamId: StreamId, pool: LaneId): Promise<void>;
  /** All streams of the server that are of the pool's kind, and those that are made later. */
  attachServer(serverId: ServerId, pool: LaneId): Promise<void>;
  /** Streams in the pool, by server. */
  streamsIn(pool: LaneId): Promise<readonly { readonly serverId: ServerId; readonly streamId: StreamId }[]>;

  holds(): Promise<readonly Hold[]>;
  /**
   * An existing hold of the stream stays as it is; true where it is new. Nothing of a server or stream that was deleted is held:
   * nobody could resume it, and what was accepted is still delivered.
   */
  hold(hold: Hold): Promise<boolean>;
  /** False where the stream was not held. */
  resume(serverId: ServerId, streamId: StreamId): Promise<boolean>;
  /** The last one of each stream that ever was resumed. */
  resumptions(): Promise<readonly Resumption[]>;

  /** A number that grows whenever any connection has changed any of this: cheap, to be asked often. */
  version(): number;
}

/** The text of a `PoolConflict` of kinds. */
export function wrongKind(pool: LaneId, kind: string, what: string): string {
  return `the pool '${pool}' is for ${kind} mail, and ${what}`;
}
