// Rows of bulk.sqlite as bulk requests, and the statements that read and write them.
import type { BulkFailure, BulkRequest, BulkStatus } from '../../domain/bulk.ts';
import type { AccountId, ServerId, StreamId } from '../../lib/ids.ts';
import type { Connection, Statement } from './database.ts';

export interface RequestRow {
  readonly seq: number;
  readonly id: string;
  readonly content: number;
  readonly account_id: number;
  readonly server_id: number;
  readonly stream_id: string;
  readonly submitted_at: number;
  readonly status: string;
  readonly subject: string | null;
  readonly total: number;
  readonly released: number;
  readonly failed: number;
  readonly next: number;
  readonly reserved_at: number | null;
  readonly failures: string;
  readonly note: string | null;
  readonly finished_at: number | null;
}

export interface BlockRow {
  readonly first: number;
  readonly count: number;
  readonly data: string;
}

export function toBulkRequest(row: RequestRow): BulkRequest {
  return {
    seq: row.seq,
    id: row.id,
    accountId: row.account_id as AccountId,
    serverId: row.server_id as ServerId,
    streamId: row.stream_id as StreamId,
    submittedAt: row.submitted_at,
    status: row.status as BulkStatus,
    subject: row.subject ?? undefined,
    total: row.total,
    released: row.released,
    failed: row.failed,
    next: row.next,
    reservedAt: row.reserved_at ?? undefined,
    failures: JSON.parse(row.failures) as readonly BulkFailure[],
    note: row.note ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  };
}

export function bulkStatements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    bytes: prepare('select coalesce(sum(bytes), 0) from request where finished_at is null').pluck(),
    bytesOfServer: prepare(
      'select coalesce(sum(bytes), 0) from request where finished_at is null and server_id = ?',
    ).pluck(),
    addContent: prepare('insert into content (data) values (?)'),
    addBlock: prepare('insert into block (content, first, count, data) values (?, ?, ?, ?)'),
    addRequest: prepare(
      `insert into request (id, content, account_id, server_id, stream_id, submitted_at, status, subject, total, bytes)
       values (?, ?, ?, ?, ?, ?, 'Accepted', ?, ?, ?)`,
    ),
    find: prepare('select * from request where id = ? and server_id = ?'),
    list: prepare('select * from request where server_id = ? and seq < ? order by seq desc limit ?'),
    waiting: prepare(
      `select * from request where seq in
         (select min(seq) from request where finished_at is null group by server_id, stream_id) order by seq`,
    ),
    content: prepare(
      `select data from content join request on content.id = request.content where seq = ? and finished_at is null`,
    ).pluck(),
    contentOf: prepare('select content from request where seq = ?').pluck(),
    blocks: prepare(
      `select first, count, data from block where content = ? and first + count > ? and first < ? order by first`,
    ),
    reserve: prepare(`update request set reserved_at = ?, status = 'Processing' where seq = ? and finished_at is null`),
    advance: prepare(
      'update request set next = ?, released = ?, failed = ?, failures = ?, reserved_at = ? where seq = ?',
    ),
    dropDone: prepare('delete from block where content = ? and first + count <= ?'),
    setNote: prepare('update request set note = ? where seq = ? and finished_at is null'),
    finish: prepare('update request set status = ?, note = ?, finished_at = ? where seq = ? and finished_at is null'),
    leftOver: prepare(
      'select id from content where id not in (select content from request where finished_at is null)',
    ).pluck(),
    dropBlocks: prepare(
      'delete from block where rowid in (select rowid from block where content = ? order by first limit ?)',
    ),
    dropContent: prepare('delete from content where id = ?'),
    purge: prepare(
      `delete from request where seq in
         (select seq from request where finished_at is not null and finished_at < ? order by finished_at limit ?)`,
    ),
  };
}
