// Delivery status notifications in their standard form: what became of each recipient (RFC 3464, in the multipart/report of
// RFC 6522; internationalised by RFC 6533).
//
// Read as they are really written: recipients in the first group, actions that are missing, codes with words behind them.
// What a status means for anybody is not said here.
import { readFieldGroups, valueOf, type ReportField } from './fields.ts';
import { attachedHeader, bodyText, findPart, type Received } from './received.ts';

export type DeliveryAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface RecipientStatus {
  /** As the sender of the message gave it (RFC 3461 ORCPT); undefined where the report does not tell. */
  readonly original: string | undefined;
  /** As the reporting server knew it; after forwarding another address than the sender's. */
  readonly final: string | undefined;
  readonly action: DeliveryAction;
  /** `X.Y.Z` of RFC 3463. */
  readonly status: string | undefined;
  /** What the last server said, on one line, without the type before it; '' where nothing is told. */
  readonly diagnostic: string;
  /** Host that said so. */
  readonly remoteMta: string | undefined;
}

export interface DeliveryReport {
  readonly kind: 'delivery-status';
  /** `rfc3464`, or the id of the form that a report in words has (see bounce-forms.ts). */
  readonly form: string;
  readonly reportingMta: string | undefined;
  /** At least one. */
  readonly recipients: readonly RecipientStatus[];
  /** Of the message that came back, as far as it did. */
  readonly original: readonly ReportField[];
}

const DELIVERY_STATUS = /^message\/(?:global-)?delivery-status$/;
const MAX_RECIPIENTS = 100;
const MAX_DIAGNOSTIC = 2000;
const ACTIONS: ReadonlySet<string> = new Set<DeliveryAction>(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);
const OF_RECIPIENT = ['final-recipient', 'original-recipient', 'action', 'status', 'diagnostic-code'];
const STATUS = /\b([245])\.(\d{1,3})\.(\d{1,3})\b/;

/** Undefined where the message has no part that tells the status of a recipient. */
export function readDeliveryStatus(received: Received): DeliveryReport | undefined {
  const part = findPart(received.root, ({ contentType }) => DELIVERY_STATUS.test(contentType));
  if (part === undefined) return undefined;
  const groups = readFieldGroups(bodyText(received.raw, part), MAX_RECIPIENTS + 1);
  const recipients = groups.filter(isOfRecipient).slice(0, MAX_RECIPIENTS).map(recipientStatus);
  if (recipients.length === 0) return undefined;
  return {
    kind: 'delivery-status',
    form: 'rfc3464',
    reportingMta: typedValue(valueOf(groups[0] ?? [], 'reporting-mta')),
    recipients,
    original: attachedHeader(received),
  };
}

/** `rfc822; ann@example.com` without its type; undefined where it is empty. */
function typedValue(value: string): string | undefined {
  const text = value.replace(/^\s*[A-Za-z0-9-]{1,40}\s*;/, '').trim();
  return text === '' ? undefined : text;
}

/** An address out of a field of a report: type, brackets and comments gone. */
export function reportedAddress(value: string): string | undefined {
  const text = typedValue(value) ?? '';
  const address = /<([^<>]{1,320})>/.exec(text)?.[1] ?? text.split(/[\s(]/, 1)[0] ?? '';
  return address.includes('@') ? address.slice(0, 320) : undefined;
}

function isOfRecipient(group: readonly ReportField[]): boolean {
  return group.some(({ name }) => name === 'final-recipient' || name === 'original-recipient') || isBare(group);
}

/** Some gateways leave the recipient out, since it stands in the text. */
function isBare(group: readonly ReportField[]): boolean {
  return OF_RECIPIENT.filter((name) => group.some((field) => field.name === name)).length >= 2;
}

function recipientStatus(group: readonly ReportField[]): RecipientStatus {
  const [status, subject] = STATUS.exec(valueOf(group, 'status')) ?? [];
  const original = reportedAddress(valueOf(group, 'original-recipient'));
  return {
    original: original === undefined ? undefined : decodeXtext(original),
    final: reportedAddress(valueOf(group, 'final-recipient')) ?? reportedAddress(valueOf(group, 'x-actual-recipient')),
    action: actionOf(valueOf(group, 'action').toLowerCase(), subject),
    status,
    diagnostic: diagnosticText(valueOf(group, 'diagnostic-code')),
    remoteMta: typedValue(valueOf(group, 'remote-mta')),
  };
}

function actionOf(given: string, statusClass: string | undefined): DeliveryAction {
  const word = /^[a-z]+/.exec(given)?.[0] ?? '';
  if (ACTIONS.has(word)) return word as DeliveryAction;
  if (statusClass === '2') return 'delivered';
  return statusClass === '4' ? 'delayed' : 'failed';
}

/** One line; the code that each line of a reply begins with stays on the first only (`550-5.1.1 No such 550 5.1.1 user`). */
export function diagnosticText(value: string): string {
  const text = (typedValue(value) ?? '').replace(/\s+/g, ' ').slice(0, MAX_DIAGNOSTIC);
  const [first, code, enhanced] = /^([245]\d\d)[ -](?:([245]\.\d{1,3}\.\d{1,3})\b)?/.exec(text) ?? [];
  if (first === undefined || code === undefined) return text;
  const again = new RegExp(
    ` ${code}[ -]${enhanced === undefined ? '' : `(?:${enhanced.replaceAll('.', '\\.')}\\b)?`}`,
    'g',
  );
  const lead = enhanced === undefined ? code : `${code} ${enhanced}`;
  return `${lead} ${text.slice(first.length).replace(again, ' ').replace(/\s+/g, ' ').trim()}`.trim();
}

/** RFC 3461 section 4: `+2B` for what could not stand in a parameter. */
function decodeXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
