// Events in short form, a log in an array, and an activity index filled from them, for the tests of the index.
import { MessageChannel } from 'node:worker_threads';
import { createActivityClient } from '../../src/backends/lanes/activity-client.ts';
import { hostActivity } from '../../src/backends/lanes/activity-host.ts';
import { openActivity } from '../../src/backends/sqlite/activity.ts';
import type { ActivityLimits } from '../../src/backends/sqlite/activity.ts';
import { createActivityConsumer } from '../../src/core/consume/activity.ts';
import { FRONT_LOG } from '../../src/domain/event.ts';
import type {
  ApiErrorEvent,
  BouncedEvent,
  DeferredEvent,
  DeliveredEvent,
  Event,
  LoggedEvent,
} from '../../src/domain/event.ts';
import type { Message, MessageSummary } from '../../src/domain/message.ts';
import { TRANSACTIONAL_LANE } from '../../src/domain/pool.ts';
import { newMessageId } from '../../src/lib/ids.ts';
import type { AccountId, MessageId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { Activity } from '../../src/ports/activity.ts';
import type { ActivityIndex, LogName } from '../../src/ports/activity-index.ts';
import { NOBODY_ERASED, type Covers, type Eraser } from '../../src/ports/erasure.ts';
import type { EventReader, MessageReader } from '../../src/ports/event-log.ts';
import type { GuardWatch } from '../../src/ports/guard-watch.ts';
import type { Statistics } from '../../src/ports/statistics.ts';
import type { SuppressionReader } from '../../src/ports/suppression-lists.ts';

export const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
export const OURS = 1 as ServerId;
export const OTHERS = 2 as ServerId;
export const OUTBOUND = 'outbound' as StreamId;

let made = 0;

/** An id of exactly that time, earlier than others or not; those of `newMessageId` never go back. */
export function idAt(at: number): MessageId {
  made += 1;
  const time = at.toString(16).padStart(12, '0');
  const tail = made.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}` as MessageId;
}

export interface Wanted extends Partial<MessageSummary> {
  readonly id?: MessageId;
  readonly serverId?: ServerId;
  readonly streamId?: string;
  readonly at?: number;
  /** To addresses; others by `cc` and `bcc`. */
  readonly to?: readonly string[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly sandboxed?: boolean;
}

export function message(wanted: Wanted = {}): Message {
  const { at = NOW, id = newMessageId(at), serverId = OURS, streamId = 'outbound', sandboxed = false } = wanted;
  const { to = ['bob@example.net'], cc = [], bcc = [], ...summary } = wanted;
  const addresses = [
    ...to.map((address) => ({ address, role: 'To' as const })),
    ...cc.map((address) => ({ address, role: 'Cc' as const })),
    ...bcc.map((address) => ({ address, role: 'Bcc' as const })),
  ];
  return {
    id,
    serverId,
    accountId: 1 as AccountId,
    streamId: streamId as StreamId,
    kind: 'transactional',
    lane: TRANSACTIONAL_LANE.id,
    acceptedAt: at,
    recipients: addresses.map((of, index) => ({ ...of, index, domain: 'example.net', name: '' })),
    summary: {
      from: '"Ann" <ann@example.com>',
      fromAddress: 'ann@example.com',
      subject: 'Hello',
      tag: '',
      metadata: {},
      attachments: [],
      trackOpens: false,
      trackLinks: 'None',
      via: 'http',
      ...summaryOnly(summary),
    },
    signingDomain: 'example.com',
    returnPathDomain: 'example.com',
    testMode: sandboxed ? 'sandbox' : 'none',
    fakeBounce: undefined,
    smtpUtf8: false,
    size: 1000,
  };
}

function summaryOnly(wanted: Wanted): Partial<MessageSummary> {
  const keys = ['from', 'fromAddress', 'subject', 'tag', 'metadata', 'attachments', 'trackOpens', 'trackLinks'];
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => keys.includes(key)));
}

const head = (of: Message, at: number) => ({ at, serverId: of.serverId, streamId: of.streamId, messageId: of.id });
const toRecipient = (of: Message, recipient: number) => ({
  recipient,
  address: of.recipients[recipient]?.address ?? '',
  attempt: 1,
  peer: { host: 'mx.example.net', ip: '192.0.2.25', tls: true },
});

export function accepted(of: Message): Event {
  return { ...head(of, of.acceptedAt), kind: 'accepted', message: of };
}

export function delivered(of: Message, recipient = 0, over: Partial<DeliveredEvent> = {}): Event {
  const reply = { code: 250, enhanced: '2.0.0', text: 'Ok: queued as 4F2' };
  const base = { ...head(of, of.acceptedAt + 1000), ...toRecipient(of, recipient) };
  return { ...base, kind: 'delivered', reply, mode: 'remote', captured: undefined, ...over };
}

export function deferred(of: Message, recipient = 0, over: Partial<DeferredEvent> = {}): Event {
  const base = { ...head(of, of.acceptedAt + 500), ...toRecipient(of, recipient) };
  const reply = { code: 450, enhanced: '4.2.0', text: 'greylisted' };
  const rest = { reply, detail: 'greylisted', nextAt: NOW + 60_000, possibleDuplicate: false };
  return { ...base, kind: 'deferred', ...rest, ...over };
}

/** A submission over SMTP that was refused; `of` lends its ids and recipients. */
export function refused(of: Message, over: Partial<ApiErrorEvent> = {}): Event {
  return {
    ...head(of, of.acceptedAt),
    kind: 'api-error',
    messageKept: false,
    errorCode: 400,
    errorText: "The 'From' address is not one of ours. Add example.org and verify it.",
    from: 'Ann <ann@example.org>',
    subject: 'Refused',
    tag: 'welcome',
    recipients: of.recipients.map(({ address }) => address),
    source: 'Subject: Refused\r\n\r\nGr\u00c3\u00bc\u00c3\u009fe\r\n',
    ...over,
  };
}

export function bounced(of: Message, recipient = 0, over: Partial<BouncedEvent> = {}): Event {
  const base = { ...head(of, of.acceptedAt + 2000), ...toRecipient(of, recipient) };
  const reply = { code: 550, enhanced: '5.1.1', text: 'no such user' };
  const rest = { type: 'HardBounce' as const, reply, detail: 'the mailbox does not exist', deactivates: true };
  return { ...base, kind: 'bounced', ...rest, ...over };
}

/** A log in memory, with the bodies beside it. */
export interface ArrayLog extends EventReader, MessageReader {
  readonly events: LoggedEvent[];
  readonly bodies: Map<MessageId, Uint8Array>;
  push(...events: readonly Event[]): void;
}

export function arrayLog(): ArrayLog {
  const events: LoggedEvent[] = [];
  const bodies = new Map<MessageId, Uint8Array>();
  return {
    events,
    bodies,
    // A log grows by at least one, so now and then a number is left out.
    push: (...more) => {
      for (const event of more)
        events.push({ seq: (events.at(-1)?.seq ?? 0) + (events.length % 3 === 2 ? 2 : 1), event });
    },
    read: async (after, limit) => events.filter(({ seq }) => seq > after).slice(0, limit),
    latest: async () => events.at(-1)?.seq ?? 0,
    at: async (seqs) => events.filter(({ seq }) => seqs.includes(seq)),
    body: async (id) => bodies.get(id),
    message: async (id) => {
      const found = events
        .map(({ event }) => event)
        .find((event) => event.kind === 'accepted' && event.messageId === id);
      return found?.kind === 'accepted' ? found.message : undefined;
    },
  };
}

export interface Index {
  /** As the API asks it. */
  readonly activity: Activity;
  readonly index: Activity & ActivityIndex & Eraser;
  readonly lane: ArrayLog;
  readonly front: ArrayLog;
  readonly clock: { at: number };
  /** Appends to the lane's log, and brings the index up to date. */
  happen(...events: readonly Event[]): Promise<void>;
  /** The same in the log outside lanes. */
  happenOutside(...events: readonly Event[]): Promise<void>;
  close(): Promise<void>;
}

export interface IndexOptions {
  readonly path?: string;
  readonly limits?: Partial<ActivityLimits>;
  readonly covers?: Covers;
  readonly lane?: ArrayLog;
  readonly front?: ArrayLog;
}

/** Each way in which the index is asked; the contract holds for all of them. */
export const WAYS: readonly { readonly name: string; readonly open: (options?: IndexOptions) => Index }[] = [
  { name: 'the index in SQLite', open: (options) => openIndex(options, (index) => ({ activity: index, stop() {} })) },
  { name: 'the index behind a port', open: (options) => openIndex(options, behindPort) },
];

/** `readBodies` here: the text is what follows the header. */
export function openIndex(options: IndexOptions = {}, way: Way = (index) => ({ activity: index, stop() {} })): Index {
  const { lane = arrayLog(), front = arrayLog(), covers = NOBODY_ERASED } = options;
  const clock = { at: NOW };
  const index = openActivity({
    path: options.path ?? ':memory:',
    clock: { now: () => clock.at },
    logs: new Map([
      [TRANSACTIONAL_LANE.number, lane],
      [FRONT_LOG.number, front],
    ]),
    readBodies: async (raw) => ({
      text: Buffer.from(raw).toString().split('\r\n\r\n')[1],
      html: undefined,
      attachments: ['a.pdf'],
    }),
    limits: options.limits ?? {},
    covers,
  });
  const asked = way(index);
  return {
    activity: asked.activity,
    index,
    lane,
    front,
    clock,
    happen: async (...events) => {
      lane.push(...events);
      await catchUp(index, { log: TRANSACTIONAL_LANE, reader: lane, covers });
    },
    happenOutside: async (...events) => {
      front.push(...events);
      await catchUp(index, { log: FRONT_LOG, reader: front, covers });
    },
    close: async () => {
      asked.stop();
      await index.close();
    },
  };
}

type Way = (index: Activity) => { readonly activity: Activity; stop(): void };

/** For an index without guards, statistics and lists beside it. */
export const NO_GUARDS: GuardWatch & Statistics & SuppressionReader = {
  guards: async () => [],
  verdicts: async () => [],
  dailyCounts: async () => [],
  suppressionPage: async () => ({ rows: [], next: undefined }),
};

function behindPort(index: Activity): { activity: Activity; stop(): void } {
  const { port1, port2 } = new MessageChannel();
  hostActivity(port2, { ...index, ...NO_GUARDS });
  return { activity: createActivityClient(port1), stop: () => port1.close() };
}

interface ToCatchUp {
  readonly log: LogName;
  readonly reader: EventReader;
  readonly covers: Covers;
}

async function catchUp(index: ActivityIndex, { log, reader, covers }: ToCatchUp): Promise<void> {
  const consumer = createActivityConsumer(index, log, covers);
  const after = await consumer.cursor();
  const events = await reader.read(after, 10_000);
  await consumer.apply({ after, upTo: events.at(-1)?.seq ?? after, events });
}
