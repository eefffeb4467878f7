// Which recipients of which message a report is about. A report proves nothing by itself; what proves it is a return path that only
// we can have made: the one that it was sent to, or, for complaints, one within the message that is complained about.
//
// The message is looked up by the id in it. Where the return path names no recipient (one transaction carried several), the report
// has to name one of the message's own; whatever else it names is left out. RFC 3464, RFC 5965, RFC 6650 section 5.
import { classifyAnswer, classifyFeedback, classifyStatus } from '../domain/bounce/classify-report.ts';
import type { BounceType } from '../domain/bounce/types.ts';
import type { Message, Recipient } from '../domain/message.ts';
import type { MessageId } from '../lib/ids.ts';
import { parseHeaderMailboxes } from '../mail/address.ts';
import { domainToAscii } from '../mail/idna.ts';
import type { FeedbackReport, ReadReport, RecipientStatus } from '../mail/report/read-report.ts';
import { decodeReturnPath, type ReturnPathId, type ReturnPathKey } from '../mail/verp.ts';

export interface Matched {
  readonly recipient: Recipient;
  readonly type: BounceType;
  /** Of a delivery report. */
  readonly status: RecipientStatus | undefined;
}

export type Unmatched =
  /** Reports nothing that concerns us. */
  | 'no-report'
  /** Good news. */
  | 'delivered'
  | 'not-a-complaint'
  /** Our return path, but its message is not kept any more. */
  | 'message-unknown'
  /** Names nobody whom the message went to. */
  | 'recipient-unknown';

export type Match =
  | { readonly kind: 'matched'; readonly message: Message; readonly matched: readonly Matched[] }
  | { readonly kind: 'unmatched'; readonly reason: Unmatched };

export interface ReportToMatch extends ReadReport {
  readonly id: ReturnPathId;
  readonly mailFrom: string;
}

export async function matchReport(
  findMessage: (id: MessageId) => Promise<Message | undefined>,
  given: ReportToMatch,
): Promise<Match> {
  const meaning = meaningOf(given);
  if (typeof meaning === 'string') return { kind: 'unmatched', reason: meaning };
  const message = await findMessage(given.id.uuid as MessageId);
  if (message === undefined) return { kind: 'unmatched', reason: 'message-unknown' };
  const named = given.id.recipient === undefined ? undefined : message.recipients[given.id.recipient];
  const matched = named === undefined ? amongRecipients(message, meaning) : [forNamed(named, meaning)];
  if (matched.length === 0) return { kind: 'unmatched', reason: 'recipient-unknown' };
  return { kind: 'matched', message, matched };
}

/** The return path of ours that the message complained about carries: told by the provider, or in one of its own fields. */
export function returnPathIn(report: FeedbackReport, key: ReturnPathKey): ReturnPathId | undefined {
  const fields = [...report.original].sort((one, other) => rank(one.name) - rank(other.name)).map(({ value }) => value);
  let tries = 0;
  for (const text of [report.originalMailFrom ?? '', ...fields]) {
    for (const [local] of text.matchAll(RETURN_PATH)) {
      const id = decodeReturnPath(local, key);
      if (id !== undefined) return id;
      if ((tries += 1) >= MAX_TRIES) return undefined;
    }
  }
  return undefined;
}

const RETURN_PATH = /\brp-[0-9a-v]{48}\b/gi;
/** Each costs a MAC. */
const MAX_TRIES = 20;
const rank = (name: string): number => (name === 'return-path' ? 0 : 1);

interface Said {
  /** Addresses that it may be about; the first that is the message's counts. Empty where it names none. */
  readonly addresses: readonly string[];
  readonly type: BounceType;
  readonly status: RecipientStatus | undefined;
}

function meaningOf({ report, from, mailFrom }: ReportToMatch): readonly Said[] | Unmatched {
  switch (report.kind) {
    case 'delivery-status': {
      const said = report.recipients.flatMap((status): Said[] => {
        const type = classifyStatus(status);
        return type === undefined ? [] : [{ addresses: definedOf(status.original, status.final), type, status }];
      });
      return said.length === 0 ? 'delivered' : said;
    }
    case 'feedback': {
      const type = classifyFeedback(report);
      if (type === undefined) return 'not-a-complaint';
      // Each address that it names complains for itself.
      const each = report.recipients.map((address) => ({ addresses: [address], type, status: undefined }));
      return each.length === 0 ? [{ addresses: [], type, status: undefined }] : each;
    }
    case 'auto-reply':
    case 'challenge':
    case 'request':
    case 'other': {
      const type = classifyAnswer(report);
      if (type === undefined) return 'no-report';
      const parsed = parseHeaderMailboxes(from);
      const senders = parsed.kind === 'ok' ? parsed.mailboxes.map(({ address }) => address) : [];
      return [{ addresses: [...senders, ...(mailFrom === '' ? [] : [mailFrom])], type, status: undefined }];
    }
  }
}

/** The return path says who it is about; the report may know them by another address, after forwarding. */
function forNamed(recipient: Recipient, said: readonly Said[]): Matched {
  const own = said.find(({ addresses }) => addresses.some((address) => same(address, recipient.address)));
  const [first] = said;
  if (first === undefined) throw new Error('a report without meaning was matched');
  const { type, status } = own ?? first;
  // One of several addresses that the recipient's was expanded to: it says nothing for good about the recipient's own.
  const surely = own !== undefined || said.length === 1 || type !== 'HardBounce';
  return { recipient, type: surely ? type : 'Unknown', status };
}

function amongRecipients(message: Message, said: readonly Said[]): readonly Matched[] {
  const matched = new Map<number, Matched>();
  for (const { addresses, type, status } of said) {
    const recipient =
      message.recipients.find((candidate) => addresses.some((address) => same(address, candidate.address))) ??
      onlyOne(message, addresses);
    if (recipient !== undefined && !matched.has(recipient.index)) {
      matched.set(recipient.index, { recipient, type, status });
    }
  }
  return [...matched.values()];
}

function onlyOne({ recipients }: Message, addresses: readonly string[]): Recipient | undefined {
  return addresses.length === 0 && recipients.length === 1 ? recipients[0] : undefined;
}

function same(one: string, other: string): boolean {
  return comparable(one) === comparable(other);
}

/** Case folded, and the domain as A-labels: reports write addresses as they please. */
function comparable(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, Math.max(at, 0)).toLowerCase()}@${domainToAscii(domain) ?? domain.toLowerCase()}`;
}

function definedOf(...values: readonly (string | undefined)[]): readonly string[] {
  return values.filter((value) => value !== undefined);
}
