// Answers that no person wrote, and short requests that one did: out-of-office notes (RFC 3834), challenges, and "unsubscribe" by
// mail. How they are known is data (auto-reply-words.ts).
import {
  ADDRESS_CHANGE,
  AUTO_HEADERS,
  AUTO_SUBJECTS,
  CHALLENGES,
  REQUESTS,
  type ChallengeMark,
} from './auto-reply-words.ts';
import { DAEMON } from './bounce-forms.ts';
import { valuesOf } from './fields.ts';
import type { Received } from './received.ts';

export interface AutoReply {
  readonly kind: 'auto-reply';
  /** `address-change` where it tells a new address. */
  readonly about: 'absence' | 'address-change';
  /** How it was known: the name of a field, or of a row of words. */
  readonly by: string;
}

export interface Challenge {
  readonly kind: 'challenge';
  readonly by: string;
}

export interface SubscriptionRequest {
  readonly kind: 'request';
  readonly wish: 'unsubscribe' | 'subscribe';
}

export function readChallenge({ subject, from, text }: Received): Challenge | undefined {
  // A mail system that speaks of spam and of links refuses; it does not ask.
  if (DAEMON.test(from)) return undefined;
  const fits = ({ subject: s, from: f, text: t }: ChallengeMark): boolean =>
    (s?.test(subject) ?? true) && (f?.test(from) ?? true) && (t?.test(text.slice(0, MAX_LOOKED)) ?? true);
  const found = CHALLENGES.find(fits);
  return found === undefined ? undefined : { kind: 'challenge', by: found.id };
}

export function readAutoReply(received: Received): AutoReply | undefined {
  const by = signOf(received);
  const words = `${received.subject}\n${received.text.slice(0, MAX_LOOKED)}`;
  const changed = ADDRESS_CHANGE.test(words);
  // Who only tells a new address often has a program do it that says nothing of itself.
  if (by === undefined) {
    const told = changed && ADDRESS_CHANGE.test(received.subject);
    return told ? { kind: 'auto-reply', about: 'address-change', by: 'subject' } : undefined;
  }
  return { kind: 'auto-reply', about: changed ? 'address-change' : 'absence', by };
}

export function readRequest({ subject, text }: Received): SubscriptionRequest | undefined {
  const line =
    text
      .slice(0, MAX_LOOKED)
      .split('\n')
      .map((row) => row.trim())
      .find((row) => row !== '') ?? '';
  const found = REQUESTS.find((request) => request.line.test(subject) || request.line.test(line.slice(0, MAX_LINE)));
  return found === undefined ? undefined : { kind: 'request', wish: found.wish };
}

const MAX_LOOKED = 4000;
const MAX_LINE = 100;

function signOf({ fields, subject }: Received): string | undefined {
  const mark = AUTO_HEADERS.find(({ name, value }) => valuesOf(fields, name).some((text) => value.test(text)));
  return mark?.name ?? AUTO_SUBJECTS.find((row) => row.subject.test(subject.trim()))?.id;
}
