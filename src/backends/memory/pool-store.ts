// Pools, addresses, attachments and holds in memory, beside the control store whose streams they hold.
import type { Hold, Resumption } from '../../domain/hold.ts';
import {
  BROADCAST_LANE,
  HOST_ADDRESS,
  MAX_POOL_NUMBER,
  TRANSACTIONAL_LANE,
  activeHost,
  addressConflict,
  type AddressProof,
  type Pool,
  type PoolAddress,
  type WarmUp,
} from '../../domain/pool.ts';
import type { SendingKind, Stream } from '../../domain/stream.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LaneId, ServerId, StreamId } from '../../lib/ids.ts';
import { PoolConflict, wrongKind, type NewAddress, type PoolStore } from '../../ports/pool-store.ts';

/** The streams that the control store keeps. */
export interface StreamsOfServers {
  hasServer(id: ServerId): boolean;
  /** The server, or the stream alone. */
  isDeleted(serverId: ServerId, streamId: StreamId): boolean;
  all(): readonly Stream[];
  replace(stream: Stream): void;
}

export class MemoryPoolStore implements PoolStore {
  readonly #clock: Clock;
  readonly #streams: StreamsOfServers;
  readonly #pools: Pool[] = [TRANSACTIONAL_LANE, BROADCAST_LANE].map((lane) => ({ ...lane, createdAt: 0 }));
  #addresses: PoolAddress[] = [];
  readonly #serverPools = new Map<string, LaneId>();
  #holds: readonly Hold[] = [];
  #resumptions: readonly Resumption[] = [];
  #lastAddress = 0;
  #version = 0;

  constructor(clock: Clock, streams: StreamsOfServers) {
    this.#clock = clock;
    this.#streams = streams;
    for (const { id } of this.#pools) this.#add({ pool: id, ip: HOST_ADDRESS, ehlo: undefined, shared: true }, 0);
  }

  /** The pool that a new stream of the server goes into, where the server has one of its own for the kind. */
  ofServer(serverId: ServerId, kind: SendingKind): LaneId | undefined {
    return this.#serverPools.get(`${serverId} ${kind}`);
  }

  async pools(): Promise<readonly Pool[]> {
    return [...this.#pools];
  }

  async createPool(id: LaneId, kind: SendingKind): Promise<Pool> {
    const number = this.#pools.length + 1;
    if (number > MAX_POOL_NUMBER) throw new PoolConflict(`an installation has ${MAX_POOL_NUMBER} pools at most`);
    if (this.#pools.some((pool) => pool.id === id)) throw new PoolConflict(`there is a pool '${id}' already`);
    const pool: Pool = { id, kind, number, createdAt: this.#clock.now() };
    this.#pools.push(pool);
    this.#version += 1;
    return pool;
  }

  async addresses(): Promise<readonly PoolAddress[]> {
    return [...this.#addresses];
  }

  async addAddress(address: NewAddress): Promise<PoolAddress> {
    const { pool, ip, ehlo, shared, warmUp, replacesHost } = address;
    this.#poolOf(pool);
    const host = replacesHost === true && ip !== HOST_ADDRESS ? activeHost(pool, this.#addresses) : undefined;
    const left = this.#addresses.map((each): PoolAddress => (each === host ? { ...each, state: 'leaving' } : each));
    const conflict = addressConflict(address, left);
    if (conflict !== undefined) throw new PoolConflict(conflict);
    this.#addresses = left;
    return this.#add({ pool, ip, ehlo, shared, warmUp }, this.#clock.now());
  }

  async beginLeaving(addressId: number): Promise<boolean> {
    const found = this.#addresses.some(({ id, state }) => id === addressId && state === 'active');
    this.#change(addressId, { state: 'leaving' });
    return found;
  }

  async dropAddress(addressId: number): Promise<void> {
    this.#addresses = this.#addresses.filter(({ id, state }) => id !== addressId || state !== 'leaving');
    this.#version += 1;
  }

  async setProof(addressId: number, proof: AddressProof): Promise<void> {
    this.#change(addressId, { proof });
  }

  async setWarmUp(addressId: number, warmUp: WarmUp | undefined): Promise<void> {
    this.#change(addressId, { warmUp });
  }

  async attachStream(serverId: ServerId, streamId: StreamId, pool: LaneId): Promise<void> {
    const { kind } = this.#poolOf(pool);
    const stream = this.#streams.all().find((each) => each.serverId === serverId && each.id === streamId);
    if (stream === undefined) throw new PoolConflict(`the server ${serverId} has no stream '${streamId}'`);
    if (stream.kind !== kind)
      throw new PoolConflict(wrongKind(pool, kind, `the stream '${streamId}' is ${stream.kind}`));
    this.#streams.replace({ ...stream, pool });
    this.#version += 1;
  }

  async attachServer(serverId: ServerId, pool: LaneId): Promise<void> {
    const { kind } = this.#poolOf(pool);
    if (!this.#streams.hasServer(serverId)) throw new PoolConflict(`there is no server ${serverId}`);
    this.#serverPools.set(`${serverId} ${kind}`, pool);
    for (const stream of this.#streams.all()) {
      if (stream.serverId === serverId && stream.kind === kind) this.#streams.replace({ ...stream, pool });
    }
    this.#version += 1;
  }

  async streamsIn(pool: LaneId): Promise<readonly { serverId: ServerId; streamId: StreamId }[]> {
    const own = this.#streams.all().filter((stream) => stream.pool === pool);
    return own.map(({ serverId, id }) => ({ serverId, streamId: id })).sort((a, b) => a.serverId - b.serverId);
  }

  async holds(): Promise<readonly Hold[]> {
    return this.#holds;
  }

  async hold(hold: Hold): Promise<boolean> {
    if (this.isHeld(hold.serverId, hold.streamId)) return false;
    if (this.#streams.isDeleted(hold.serverId, hold.streamId)) return false;
    this.#holds = [...this.#holds, hold];
    this.#version += 1;
    return true;
  }

  async resume(serverId: ServerId, streamId: StreamId): Promise<boolean> {
    const found = this.#holds.find((hold) => isOf(hold, serverId, streamId));
    this.#version += 1;
    if (found === undefined) return false;
    this.#holds = this.#holds.filter((hold) => hold !== found);
    const before = this.#resumptions.filter((one) => !isOf(one, serverId, streamId));
    this.#resumptions = [...before, { serverId, streamId, heldAt: found.at, at: this.#clock.now() }];
    return true;
  }

  async resumptions(): Promise<readonly Resumption[]> {
    return this.#resumptions;
  }

  version(): number {
    return this.#version;
  }

  isHeld(serverId: ServerId, streamId: StreamId): boolean {
    return this.#holds.some((hold) => isOf(hold, serverId, streamId));
  }

  /** The stream is deleted. */
  forget(serverId: ServerId, streamId: StreamId): void {
    this.#resumptions = this.#resumptions.filter((one) => !isOf(one, serverId, streamId));
  }

  #poolOf(id: LaneId): Pool {
    const pool = this.#pools.find((each) => each.id === id);
    if (pool === undefined) throw new PoolConflict(`there is no pool '${id}'`);
    return pool;
  }

  #add(address: NewAddress, addedAt: number): PoolAddress {
    this.#lastAddress += 1;
    const { warmUp, ...given } = address;
    const added: PoolAddress = { id: this.#lastAddress, ...given, state: 'active', addedAt, proof: undefined, warmUp };
    this.#addresses = [...this.#addresses, added];
    this.#version += 1;
    return added;
  }

  #change(addressId: number, change: Partial<PoolAddress>): void {
    this.#addresses = this.#addresses.map((each) => (each.id === addressId ? { ...each, ...change } : each));
    this.#version += 1;
  }
}

function isOf(hold: Pick<Hold, 'serverId' | 'streamId'>, serverId: ServerId, streamId: StreamId): boolean {
  return hold.serverId === serverId && hold.streamId === streamId;
}
