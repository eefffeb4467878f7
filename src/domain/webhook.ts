// A webhook: where events of one stream are posted to, which ones, and with what (contract sending 18).
//
// Pure: what a webhook is, how a change is merged into one, and what its address and headers must look like. Leaves to
// others: looking up names, and the judging of the address that is really connected to.
import { literalAddresses, readTargetUrl, refusalOfAll } from './target-url.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';

/** In the order that they are shown, probed and counted in. */
export const TRIGGER_TYPES = ['Open', 'Click', 'Delivery', 'Bounce', 'SpamComplaint', 'SubscriptionChange'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

export interface Trigger {
  readonly enabled: boolean;
  /** Of opens. */
  readonly firstOpenOnly?: boolean;
  /** Of bounces and complaints. */
  readonly includeContent?: boolean;
}

export type Triggers = Readonly<Record<TriggerType, Trigger>>;
export type TriggerChanges = Readonly<Partial<Record<TriggerType, Partial<Trigger>>>>;

export const NO_TRIGGERS: Triggers = {
  Open: { enabled: false, firstOpenOnly: false },
  Click: { enabled: false },
  Delivery: { enabled: false },
  Bounce: { enabled: false, includeContent: false },
  SpamComplaint: { enabled: false, includeContent: false },
  SubscriptionChange: { enabled: false },
};

export interface WebhookHeader {
  readonly name: string;
  readonly value: string;
}

export interface HttpAuth {
  readonly username: string;
  readonly password: string;
}

/** An unverified one receives nothing. */
export type WebhookStatus = 'verified' | 'unverified';

export interface WebhookContent {
  /** As it was given; may hold a user name and a password. */
  readonly url: string;
  readonly httpAuth: HttpAuth | undefined;
  readonly httpHeaders: readonly WebhookHeader[];
  readonly triggers: Triggers;
  readonly status: WebhookStatus;
}

export interface Webhook extends WebhookContent {
  readonly id: number;
  readonly serverId: ServerId;
  readonly streamId: StreamId;
}

/** Contract sending 18: the marketing page's number. */
export const MAX_WEBHOOKS_PER_STREAM = 10;
/** Contract sending 18 (single source). */
export const MAX_WEBHOOK_HEADERS = 30;
/** Ours. */
const MAX_URL = 2000;
const MAX_HEADER_NAME = 100;
const MAX_TEXT = 2000;

/** Triggers that are not named stay as they are, and so does what is not said of one that is. */
export function mergeTriggers(before: Triggers, changes: TriggerChanges): Triggers {
  return Object.fromEntries(
    TRIGGER_TYPES.map((type) => [type, { ...before[type], ...defined(changes[type] ?? {}) }]),
  ) as unknown as Triggers;
}

export function enabledTriggers(triggers: Triggers): readonly TriggerType[] {
  return TRIGGER_TYPES.filter((type) => triggers[type].enabled);
}

/** What is wrong with it, in words; `refusal` says why an address must not be connected to. */
export function urlProblem(text: string, refusal: (address: string) => string | undefined): string | undefined {
  const read = readTargetUrl(text, MAX_URL);
  if ('problem' in read) return read.problem;
  const refused = refusalOfAll(literalAddresses(read.url), refusal);
  return refused === undefined ? undefined : `cannot be reached: ${refused}`;
}

/** Names that HTTP itself needs, or that we set. */
const OUR_HEADERS = new Set(
  'host content-length content-type content-encoding transfer-encoding connection keep-alive te trailer upgrade expect'.split(
    ' ',
  ),
);

/** Names by RFC 9110 section 5.1, each once, and none that is ours to set. */
export function headerNameProblem(headers: readonly WebhookHeader[]): string | undefined {
  const seen = new Set<string>();
  for (const { name } of headers) {
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower) || name.length > MAX_HEADER_NAME)
      return 'is not the name of a header';
    if (OUR_HEADERS.has(lower) || lower.startsWith('x-pm-')) return `'${name}' cannot be set`;
    if (seen.has(lower)) return `'${name}' is given twice`;
    seen.add(lower);
  }
  return undefined;
}

/** What else is wrong with the fields that a request carries, in words. */
export function contentProblem({ httpAuth, httpHeaders }: WebhookContent): string | undefined {
  if (httpHeaders.length > MAX_WEBHOOK_HEADERS) return `'HttpHeaders' can have ${MAX_WEBHOOK_HEADERS} entries at most.`;
  const odd = httpHeaders.find(({ value }) => !isHeaderText(value));
  if (odd !== undefined) return `The value of the header '${odd.name}' cannot be sent.`;
  if (httpAuth === undefined) return undefined;
  const { username, password } = httpAuth;
  // RFC 7617 section 2: a colon ends the user name, and control characters are in neither.
  if (username.includes(':')) return "The 'Username' of 'HttpAuth' cannot hold a colon.";
  const fine = [username, password].every((text) => text.length <= MAX_TEXT && !/\p{Cc}/u.test(text));
  return fine ? undefined : "'HttpAuth' is too long or holds control characters.";
}

function isHeaderText(value: string): boolean {
  return value.length <= MAX_TEXT && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
