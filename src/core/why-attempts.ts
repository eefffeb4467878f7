// What happened at each attempt, in words: who was asked through which address, what they said, what that means and what to
// do about it. Pure. Part of why.ts.
import { classifyReply } from '../domain/bounce/classify.ts';
import { bounceTypeInfo, type BounceType } from '../domain/bounce/types.ts';
import type { BouncedEvent, DeferredEvent, DeliveredEvent, Event } from '../domain/event.ts';
import type { Peer, RemoteReply } from '../domain/outcome.ts';
import type { Via } from '../domain/pool.ts';
import { shapingRule } from '../domain/shaping/rules.ts';
import { sentence } from './why-words.ts';

export interface AttemptWhy {
  /** Unix milliseconds: when it ended. */
  readonly at: number;
  /** From 1; 0 for what came back by mail afterwards. */
  readonly number: number;
  readonly outcome: 'delivered' | 'deferred' | 'bounced' | 'reported';
  readonly via: Via | undefined;
  readonly peer: Peer | undefined;
  /** `451 4.7.1 Greylisted`; undefined where there was none. */
  readonly reply: string | undefined;
  readonly words: string;
  /** Line by line, each with milliseconds since the first: `12 C: EHLO …`. Empty where nothing was said. */
  readonly transcript: readonly string[];
}

type OfRecipient = DeliveredEvent | DeferredEvent | BouncedEvent;

/** `all` are the events of the message: the transcript of a transaction is with its first recipient. */
export function attemptsOf(own: readonly OfRecipient[], all: readonly Event[]): readonly AttemptWhy[] {
  return own.map((event) => ({
    at: event.at,
    number: event.attempt,
    outcome: event.kind === 'bounced' && event.source === 'report' ? 'reported' : event.kind,
    via: event.via,
    peer: event.peer,
    reply: event.reply === undefined || event.reply.code === 0 ? undefined : replyWords(event.reply),
    words: wordsOf(event),
    transcript: transcriptOf(event, all),
  }));
}

/** False for what a report says of a message that was delivered all the same. */
export function isFailure({ source, type }: BouncedEvent): boolean {
  return source !== 'report' || !AFTER_DELIVERY.has(type);
}

const AFTER_DELIVERY: ReadonlySet<BounceType> = new Set<BounceType>([
  'AutoResponder',
  'AddressChange',
  'ChallengeVerification',
  'OpenRelayTest',
  'SpamComplaint',
  'Subscribe',
  'Transient',
  'Unsubscribe',
]);

function transcriptOf(event: OfRecipient, all: readonly Event[]): readonly string[] {
  const text = event.transcript ?? all.find((other) => isSameAttempt(event, other))?.transcript;
  return text === undefined ? [] : text.split('\n');
}

function isSameAttempt(event: OfRecipient, other: Event): other is OfRecipient {
  if (other.kind !== 'delivered' && other.kind !== 'deferred' && other.kind !== 'bounced') return false;
  return (
    other.transcript !== undefined &&
    other.at === event.at &&
    other.peer?.ip === event.peer?.ip &&
    other.peer?.host === event.peer?.host
  );
}

function wordsOf(event: OfRecipient): string {
  switch (event.kind) {
    case 'delivered':
      return deliveredWords(event);
    case 'deferred':
      return deferredWords(event);
    case 'bounced':
      return event.source === 'report' ? reportedWords(event) : bouncedWords(event);
  }
}

function deliveredWords({ mode, peer, reply }: DeliveredEvent): string {
  switch (mode) {
    case 'remote':
      return `${hostOf(peer)} took it over: ${replyWords(reply)}. Where it is shown (inbox or spam) is decided there.`;
    case 'capture':
      return 'The built-in inbox has it: this installation captures mail, nothing leaves it (BULKHEAD_DELIVERY=direct changes that).';
    case 'sandbox':
      return 'Its server is a sandbox: it was taken as delivered, and nothing was sent.';
    case 'blackhole':
      return 'It went to the black-hole test address: it was taken as delivered, and nothing was sent.';
  }
}

function deferredWords(event: DeferredEvent): string {
  const { reply, detail, possibleDuplicate } = event;
  const meaning = reply === undefined || reply.code === 0 ? silence(event) : meaningOf(reply);
  const twice = possibleDuplicate
    ? [' The reply to the whole message was lost: it may have arrived, and may arrive twice.']
    : [];
  return [`${sentence(detail)}`, ...(meaning === undefined ? [] : [` ${meaning}`]), ...twice].join('');
}

function silence({ peer }: DeferredEvent): string | undefined {
  return peer === undefined
    ? undefined
    : 'That is trouble on the way to the host; it says nothing against the message.';
}

/** Replies do not tell in events to which command they were: to RCPT nearly all of them are. */
function meaningOf(reply: RemoteReply): string | undefined {
  const rule = shapingRule(reply, 'rcpt');
  if (rule !== undefined && rule.verdict !== 'message') return MEANING[rule.verdict];
  const { type } = classifyReply({ reply, phase: 'rcpt', detail: '' });
  return type === 'SoftBounce' || type === 'Unknown' ? undefined : bounceTypeInfo(type).description;
}

const MEANING: Readonly<Record<string, string>> = {
  greylisted:
    'Greylisting: the host asks unknown senders to come again later, and takes the mail then. Nothing is to be done.',
  throttled: 'The host limits how much it takes from one sender; the lane goes more slowly there by itself.',
  overloaded: 'The host has trouble of its own; the lane gives it time.',
  blocked:
    'The host blocks mail from this address by its policy or a block list: look for a link in its reply, and at PTR, SPF, DKIM and block lists.',
};

function bouncedWords({ type, detail }: BouncedEvent): string {
  const { name, description } = bounceTypeInfo(type);
  return `${sentence(detail)} ${name}: ${description}`;
}

function reportedWords({ type, detail, returned }: BouncedEvent): string {
  const { name, description } = bounceTypeInfo(type);
  const by = returned === undefined || returned.reportedBy === '' ? '' : ` from ${returned.reportedBy}`;
  return `A report came back${by}: ${sentence(detail)} ${name}: ${description}`;
}

function hostOf(peer: Peer | undefined): string {
  if (peer === undefined) return 'The receiving host';
  return peer.host === peer.ip ? peer.host : `${peer.host} (${peer.ip})`;
}

function replyWords({ code, enhanced, text }: RemoteReply): string {
  return [code === 0 ? undefined : code, enhanced, text].filter((part) => part !== undefined && part !== '').join(' ');
}
