// Data removals in control.sqlite, over the connection of the control store. Promises: those of the port.
import type { AccountId, ServerId } from '../../lib/ids.ts';
import type { NewRemoval, OpenRemoval, RemovalMark, RemovalState, RemovalStore } from '../../ports/removal-store.ts';
import type { Connection, Statement } from './database.ts';

export class SqliteRemovalStore implements RemovalStore {
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection) {
    this.#sql = statements(db);
  }

  async request(removal: NewRemoval): Promise<RemovalState> {
    const added = this.#sql.add.run(
      removal.accountId,
      JSON.stringify(removal.serverIds),
      removal.address,
      removal.addressHash,
      removal.requestedBy,
      removal.notify ? 1 : 0,
      removal.at,
    );
    return { id: Number(added.lastInsertRowid), isDone: false };
  }

  async removal(accountId: AccountId, id: number): Promise<RemovalState | undefined> {
    const row = this.#sql.one.get(id, accountId) as { erased_at: number | null } | undefined;
    return row && { id, isDone: row.erased_at !== null };
  }

  async open(limit: number): Promise<readonly OpenRemoval[]> {
    return (this.#sql.open.all(limit) as RemovalRow[]).map(readRemoval);
  }

  async setErased(id: number, at: number): Promise<void> {
    this.#sql.setErased.run(at, id);
  }

  async setTold(id: number): Promise<void> {
    this.#sql.setTold.run(id);
  }

  async marks(afterId: number): Promise<readonly RemovalMark[]> {
    return (this.#sql.marks.all(afterId) as RemovalRow[]).map((row) => ({
      id: row.id,
      serverIds: readServers(row),
      addressHash: row.address_hash,
      at: row.requested_at,
    }));
  }
}

interface RemovalRow {
  readonly id: number;
  readonly account_id: AccountId;
  readonly server_ids: string;
  readonly address: string;
  readonly address_hash: string;
  readonly requested_by: string;
  readonly notify: number;
  readonly requested_at: number;
  readonly erased_at: number | null;
}

function readRemoval(row: RemovalRow): OpenRemoval {
  return {
    id: row.id,
    accountId: row.account_id,
    serverIds: readServers(row),
    address: row.address,
    addressHash: row.address_hash,
    requestedBy: row.requested_by,
    notify: row.notify === 1,
    at: row.requested_at,
    erasedAt: row.erased_at ?? undefined,
  };
}

function readServers({ server_ids: json }: RemovalRow): readonly ServerId[] {
  return JSON.parse(json) as ServerId[];
}

function statements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    add: prepare(
      `insert into data_removal (account_id, server_ids, address, address_hash, requested_by, notify, requested_at)
       values (?, ?, ?, ?, ?, ?, ?)`,
    ),
    one: prepare('select erased_at from data_removal where id = ? and account_id = ?'),
    open: prepare('select * from data_removal where erased_at is null or notify = 1 order by id limit ?'),
    setErased: prepare(
      `update data_removal set erased_at = ?, address = '',
         requested_by = case notify when 1 then requested_by else '' end where id = ?`,
    ),
    setTold: prepare(`update data_removal set notify = 0, requested_by = '' where id = ?`),
    marks: prepare('select * from data_removal where id > ? order by id'),
  };
}
