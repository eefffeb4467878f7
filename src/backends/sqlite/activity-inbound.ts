// Inbound mail in the activity index: how it comes in, its status, search and details (contract management 7.6 and 7.7).
//
// Promises: newest first, with the number of all matches, by an index on status and time; a recipient is found by its own.
// `subject`, sender, tag and mailbox hash look through the rows that these leave: a server gets far less mail than it sends.
import type { InboundContent, InboundStatus, InboundSummary } from '../../domain/inbound-message.ts';
import type { MessageId, ServerId } from '../../lib/ids.ts';
import type { Found, InboundDetails, InboundFilter, InboundMessage } from '../../ports/activity.ts';
import { add, findPage, lower } from './activity-query.ts';
import type { Query } from './activity-query.ts';
import { idFromBytes, idToBytes, keyOf } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';

export interface InboundWriter {
  insert(serverId: ServerId, inbound: InboundDetails): void;
  setStatus(serverId: ServerId, id: MessageId, status: InboundStatus): void;
}

export function inboundWriter(db: Db): InboundWriter {
  const insert = db.prepare(
    `INSERT INTO inbound (server_id, message_id, stream_id, status, received_at, from_key, subject_key, mailbox_hash, tag,
       blocked_reason, shown, content)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const recipient = db.prepare('INSERT INTO inbound_recipient VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const status = db.prepare('UPDATE inbound SET status = ? WHERE server_id = ? AND message_id = ?');
  return {
    insert(serverId, inbound) {
      const { textBody, htmlBody, strippedTextReply, headers } = inbound;
      const { changes, lastInsertRowid } = insert.run(
        serverId,
        idToBytes(inbound.id),
        inbound.streamId,
        inbound.status,
        inbound.receivedAt,
        keyOf(inbound.from.address),
        keyOf(inbound.subject),
        inbound.mailboxHash,
        inbound.tag,
        inbound.blockedReason,
        JSON.stringify(summaryOf(inbound)),
        JSON.stringify({ textBody, htmlBody, strippedTextReply, headers } satisfies InboundContent),
      );
      if (changes === 0) return;
      for (const address of inboundAddresses(inbound)) recipient.run(serverId, address, Number(lastInsertRowid));
    },
    setStatus: (serverId, id, to) => void status.run(to, serverId, idToBytes(id)),
  };
}

function summaryOf(inbound: InboundSummary): InboundSummary {
  const { from, to, cc, bcc, replyTo, originalRecipient, subject, mailboxHash, tag, date, attachments } = inbound;
  return { from, to, cc, bcc, replyTo, originalRecipient, subject, mailboxHash, tag, date, attachments };
}

/** Lower-case. */
export function inboundAddresses({ to, cc, bcc, originalRecipient }: InboundSummary): readonly string[] {
  const all = [...to, ...cc, ...bcc].map(({ address }) => address);
  return [...new Set([...all, originalRecipient].map(keyOf))];
}

interface InboundRow {
  readonly message_id: Buffer;
  readonly stream_id: string;
  readonly status: InboundStatus;
  readonly received_at: number;
  readonly shown: string;
}

const COLUMNS = 'i.message_id, i.stream_id, i.status, i.received_at, i.shown';

export function searchInbound(db: Db, filter: InboundFilter): Found<InboundMessage> {
  const order = 'i.received_at DESC, i.number DESC';
  const { total, items } = findPage<InboundRow>(db, inboundQuery(filter), { ...filter, columns: COLUMNS, order });
  return { total, items: items.map(inboundMessage) };
}

export function inboundQuery(filter: InboundFilter): Query {
  const query: Query = { from: 'inbound i', conditions: [], values: [] };
  if (filter.recipient !== undefined) {
    // A recipient leads to few: CROSS JOIN fixes that order in SQLite.
    query.from = 'inbound_recipient r CROSS JOIN inbound i ON i.number = r.inbound';
    add(query, 'r.server_id = ?', filter.serverId);
    add(query, 'r.address_key = ?', lower(filter.recipient));
  }
  add(query, 'i.server_id = ?', filter.serverId);
  add(query, 'i.status = ?', filter.status);
  add(query, 'i.from_key = ?', lower(filter.fromAddress));
  add(query, 'i.mailbox_hash = ?', filter.mailboxHash);
  add(query, 'i.tag = ?', filter.tag);
  add(query, 'i.received_at >= ?', filter.from);
  add(query, 'i.received_at <= ?', filter.to);
  add(query, 'instr(i.subject_key, ?) > 0', lower(filter.subject));
  return query;
}

export function findInbound(db: Db, serverId: ServerId, id: MessageId): InboundDetails | undefined {
  const row = db
    .prepare(`SELECT ${COLUMNS}, i.blocked_reason, i.content FROM inbound i WHERE i.server_id = ? AND i.message_id = ?`)
    .get(serverId, idToBytes(id)) as (InboundRow & { blocked_reason: string; content: string }) | undefined;
  if (row === undefined) return undefined;
  return {
    ...inboundMessage(row),
    ...(JSON.parse(row.content) as InboundContent),
    blockedReason: row.blocked_reason,
  };
}

function inboundMessage(row: InboundRow): InboundMessage {
  return {
    id: idFromBytes(row.message_id),
    streamId: row.stream_id,
    receivedAt: row.received_at,
    status: row.status,
    ...(JSON.parse(row.shown) as InboundSummary),
  };
}
