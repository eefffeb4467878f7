// The SQL on a lane's file, prepared once for a connection; lane-store.ts says what it is for.
//
// Every statement on the way of a message uses a key or an index to its end: nothing grows with what waits.
import type { Connection, Statement } from './database.ts';
import { DELIVERIES } from './lane-rows.ts';

export function laneStatements(db: Connection) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    begin: prepare('begin immediate'),
    commit: prepare('commit'),
    rollback: prepare('rollback'),
    lastSeq: prepare(
      `select max((select coalesce(max(seq), 0) from event), (select coalesce(max(seq), 0) from message),
         (select seq from mark))`,
    ).raw(),
    addMessage: prepare(
      'insert into message (seq, id, accepted_at, meta, body) values (?, ?, ?, ?, ?) on conflict (id) do nothing',
    ),
    addDelivery: prepare(
      'insert into delivery (id, flow, due_at, attempts, first_due_at, domain, recipients) values (?, ?, ?, 0, ?, ?, ?)',
    ),
    addEvent: prepare('insert into event (seq, at, message_seq, data) values (?, ?, ?, ?)'),
    addFlow: prepare('insert into flow (server_id, stream_id) values (?, ?) on conflict do nothing'),
    flow: prepare('select id from flow where server_id = ? and stream_id = ?').raw(),
    dropDelivery: prepare('delete from delivery where id = ?'),
    requeue: prepare('update delivery set due_at = ?, attempts = ?, recipients = ? where id = ?'),
    postpone: prepare('update delivery set due_at = ? where id = ?'),
    anyDelivery: prepare('select 1 from delivery where id >= ? and id < ? limit 1'),
    // Two statements, because `(due_at, id) > (?, ?)` walks through all rows of the same due_at.
    sameDue: prepare(
      'select id, due_at from delivery where flow = ? and due_at = ? and id > ? order by id limit ?',
    ).raw(),
    laterDue: prepare(
      'select id, due_at from delivery where flow = ? and due_at > ? order by due_at, id limit ?',
    ).raw(),
    delivery: prepare('select attempts, first_due_at, domain, recipients from delivery where id = ?').raw(),
    message: prepare('select meta, body from message where seq = ?').raw(),
    pending: prepare(
      `select delivery.id, due_at, attempts, first_due_at, domain, recipients from message
         join delivery on delivery.id >= seq * ${DELIVERIES} and delivery.id < (seq + 1) * ${DELIVERIES}
       where message.id = ? order by delivery.id`,
    ).raw(),
    messages: prepare(`select count(distinct id / ${DELIVERIES}) from delivery`).raw(),
    flows: prepare(
      `select flow.id, server_id, stream_id, waiting
         from (select flow, count(*) as waiting from delivery group by flow) join flow on flow.id = flow order by flow.id`,
    ).raw(),
    setMark: prepare('update mark set seq = ?'),
    firstEvent: prepare('select min(seq) from event').raw(),
    oldEvents: prepare('select seq, at from event where seq <= ? order by seq limit ?').raw(),
    dropEvents: prepare('delete from event where seq <= ?'),
    oldMessages: prepare(
      'select seq, accepted_at, length(body) from message where seq > ? and seq < ? order by seq limit ?',
    ).raw(),
    dropMessage: prepare('delete from message where seq = ?'),
  };
}
