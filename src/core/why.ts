// Why is this message not there? From what is known of a message to an explanation in plain words: where it is, what holds
// it, what happened at each attempt, and when it is tried next. Pure.
//
// Promises: every recipient has a state and a sentence; what is not known is said to be unknown, never guessed. Leaves to
// others: finding the facts (find-why.ts), and showing the explanation (doors).
import { attemptsOf, isFailure, type AttemptWhy } from './why-attempts.ts';
import { holdsOn, type HoldWhy } from './why-holds.ts';
import { clockTime, fromNow } from './why-words.ts';
import type { ApiErrorEvent, BouncedEvent, DeferredEvent, DeliveredEvent, Event } from '../domain/event.ts';
import type { Hold } from '../domain/hold.ts';
import type { LaneId, MessageId, ServerId } from '../lib/ids.ts';
import type { Trace } from '../ports/activity.ts';
import type { HeldDelivery } from '../ports/lane-questions.ts';

export interface WhyFacts {
  readonly id: MessageId;
  readonly trace: Trace;
  /** What the lane has not finished of it; undefined where the lane does not answer. */
  readonly pending: readonly HeldDelivery[] | undefined;
  /** Of its stream. */
  readonly hold: Hold | undefined;
  /** Lower-case addresses of its recipients that are suppressed on its stream now. */
  readonly suppressed: ReadonlySet<string>;
  readonly now: number;
  readonly retentionMs: number;
}

/** `held`: nothing happens before somebody does something. `refused`: never accepted. `unknown`: nothing says. */
export type RecipientState = 'delivered' | 'in flight' | 'waiting' | 'held' | 'bounced' | 'refused' | 'unknown';

export interface RecipientWhy {
  readonly address: string;
  readonly state: RecipientState;
  readonly words: string;
  /** Unix milliseconds; undefined where none is planned. */
  readonly nextAttemptAt: number | undefined;
  readonly holds: readonly HoldWhy[];
  /** Oldest first. */
  readonly attempts: readonly AttemptWhy[];
}

export interface Explanation {
  readonly id: MessageId;
  /** That of all recipients, or `partly delivered`, or that of the one that needs most attention. */
  readonly state: RecipientState | 'partly delivered';
  readonly summary: string;
  readonly serverId: ServerId;
  readonly streamId: string;
  readonly lane: LaneId | undefined;
  readonly receivedAt: number;
  readonly from: string;
  readonly subject: string;
  readonly recipients: readonly RecipientWhy[];
  /** What else a reader should know, such as what is no longer kept. */
  readonly notes: readonly string[];
}

export function explain(facts: WhyFacts): Explanation {
  const { id, trace } = facts;
  const { serverId, streamId, lane, receivedAt, from, subject } = trace;
  const recipients = [
    ...trace.recipients.map((address, index) => recipientWhy(facts, address, index)),
    ...refusedBesides(trace).map(refusedWhy),
  ];
  const state = stateOfAll(recipients);
  const common = { id, serverId, streamId, lane, receivedAt, from, subject, recipients };
  return { ...common, state, summary: summaryOf(recipients), notes: notesOn(facts) };
}

function recipientWhy(facts: WhyFacts, address: string, index: number): RecipientWhy {
  const { trace, pending, now } = facts;
  const refusal = refusalOf(trace, address);
  if (refusal !== undefined && !trace.events.some((event) => isOf(event, index))) {
    return refusedWhy({ address, event: refusal });
  }
  const own = trace.events.filter((event): event is OfRecipient => isOf(event, index));
  const attempts = attemptsOf(own, trace.events);
  const delivery = pending?.find(({ recipients }) => recipients.includes(index));
  const common = { address, attempts };
  if (delivery !== undefined) return { ...common, ...unfinished(facts, delivery, own) };
  const last = own.findLast(decides);
  if (last?.kind === 'delivered')
    return { ...common, ...SETTLED, state: 'delivered', words: deliveredWords(last, own) };
  if (last?.kind === 'bounced') return { ...common, ...SETTLED, state: 'bounced', words: bouncedWords(facts, last) };
  if (pending === undefined) return { ...common, ...laneSilent(last, now) };
  return { ...common, ...SETTLED, ...betweenBooks(facts) };
}

type OfRecipient = DeliveredEvent | DeferredEvent | BouncedEvent;
const SETTLED = { nextAttemptAt: undefined, holds: [] } as const;

function isOf(event: Event, index: number): event is OfRecipient {
  return (
    (event.kind === 'delivered' || event.kind === 'deferred' || event.kind === 'bounced') && event.recipient === index
  );
}

/** An automatic answer or a complaint comes after a delivery and does not undo it. */
function decides(event: OfRecipient): boolean {
  return event.kind !== 'bounced' || isFailure(event);
}

type Standing = Pick<RecipientWhy, 'state' | 'words' | 'nextAttemptAt' | 'holds'>;

function unfinished(facts: WhyFacts, delivery: HeldDelivery, own: readonly OfRecipient[]): Standing {
  const { now, hold } = facts;
  const last = own.findLast((event) => event.kind === 'deferred');
  const holds = holdsOn({ delivery, last, hold, now });
  const first = holds[0];
  if (first !== undefined && HELD.has(first.kind)) {
    return { state: 'held', words: first.words, nextAttemptAt: undefined, holds };
  }
  if (delivery.leased && first === undefined) {
    return { state: 'in flight', words: IN_FLIGHT, nextAttemptAt: undefined, holds };
  }
  const next = Math.max(delivery.dueAt, first?.until ?? 0);
  const planned = next > now ? next : undefined;
  const when =
    planned === undefined
      ? 'It is due, and is tried as soon as its turn comes.'
      : `It is tried ${delivery.attempts === 0 ? '' : 'again '}at ${clockTime(planned)} (${fromNow(planned, now)}).`;
  const words = [...(first === undefined ? [] : [first.words]), when].join(' ');
  return { state: 'waiting', words, nextAttemptAt: planned, holds };
}

/** Kinds of holds that end by somebody's doing, and not by time. */
const HELD: ReadonlySet<HoldWhy['kind']> = new Set<HoldWhy['kind']>(['stream', 'lane']);
const IN_FLIGHT = 'The lane has taken it up: it is being tried now, or comes next.';

function deliveredWords(event: DeliveredEvent, own: readonly OfRecipient[]): string {
  const later = own.findLast((each) => each.kind === 'bounced' && !isFailure(each));
  const words = attemptsOf([event], [event])[0]?.words ?? '';
  return later === undefined ? words : `${words} ${attemptsOf([later], [later])[0]?.words ?? ''}`;
}

function bouncedWords({ suppressed, trace }: WhyFacts, event: BouncedEvent): string {
  const words = attemptsOf([event], [event])[0]?.words ?? '';
  if (!event.deactivates) return words;
  return suppressed.has(event.address.toLowerCase())
    ? `${words} The address is suppressed on the stream '${trace.streamId}': nothing more is sent there until PUT /bounces/{id}/activate lifts it.`
    : `${words} The address was suppressed because of this and has been activated again since.`;
}

/** Without the lane only the events are left to tell. */
function laneSilent(last: OfRecipient | undefined, now: number): Standing {
  const words = 'Its lane does not answer right now; it is being started again, or it is very busy. Nothing is lost.';
  if (last?.kind !== 'deferred') return { ...SETTLED, state: 'unknown', words };
  return {
    state: 'waiting',
    words: `${words} After the last attempt it was put off until ${clockTime(last.nextAt)} (${fromNow(last.nextAt, now)}).`,
    nextAttemptAt: last.nextAt > now ? last.nextAt : undefined,
    holds: [],
  };
}

/** No longer in the queue, and what became of it not (or no longer) in the log that the index has read. */
function betweenBooks({ trace, now, retentionMs }: WhyFacts): Pick<Standing, 'state' | 'words'> {
  const age = now - trace.receivedAt;
  if (age >= retentionMs) {
    return {
      state: 'unknown',
      words: 'It is finished, and what became of it is older than what this installation keeps.',
    };
  }
  return {
    state: 'unknown',
    words: 'It has left the queue, and what became of it is still being filed: ask again in a moment.',
  };
}

function refusalOf({ events }: Trace, address: string): ApiErrorEvent | undefined {
  const lower = address.toLowerCase();
  return events.find(
    (event): event is ApiErrorEvent =>
      event.kind === 'api-error' && event.recipients.some((each) => each.toLowerCase() === lower),
  );
}

interface Refused {
  readonly address: string;
  readonly event: ApiErrorEvent;
}

/** Those that were left out of a message that others got. */
function refusedBesides({ events, recipients }: Trace): readonly Refused[] {
  const known = new Set(recipients.map((address) => address.toLowerCase()));
  return events.flatMap((event) =>
    event.kind === 'api-error'
      ? event.recipients.filter((each) => !known.has(each.toLowerCase())).map((address) => ({ address, event }))
      : [],
  );
}

function refusedWhy({ address, event }: Refused): RecipientWhy {
  const words = `It was refused when it was submitted over SMTP, with ErrorCode ${event.errorCode}: ${event.errorText}`;
  return { address, state: 'refused', words, attempts: [], ...SETTLED };
}

/** The first that a recipient has, where they differ and none is delivered. */
const ATTENTION: readonly RecipientState[] = [
  'held',
  'waiting',
  'in flight',
  'unknown',
  'bounced',
  'refused',
  'delivered',
];

function stateOfAll(recipients: readonly RecipientWhy[]): Explanation['state'] {
  const states = new Set(recipients.map(({ state }) => state));
  if (states.size > 1 && states.has('delivered')) return 'partly delivered';
  return ATTENTION.find((state) => states.has(state)) ?? 'unknown';
}

function summaryOf(recipients: readonly RecipientWhy[]): string {
  const [only] = recipients;
  if (only === undefined) return 'It has no recipients that are known.';
  if (recipients.length === 1) return only.words;
  const counts = ATTENTION.map((each) => [recipients.filter((one) => one.state === each).length, each] as const);
  const told = counts.filter(([count]) => count > 0).map(([count, each]) => `${count} ${each}`);
  const first = ATTENTION.find((each) => each !== 'delivered' && recipients.some((one) => one.state === each));
  const attention = recipients.find((one) => one.state === first);
  const about = attention === undefined ? '' : ` ${attention.address}: ${attention.words}`;
  return `Of ${recipients.length} recipients: ${told.join(', ')}.${about}`;
}

function notesOn({ trace, pending }: WhyFacts): readonly string[] {
  const notes: string[] = [];
  if (trace.missing > 0) notes.push(`${trace.missing} earlier events of this message are not shown or no longer kept.`);
  if (pending === undefined && trace.lane !== undefined)
    notes.push(`The lane '${trace.lane}' does not answer right now.`);
  return notes;
}
