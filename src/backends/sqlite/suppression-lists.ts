// Suppression lists in control.sqlite, over the connection of the control store.
//
// Promises: those of the port. A page is one statement over the primary key, so that a list of millions is read in short steps.
import type { SubscriptionEvent } from '../../domain/event.ts';
import { mayLift, outweighs, type Suppression } from '../../domain/suppression.ts';
import type { MessageId, ServerId, StreamId } from '../../lib/ids.ts';
import {
  addedEvent,
  matchesFilter,
  removedEvent,
  ROWS_OF_A_PAGE,
  type ListedAddress,
  type ListRemoval,
  type PendingEvent,
  type Removed,
  type SuppressionFilter,
  type SuppressionLists,
  type SuppressionPage,
} from '../../ports/suppression-lists.ts';
import { readSuppression, type SuppressionRow } from './control-rows.ts';
import type { Connection, Statement } from './database.ts';

export class SqliteSuppressionLists implements SuppressionLists {
  readonly #db: Connection;
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = statements(db);
  }

  async add(rows: readonly Suppression[], messageId?: MessageId): Promise<readonly ListedAddress[]> {
    return this.#write(() =>
      rows.map((row) => {
        const listed = this.put(row);
        if (listed.kind === 'added') this.#tell(addedEvent(row, messageId));
        return listed;
      }),
    );
  }

  /** Within a transaction of the caller's; tells nobody. */
  put(row: Suppression): ListedAddress {
    const { serverId, streamId, address, reason, origin, createdAt } = row;
    const known = this.#find(serverId, streamId, address);
    if (known !== undefined && !outweighs(row, known)) return { kind: 'kept', row: known };
    this.#sql.put.run(serverId, streamId, address, reason, origin, createdAt);
    return { kind: 'added', row };
  }

  async remove(removal: ListRemoval): Promise<readonly Removed[]> {
    const { serverId, streamId, addresses, by } = removal;
    return this.#write(() =>
      addresses.map((address) => {
        const row = this.#find(serverId, streamId, address);
        if (row !== undefined && !mayLift(row, by)) return 'protected';
        if (row !== undefined) this.#sql.remove.run(serverId, streamId, address);
        if (row !== undefined || removal.tellAbsent === true) this.#tell(removedEvent(removal, address));
        return row === undefined ? 'absent' : 'removed';
      }),
    );
  }

  async row(serverId: ServerId, streamId: StreamId, address: string): Promise<Suppression | undefined> {
    return this.#find(serverId, streamId, address);
  }

  async suppressionPage(filter: SuppressionFilter, after: string): Promise<SuppressionPage> {
    const { serverId, streamId, address } = filter;
    if (address !== undefined) {
      const row = this.#find(serverId, streamId, address);
      return { rows: row !== undefined && matchesFilter(row, filter) ? [row] : [], next: undefined };
    }
    const found = this.#sql.page.all(serverId, streamId, after, ROWS_OF_A_PAGE) as SuppressionRow[];
    const rows = found.map(readSuppression).filter((row) => matchesFilter(row, filter));
    return { rows, next: found.length < ROWS_OF_A_PAGE ? undefined : found.at(-1)?.address };
  }

  async pendingEvents(limit: number): Promise<readonly PendingEvent[]> {
    const rows = this.#sql.pending.all(limit) as { id: number; event: string }[];
    return rows.map(({ id, event }) => ({ id, event: JSON.parse(event) as SubscriptionEvent }));
  }

  async dropPendingEvents(upTo: number): Promise<void> {
    this.#sql.dropPending.run(upTo);
  }

  #find(serverId: ServerId, streamId: StreamId, address: string): Suppression | undefined {
    const row = this.#sql.row.get(serverId, streamId, address) as SuppressionRow | undefined;
    return row && readSuppression(row);
  }

  #tell(event: SubscriptionEvent): void {
    this.#sql.tell.run(JSON.stringify(event));
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    row: prepare('select * from suppression where server_id = ? and stream_id = ? and address = ?'),
    put: prepare(
      `insert into suppression (server_id, stream_id, address, reason, origin, created_at) values (?, ?, ?, ?, ?, ?)
       on conflict do update set reason = excluded.reason, origin = excluded.origin, created_at = excluded.created_at`,
    ),
    remove: prepare('delete from suppression where server_id = ? and stream_id = ? and address = ?'),
    page: prepare(
      'select * from suppression where server_id = ? and stream_id = ? and address > ? order by address limit ?',
    ),
    tell: prepare('insert into pending_event (event) values (?)'),
    pending: prepare('select id, event from pending_event order by id limit ?'),
    dropPending: prepare('delete from pending_event where id <= ?'),
  };
}
