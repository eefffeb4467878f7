// What a recipient does with the link of a message: leave its stream, or come back (contract sending 14 and 17).
//
// Promises: who has left gets nothing more of that stream of that server, and of no other; leaving twice is leaving once. Only
// the recipient's own leaving can be taken back here: a complaint stays. Decided here: a link works while its message is
// kept, also on streams whose sender handles unsubscribes otherwise; a link of a message for several asks for the address, which
// must be one of its recipients.
import { readUnsubscribeToken } from './unsubscribe-link.ts';
import type { Message } from '../domain/message.ts';
import { isUnsubscribe } from '../domain/suppression.ts';
import type { Clock } from '../lib/clock.ts';
import { parseMailbox } from '../mail/address.ts';
import type { ReturnPathKey } from '../mail/verp.ts';
import type { Activity } from '../ports/activity.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface UnsubscribeDeps {
  readonly key: ReturnPathKey;
  readonly activity: Pick<Activity, 'acceptedMessage'>;
  readonly store: Pick<ControlStore, 'stream' | 'suppressionLists'>;
  readonly publish: () => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a link leads to. */
export interface Subscription {
  readonly message: Message;
  /** Lower-case; undefined where the link does not say who follows it. */
  readonly address: string | undefined;
  /** As people read it. */
  readonly streamName: string;
}

export interface UnsubscribeDesk {
  /** Undefined for a link that is none of ours, or whose message is no longer kept. */
  find(token: string): Promise<Subscription | undefined>;
  /** The address of that recipient; undefined where the message has none like it. */
  recipient(subscription: Subscription, given: string): string | undefined;
  leave(subscription: Subscription, address: string): Promise<void>;
  /** False where something else than the recipient's own leaving keeps the address off the stream. */
  comeBack(subscription: Subscription, address: string): Promise<boolean>;
  hasLeft(subscription: Subscription, address: string): Promise<boolean>;
}

export function createUnsubscribeDesk({ key, activity, store, publish, clock }: UnsubscribeDeps): UnsubscribeDesk {
  const lists = store.suppressionLists;
  return {
    async find(token) {
      const id = readUnsubscribeToken(token, key);
      const message = id && (await activity.acceptedMessage(id.messageId));
      if (message === undefined) return undefined;
      const stream = await store.stream(message.serverId, message.streamId);
      const known = id?.recipient === undefined ? undefined : message.recipients[id.recipient]?.address.toLowerCase();
      return { message, address: known, streamName: stream?.name ?? message.streamId };
    },
    recipient({ message }, given) {
      const wanted = parseMailbox(given.trim())?.address.toLowerCase();
      return message.recipients.map(({ address }) => address.toLowerCase()).find((address) => address === wanted);
    },
    async leave({ message }, address) {
      const { serverId, streamId } = message;
      // A stream that is deleted sends nothing, and has no list.
      if ((await store.stream(serverId, streamId)) === undefined) return;
      const row = { serverId, streamId, address, reason: 'ManualSuppression', origin: 'Recipient' } as const;
      await lists.add([{ ...row, createdAt: clock.now() }], message.id);
      await publish();
    },
    async comeBack({ message }, address) {
      const { serverId, streamId } = message;
      const removal = { serverId, streamId, addresses: [address], by: 'Recipient', at: clock.now() } as const;
      const [removed] = await lists.remove(removal);
      await publish();
      return removed !== 'protected';
    },
    async hasLeft({ message }, address) {
      const row = await lists.row(message.serverId, message.streamId, address);
      return row !== undefined && isUnsubscribe(row);
    },
  };
}
