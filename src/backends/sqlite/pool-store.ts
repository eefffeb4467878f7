// Pools, addresses, attachments and holds in control.sqlite, over the connection of the control store.
//
// Promises: those of the port; each change is one durable transaction that takes the write lock before it reads, so that
// two operators at once cannot give one address to two pools.
import type { Hold, Resumption } from '../../domain/hold.ts';
import {
  HOST_ADDRESS,
  MAX_POOL_NUMBER,
  addressConflict,
  type AddressProof,
  type Pool,
  type PoolAddress,
  type WarmUp,
} from '../../domain/pool.ts';
import type { SendingKind } from '../../domain/stream.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LaneId, ServerId, StreamId } from '../../lib/ids.ts';
import { PoolConflict, wrongKind, type NewAddress, type PoolStore } from '../../ports/pool-store.ts';
import { isUniqueViolation, type Connection, type Statement } from './database.ts';

export class SqlitePoolStore implements PoolStore {
  readonly #db: Connection;
  readonly #clock: Clock;
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#sql = statements(db);
  }

  async pools(): Promise<readonly Pool[]> {
    return (this.#sql.pools.all() as PoolRow[]).map(readPool);
  }

  async createPool(id: LaneId, kind: SendingKind): Promise<Pool> {
    return this.#write(() => {
      const number = (this.#sql.lastPool.get() as number) + 1;
      if (number > MAX_POOL_NUMBER) throw new PoolConflict(`an installation has ${MAX_POOL_NUMBER} pools at most`);
      try {
        this.#sql.addPool.run(number, id, kind, this.#clock.now());
      } catch (cause) {
        if (isUniqueViolation(cause)) throw new PoolConflict(`there is a pool '${id}' already`, { cause });
        throw cause;
      }
      return readPool(this.#sql.pool.get(id) as PoolRow);
    });
  }

  async addresses(): Promise<readonly PoolAddress[]> {
    return (this.#sql.addresses.all() as AddressRow[]).map(readAddress);
  }

  async addAddress(address: NewAddress): Promise<PoolAddress> {
    const { pool, ip, ehlo, shared, warmUp, replacesHost } = address;
    return this.#write(() => {
      this.#kindOf(pool);
      if (replacesHost === true && ip !== HOST_ADDRESS) this.#sql.hostLeaves.run(pool, HOST_ADDRESS);
      const conflict = addressConflict(address, (this.#sql.addresses.all() as AddressRow[]).map(readAddress));
      if (conflict !== undefined) throw new PoolConflict(conflict);
      const added = this.#sql.addAddress.run({
        pool,
        ip,
        ehlo: ehlo ?? null,
        shared: shared ? 1 : 0,
        at: this.#clock.now(),
        warmUp: asJson(warmUp),
      });
      return readAddress(this.#sql.address.get(added.lastInsertRowid) as AddressRow);
    });
  }

  async beginLeaving(addressId: number): Promise<boolean> {
    return this.#write(() => this.#sql.beginLeaving.run(addressId).changes === 1);
  }

  async dropAddress(addressId: number): Promise<void> {
    this.#write(() => this.#sql.dropAddress.run(addressId));
  }

  async setProof(addressId: number, proof: AddressProof): Promise<void> {
    this.#write(() => this.#sql.setProof.run(JSON.stringify(proof), addressId));
  }

  async setWarmUp(addressId: number, warmUp: WarmUp | undefined): Promise<void> {
    this.#write(() => this.#sql.setWarmUp.run(asJson(warmUp), addressId));
  }

  async attachStream(serverId: ServerId, streamId: StreamId, pool: LaneId): Promise<void> {
    this.#write(() => {
      const kind = this.#kindOf(pool);
      const stream = this.#sql.streamKind.get(serverId, streamId) as string | undefined;
      if (stream === undefined) throw new PoolConflict(`the server ${serverId} has no stream '${streamId}'`);
      if (stream !== kind) throw new PoolConflict(wrongKind(pool, kind, `the stream '${streamId}' is ${stream}`));
      this.#sql.attachStream.run(pool, serverId, streamId);
    });
  }

  async attachServer(serverId: ServerId, pool: LaneId): Promise<void> {
    this.#write(() => {
      const kind = this.#kindOf(pool);
      if (this.#sql.server.get(serverId) === undefined) throw new PoolConflict(`there is no server ${serverId}`);
      this.#sql.attachServer.run(serverId, kind, pool);
      this.#sql.attachStreams.run(pool, serverId, kind);
    });
  }

  async streamsIn(pool: LaneId): Promise<readonly { serverId: ServerId; streamId: StreamId }[]> {
    return this.#sql.streamsIn.all(pool) as { serverId: ServerId; streamId: StreamId }[];
  }

  async holds(): Promise<readonly Hold[]> {
    return this.#sql.holds.all() as Hold[];
  }

  async hold(hold: Hold): Promise<boolean> {
    return this.#write(() => this.#sql.hold.run(hold).changes === 1);
  }

  async resume(serverId: ServerId, streamId: StreamId): Promise<boolean> {
    return this.#write(() => this.#resume(serverId, streamId));
  }

  /** All streams of a server that is being deleted: within the write of who deletes it. */
  resumeAll(serverId: ServerId): void {
    const holds = this.#sql.holdsOf.all(serverId) as StreamId[];
    for (const streamId of holds) this.#resume(serverId, streamId);
  }

  async resumptions(): Promise<readonly Resumption[]> {
    return this.#sql.resumptions.all() as Resumption[];
  }

  version(): number {
    // The first counts the commits of others, the second the rows that this connection has changed.
    return (this.#sql.othersWrites.get() as number) + (this.#sql.ownWrites.get() as number);
  }

  #resume(serverId: ServerId, streamId: StreamId): boolean {
    this.#sql.noteResumption.run({ serverId, streamId, at: this.#clock.now() });
    return this.#sql.resume.run(serverId, streamId).changes === 1;
  }

  #kindOf(pool: LaneId): string {
    const row = this.#sql.pool.get(pool) as PoolRow | undefined;
    if (row === undefined) throw new PoolConflict(`there is no pool '${pool}'`);
    return row.kind;
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

interface PoolRow {
  readonly number: number;
  readonly id: string;
  readonly kind: string;
  readonly created_at: number;
}

function readPool(row: PoolRow): Pool {
  return { id: row.id as LaneId, kind: row.kind as SendingKind, number: row.number, createdAt: row.created_at };
}

interface AddressRow {
  readonly id: number;
  readonly pool: string;
  readonly ip: string;
  readonly ehlo: string | null;
  readonly shared: number;
  readonly state: string;
  readonly added_at: number;
  readonly proof: string | null;
  readonly warm_up: string | null;
}

function readAddress(row: AddressRow): PoolAddress {
  return {
    id: row.id,
    pool: row.pool as LaneId,
    ip: row.ip,
    ehlo: row.ehlo ?? undefined,
    shared: row.shared === 1,
    state: row.state as PoolAddress['state'],
    addedAt: row.added_at,
    proof: row.proof === null ? undefined : (JSON.parse(row.proof) as AddressProof),
    warmUp: row.warm_up === null ? undefined : (JSON.parse(row.warm_up) as WarmUp),
  };
}

function asJson(warmUp: WarmUp | undefined): string | null {
  return warmUp === undefined ? null : JSON.stringify(warmUp);
}

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    pools: prepare('select * from pool order by number'),
    pool: prepare('select * from pool where id = ?'),
    lastPool: prepare('select max(number) from pool').pluck(),
    addPool: prepare('insert into pool (number, id, kind, created_at) values (?, ?, ?, ?)'),
    addresses: prepare('select * from address order by id'),
    address: prepare('select * from address where id = ?'),
    addAddress: prepare(
      `insert into address (pool, ip, ehlo, shared, state, added_at, warm_up)
       values (:pool, :ip, :ehlo, :shared, 'active', :at, :warmUp)`,
    ),
    hostLeaves: prepare(`update address set state = 'leaving' where pool = ? and ip = ? and state = 'active'`),
    beginLeaving: prepare(`update address set state = 'leaving' where id = ? and state = 'active'`),
    dropAddress: prepare(`delete from address where id = ? and state = 'leaving'`),
    setProof: prepare('update address set proof = ? where id = ?'),
    setWarmUp: prepare('update address set warm_up = ? where id = ?'),
    server: prepare('select 1 from server where id = ?'),
    streamKind: prepare('select kind from stream where server_id = ? and id = ?').pluck(),
    attachStream: prepare('update stream set pool = ? where server_id = ? and id = ?'),
    attachServer: prepare(
      `insert into server_pool (server_id, kind, pool) values (?, ?, ?)
       on conflict (server_id, kind) do update set pool = excluded.pool`,
    ),
    attachStreams: prepare('update stream set pool = ? where server_id = ? and kind = ?'),
    streamsIn: prepare(
      `select server_id as "serverId", id as "streamId" from stream where pool = ? order by server_id, rowid`,
    ),
    holds: prepare(
      `select server_id as "serverId", stream_id as "streamId", held_by as "by", reason, at from hold
       order by server_id, stream_id`,
    ),
    hold: prepare(
      `insert into hold (server_id, stream_id, held_by, reason, at) select :serverId, :streamId, :by, :reason, :at
       where not exists (select 1 from server where id = :serverId and deleted_at is not null)
         and not exists (select 1 from purged_stream where server_id = :serverId and id = :streamId)
       on conflict do nothing`,
    ),
    holdsOf: prepare('select stream_id from hold where server_id = ?').pluck(),
    resume: prepare('delete from hold where server_id = ? and stream_id = ?'),
    othersWrites: prepare('pragma data_version').pluck(),
    ownWrites: prepare('select total_changes()').pluck(),
    noteResumption: prepare(
      `insert into resumption (server_id, stream_id, held_at, at)
       select server_id, stream_id, at, :at from hold where server_id = :serverId and stream_id = :streamId
       on conflict (server_id, stream_id) do update set held_at = excluded.held_at, at = excluded.at`,
    ),
    resumptions: prepare(
      `select server_id as "serverId", stream_id as "streamId", held_at as "heldAt", at from resumption
       order by server_id, stream_id`,
    ),
  };
}
