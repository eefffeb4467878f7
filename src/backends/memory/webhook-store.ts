// Webhooks in memory, with the counts of what was posted to them.
import type { Webhook } from '../../domain/webhook.ts';
import type { ServerId, StreamId } from '../../lib/ids.ts';
import {
  HOUR_MS,
  type DeliveryCounts,
  type DeliveryTally,
  type NewWebhook,
  type WebhookStore,
} from '../../ports/webhook-store.ts';

export class MemoryWebhookStore implements WebhookStore {
  #webhooks: readonly Webhook[] = [];
  #tallies: readonly DeliveryTally[] = [];
  #last = 0;

  /** The stream is deleted. */
  forget(serverId: ServerId, streamId: StreamId): void {
    const gone = new Set(this.#of(serverId, streamId));
    this.#webhooks = this.#webhooks.filter((each) => !gone.has(each));
  }

  async list(serverId: ServerId, streamId?: StreamId): Promise<readonly Webhook[]> {
    return this.#of(serverId, streamId);
  }

  async find(serverId: ServerId, id: number): Promise<Webhook | undefined> {
    return this.#webhooks.find((each) => each.serverId === serverId && each.id === id);
  }

  async add(webhook: NewWebhook, most: number): Promise<Webhook | undefined> {
    if (this.#of(webhook.serverId, webhook.streamId).length >= most) return undefined;
    this.#last += 1;
    const added: Webhook = { ...webhook, id: this.#last };
    this.#webhooks = [...this.#webhooks, added];
    return added;
  }

  async replace(webhook: Webhook): Promise<boolean> {
    const before = await this.find(webhook.serverId, webhook.id);
    if (before === undefined) return false;
    const after: Webhook = { ...webhook, streamId: before.streamId };
    this.#webhooks = this.#webhooks.map((each) => (each === before ? after : each));
    return true;
  }

  async remove(serverId: ServerId, id: number): Promise<boolean> {
    const found = await this.find(serverId, id);
    this.#webhooks = this.#webhooks.filter((each) => each !== found);
    if (found !== undefined) this.#tallies = this.#tallies.filter(({ webhookId }) => webhookId !== id);
    return found !== undefined;
  }

  async tally(counts: readonly DeliveryTally[]): Promise<void> {
    this.#tallies = [...this.#tallies, ...counts];
  }

  async counts(webhookId: number, since: number): Promise<DeliveryCounts> {
    const from = Math.floor(since / HOUR_MS) * HOUR_MS;
    const counted = this.#tallies.filter((each) => each.webhookId === webhookId && each.at >= from);
    const sum = (of: (each: DeliveryTally) => number): number => counted.reduce((total, each) => total + of(each), 0);
    return {
      succeeded: sum((each) => each.succeeded),
      failed: sum((each) => each.failed),
      slow: sum((each) => each.slow),
      verySlow: sum((each) => each.verySlow),
    };
  }

  #of(serverId: ServerId, streamId: StreamId | undefined): readonly Webhook[] {
    return this.#webhooks.filter(
      (each) => each.serverId === serverId && (streamId === undefined || each.streamId === streamId),
    );
  }
}
