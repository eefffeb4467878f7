// The statements on a lane's file: what a group of changes writes, what is due, a message read back, and old rows dropped.
//
// Promises: `write` is one transaction, all of it or nothing, durable when it returns; seqs grow and are never given out
// twice, also after everything was dropped. Leaves to others: which deliveries are leased, and when to commit.
import type { Message } from '../../domain/message.ts';
import type { MessageId, ServerId, StreamId } from '../../lib/ids.ts';
import type { Postponement, PurgeRequest, Purged } from '../../ports/lane-queue.ts';
import type { Connection } from './database.ts';
import {
  DELIVERIES,
  idBytes,
  readMessage,
  type EventRow,
  type FlowKey,
  type MessageRow,
  type Place,
  type SettlementRow,
} from './lane-rows.ts';
import { laneStatements } from './lane-statements.ts';

export type Change =
  | { readonly kind: 'append'; readonly messages: readonly MessageRow[] }
  | { readonly kind: 'settle'; readonly settlements: readonly SettlementRow[] }
  | { readonly kind: 'postpone'; readonly items: readonly Postponement[] }
  | { readonly kind: 'events'; readonly events: readonly EventRow[] };

export interface Added {
  readonly seq: number;
  readonly flow: FlowKey;
  readonly row: MessageRow;
}

export interface Written {
  /** Messages that were not there before, with the seq that each was given. */
  readonly added: readonly Added[];
  /** Messages of which nothing is left to deliver. */
  readonly finished: number;
}

export interface Delivery {
  readonly attempts: number;
  readonly firstDueAt: number;
  readonly domain: string;
  readonly recipients: string;
}

/** Freeing a large body takes a read for each of its pages: one purge frees no more than this and one message. */
const PURGE_BYTES = 8 * 1024 * 1024;
/** A stream that is not among them costs its next message two look-ups. */
const MAX_FLOWS_KEPT = 10_000;
/** Pages that settlements may still use when appends are refused: finishing must go on in a full file. */
const RESERVE_PAGES = 1024;

export class LaneStore {
  readonly #db: Connection;
  readonly #sql: ReturnType<typeof laneStatements>;
  readonly #pageBytes: number;
  /** Those that were appended to lately. */
  readonly #flows = new Map<string, FlowKey>();
  #maxPages: number | undefined;
  #purgedTo = 0;

  constructor(db: Connection) {
    this.#db = db;
    this.#sql = laneStatements(db);
    this.#pageBytes = Number(db.pragma('page_size', { simple: true }));
  }

  /** Appends fail with SQLITE_FULL when the file would grow beyond this many bytes. */
  limitTo(maxBytes: number): void {
    this.#maxPages = Math.floor(maxBytes / this.#pageBytes);
  }

  write(changes: readonly Change[]): Written {
    if (this.#maxPages !== undefined) this.#applyLimit(changes, this.#maxPages);
    return this.#transaction(() => {
      const added: Added[] = [];
      const seqs = { last: this.#lastSeq() };
      let finished = 0;
      for (const change of changes) {
        if (change.kind === 'append') for (const row of change.messages) this.#append(row, seqs, added);
        else if (change.kind === 'settle') for (const row of change.settlements) finished += this.#settle(row, seqs);
        else if (change.kind === 'postpone') for (const item of change.items) this.#postpone(item);
        else for (const event of change.events) this.#addEvent(event, null, seqs);
      }
      return { added, finished };
    });
  }

  /** Places of a flow's deliveries after `place`, in order. Reads the index only. */
  waiting(flow: number, place: Place, limit: number): readonly Place[] {
    const rows = this.#sql.sameDue.all(flow, place.dueAt, place.id, limit) as [number, number][];
    if (rows.length < limit)
      rows.push(...(this.#sql.laterDue.all(flow, place.dueAt, limit - rows.length) as typeof rows));
    return rows.map(([id, dueAt]) => ({ id, dueAt }));
  }

  delivery(id: number): Delivery {
    const row = this.#sql.delivery.get(id) as [number, number, string, string] | undefined;
    if (row === undefined) throw new Error(`delivery ${id} is due but not in the file`);
    const [attempts, firstDueAt, domain, recipients] = row;
    return { attempts, firstDueAt, domain, recipients };
  }

  load(seq: number): { readonly message: Message; readonly raw: Uint8Array } {
    const row = this.#sql.message.get(seq) as [string, Uint8Array] | undefined;
    if (row === undefined) throw new Error(`message ${seq} has deliveries but is not in the file`);
    return { message: readMessage(row[0]), raw: row[1] };
  }

  pending(id: MessageId): readonly (Delivery & Place)[] {
    const rows = this.#sql.pending.all(idBytes(id)) as [number, number, number, number, string, string][];
    return rows.map(([delivery, dueAt, attempts, firstDueAt, domain, recipients]) => {
      return { id: delivery, dueAt, attempts, firstDueAt, domain, recipients };
    });
  }

  /** Counts all rows: for the start. */
  counts(): { readonly messages: number; readonly flows: readonly { readonly key: FlowKey; waiting: number }[] } {
    const rows = this.#sql.flows.all() as [number, ServerId, StreamId, number][];
    const flows = rows.map(([id, serverId, streamId, waiting]) => ({ key: { id, serverId, streamId }, waiting }));
    return { messages: (this.#sql.messages.get() as [number])[0], flows };
  }

  purge({ before, consumed, limit }: PurgeRequest): Purged {
    return this.#transaction(() => {
      this.#sql.setMark.run(this.#lastSeq());
      const events = this.#purgeEvents(before, consumed, limit);
      // The acceptance of a message is read from the message's row: it goes after its events.
      const oldest = (this.#sql.firstEvent.get() as [number | null])[0] ?? Number.MAX_SAFE_INTEGER;
      const messages = this.#purgeMessages(before, oldest, limit);
      return { events, messages };
    });
  }

  close(): void {
    this.#db.close();
  }

  #append(row: MessageRow, seqs: { last: number }, added: Added[]): void {
    const { message, domains, events } = row;
    // The seq of its last event, so that a message which is older than the oldest event has none of its own left.
    const seq = seqs.last + Math.max(events.length, 1);
    const inserted = this.#sql.addMessage.run(seq, row.id, message.acceptedAt, row.meta, row.raw);
    if (inserted.changes === 0) return;
    const flow = this.#flowOf(message);
    for (const [place, { domain, json }] of domains.entries()) {
      const id = seq * DELIVERIES + place;
      this.#sql.addDelivery.run(id, flow.id, message.acceptedAt, message.acceptedAt, domain, json);
    }
    for (const event of events) this.#addEvent(event, seq, seqs);
    seqs.last = seq;
    added.push({ seq, flow, row });
  }

  #flowOf({ serverId, streamId }: Message): FlowKey {
    const name = `${serverId}/${streamId}`;
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    this.#sql.addFlow.run(serverId, streamId);
    const [id] = this.#sql.flow.get(serverId, streamId) as [number];
    if (this.#flows.size >= MAX_FLOWS_KEPT) this.#flows.clear();
    const flow = { id, serverId, streamId };
    this.#flows.set(name, flow);
    return flow;
  }

  #postpone({ deliveryId, dueAt }: Postponement): void {
    if (this.#sql.postpone.run(dueAt, deliveryId).changes !== 1) throw notInFile(deliveryId);
  }

  /** 1 where the message is finished with it, else 0. */
  #settle({ deliveryId, requeue, events }: SettlementRow, seqs: { last: number }): number {
    const touched =
      requeue === undefined
        ? this.#sql.dropDelivery.run(deliveryId)
        : this.#sql.requeue.run(requeue.dueAt, requeue.attempts, requeue.recipients, deliveryId);
    if (touched.changes !== 1) throw notInFile(deliveryId);
    for (const event of events) this.#addEvent(event, null, seqs);
    if (requeue !== undefined) return 0;
    return this.#unfinished(deliveryId - (deliveryId % DELIVERIES)) ? 0 : 1;
  }

  #unfinished(firstDelivery: number): boolean {
    return this.#sql.anyDelivery.get(firstDelivery, firstDelivery + DELIVERIES) !== undefined;
  }

  #addEvent({ at, data }: EventRow, messageSeq: number | null, seqs: { last: number }): void {
    seqs.last += 1;
    this.#sql.addEvent.run(seqs.last, at, data === null ? messageSeq : null, data);
  }

  #lastSeq(): number {
    return (this.#sql.lastSeq.get() as [number])[0];
  }

  #purgeEvents(before: number, consumed: number, limit: number): number {
    const rows = this.#sql.oldEvents.all(consumed, limit) as [number, number][];
    const keep = rows.findIndex(([, at]) => at >= before);
    const last = (keep === -1 ? rows : rows.slice(0, keep)).at(-1);
    return last === undefined ? 0 : this.#sql.dropEvents.run(last[0]).changes;
  }

  /** Goes on where it stopped, so that old messages which are not finished do not hold up those behind them. */
  #purgeMessages(before: number, beforeSeq: number, limit: number): number {
    const rows = this.#sql.oldMessages.all(this.#purgedTo, beforeSeq, limit) as [number, number, number][];
    let bytes = 0;
    let dropped = 0;
    let ended = rows.length < limit;
    for (const [seq, acceptedAt, size] of rows) {
      if (acceptedAt >= before) {
        ended = true;
        break;
      }
      if (bytes > PURGE_BYTES) return dropped;
      this.#purgedTo = seq;
      if (this.#unfinished(seq * DELIVERIES)) continue;
      this.#sql.dropMessage.run(seq);
      bytes += size;
      dropped += 1;
    }
    if (ended) this.#purgedTo = 0;
    return dropped;
  }

  #applyLimit(changes: readonly Change[], maxPages: number): void {
    const grows = changes.some(({ kind }) => kind === 'append' || kind === 'events');
    this.#db.pragma(`max_page_count = ${grows ? maxPages : maxPages + RESERVE_PAGES}`);
  }

  #transaction<T>(work: () => T): T {
    this.#sql.begin.run();
    try {
      const result = work();
      this.#sql.commit.run();
      return result;
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (this.#db.inTransaction) this.#sql.rollback.run();
      // Some of them may have been new.
      this.#flows.clear();
      throw error;
    }
  }
}

function notInFile(delivery: number): Error {
  return new Error(`delivery ${delivery} is not in the file`);
}
