// Webhooks and the counts of what was posted to them in control.sqlite, over the connection of the control store.
//
// Promises: those of the port; each change is one durable transaction that takes the write lock before it reads. Where a webhook
// leads and what it carries is one sealed box, because an address may hold a password too.
import type { Webhook, WebhookContent, WebhookStatus, Triggers } from '../../domain/webhook.ts';
import type { ServerId, StreamId } from '../../lib/ids.ts';
import { open, seal } from '../../lib/sealed-box.ts';
import {
  COUNTS_KEPT_MS,
  HOUR_MS,
  type DeliveryCounts,
  type DeliveryTally,
  type NewWebhook,
  type WebhookStore,
} from '../../ports/webhook-store.ts';
import type { Connection } from './database.ts';

export class SqliteWebhookStore implements WebhookStore {
  readonly #db: Connection;
  readonly #key: Uint8Array;
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Connection, key: Uint8Array) {
    this.#db = db;
    this.#key = key;
    this.#sql = statements(db);
  }

  async list(serverId: ServerId, streamId?: StreamId): Promise<readonly Webhook[]> {
    const rows = (
      streamId === undefined ? this.#sql.ofServer.all(serverId) : this.#sql.ofStream.all(serverId, streamId)
    ) as WebhookRow[];
    return rows.map((row) => this.#read(row));
  }

  async find(serverId: ServerId, id: number): Promise<Webhook | undefined> {
    const row = this.#sql.one.get(serverId, id) as WebhookRow | undefined;
    return row && this.#read(row);
  }

  async add(webhook: NewWebhook, most: number): Promise<Webhook | undefined> {
    const { serverId, streamId, status, triggers } = webhook;
    return this.#write(() => {
      if ((this.#sql.howMany.get(serverId, streamId) as number) >= most) return undefined;
      const added = this.#sql.add.run(serverId, streamId, status, JSON.stringify(triggers));
      const id = Number(added.lastInsertRowid);
      // The box is bound to the id, which is known only now.
      this.#sql.setTarget.run(this.#seal({ ...webhook, id }), serverId, id);
      return { ...webhook, id };
    });
  }

  async replace(webhook: Webhook): Promise<boolean> {
    const { id, serverId, status, triggers } = webhook;
    const target = this.#seal(webhook);
    return this.#write(
      () => this.#sql.replace.run(target, status, JSON.stringify(triggers), serverId, id).changes === 1,
    );
  }

  async remove(serverId: ServerId, id: number): Promise<boolean> {
    return this.#write(() => {
      const found = this.#sql.remove.run(serverId, id).changes === 1;
      if (found) this.#sql.forget.run(id);
      return found;
    });
  }

  async tally(counts: readonly DeliveryTally[]): Promise<void> {
    if (counts.length === 0) return;
    this.#write(() => {
      for (const { webhookId, at, succeeded, failed, slow, verySlow } of counts) {
        this.#sql.tally.run({ webhookId, hour: hourOf(at), succeeded, failed, slow, verySlow });
      }
      this.#sql.dropOld.run(hourOf(Math.max(...counts.map(({ at }) => at)) - COUNTS_KEPT_MS));
    });
  }

  async counts(webhookId: number, since: number): Promise<DeliveryCounts> {
    return this.#sql.counts.get(webhookId, hourOf(since)) as DeliveryCounts;
  }

  #seal(webhook: Webhook): string {
    const { url, httpAuth, httpHeaders } = webhook;
    return seal(JSON.stringify({ url, httpAuth, httpHeaders }), this.#key, contextOf(webhook));
  }

  #read(row: WebhookRow): Webhook {
    const id = { id: row.id, serverId: row.server_id as ServerId };
    const target = JSON.parse(open(row.sealed_target, this.#key, contextOf(id))) as Target;
    return {
      ...id,
      streamId: row.stream_id as StreamId,
      status: row.status as WebhookStatus,
      triggers: JSON.parse(row.triggers) as Triggers,
      url: target.url,
      httpAuth: target.httpAuth,
      httpHeaders: target.httpHeaders,
    };
  }

  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

type Target = Pick<WebhookContent, 'url' | 'httpAuth' | 'httpHeaders'>;

interface WebhookRow {
  readonly id: number;
  readonly server_id: number;
  readonly stream_id: string;
  readonly status: string;
  readonly triggers: string;
  readonly sealed_target: string;
}

function contextOf({ serverId, id }: Pick<Webhook, 'serverId' | 'id'>): string {
  return `webhook ${serverId} ${id}`;
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS);
}

function statements(db: Connection) {
  return {
    ofServer: db.prepare('select * from webhook where server_id = ? order by id'),
    ofStream: db.prepare('select * from webhook where server_id = ? and stream_id = ? order by id'),
    one: db.prepare('select * from webhook where server_id = ? and id = ?'),
    howMany: db.prepare('select count(*) from webhook where server_id = ? and stream_id = ?').pluck(),
    add: db.prepare(
      `insert into webhook (server_id, stream_id, status, triggers, sealed_target) values (?, ?, ?, ?, '')`,
    ),
    setTarget: db.prepare('update webhook set sealed_target = ? where server_id = ? and id = ?'),
    replace: db.prepare(
      'update webhook set sealed_target = ?, status = ?, triggers = ? where server_id = ? and id = ?',
    ),
    remove: db.prepare('delete from webhook where server_id = ? and id = ?'),
    forget: db.prepare('delete from webhook_tally where webhook_id = ?'),
    tally: db.prepare(
      `insert into webhook_tally (webhook_id, hour, succeeded, failed, slow, very_slow)
       values (:webhookId, :hour, :succeeded, :failed, :slow, :verySlow)
       on conflict (webhook_id, hour) do update set
         succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
         slow = slow + excluded.slow, very_slow = very_slow + excluded.very_slow`,
    ),
    dropOld: db.prepare('delete from webhook_tally where hour < ?'),
    counts: db.prepare(
      `select coalesce(sum(succeeded), 0) as succeeded, coalesce(sum(failed), 0) as failed,
         coalesce(sum(slow), 0) as slow, coalesce(sum(very_slow), 0) as "verySlow"
       from webhook_tally where webhook_id = ? and hour >= ?`,
    ),
  };
}
