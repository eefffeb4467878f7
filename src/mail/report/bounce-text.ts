// Reports in words: what a mail system wrote for people, read for machines. The forms are data (bounce-forms.ts), so are the
// phrases that stand for a status (bounce-words.ts); here is how they are applied.
//
// Promises: bounded in time and in what comes out, whatever the text. A report whose recipient is not found has one
// recipient without address: who it is for may be known by where it was sent.
import { BOUNCE_FORMS, DAEMON, DELAY_SUBJECT, FAILURE_SUBJECT, type BounceForm } from './bounce-forms.ts';
import { statusOfWords } from './bounce-words.ts';
import { diagnosticText, type DeliveryReport, type RecipientStatus } from './dsn.ts';
import { readFields, valueOf } from './fields.ts';
import { attachedHeader, type Received } from './received.ts';

const MAX_RECIPIENTS = 50;
const MAX_ABOUT = 1500;
const MAX_WORDS = 500;

/** A report whose text has one of the known forms; undefined for any other. */
export function readBounceForm(received: Received): DeliveryReport | undefined {
  const { notice, rest } = withoutOriginal(received.text);
  const form = BOUNCE_FORMS.find((candidate) => matches(candidate, received, notice));
  return form === undefined ? undefined : reportOf(received, form, { notice, rest });
}

/** A report of a mail system in no known form, known by who wrote it and by its subject. */
export function readUnknownBounce(received: Received): DeliveryReport | undefined {
  const failed = FAILURE_SUBJECT.test(received.subject);
  const delayed = DELAY_SUBJECT.test(received.subject);
  const named = valueOf(received.fields, 'x-failed-recipients') !== '';
  if (!named && !(DAEMON.test(received.from) && (failed || delayed))) return undefined;
  const form = { id: 'unknown', when: {}, samples: [], ...(delayed && !failed ? { action: 'delayed' as const } : {}) };
  return reportOf(received, form, withoutOriginal(received.text));
}

function matches({ when }: BounceForm, { subject, from }: Received, notice: string): boolean {
  if (when.text !== undefined && !when.text.test(notice)) return false;
  if (when.subject !== undefined && !when.subject.test(subject)) return false;
  return when.from === undefined || when.from.test(from);
}

interface Halves {
  /** What the mail system wrote. */
  readonly notice: string;
  /** The message that it brings back. */
  readonly rest: string;
}

/** The line that says "here comes your message", in the words of many programs. */
const ORIGINAL_FOLLOWS =
  /^[ \t>|]{0,8}(?:-{2,40}|={3,40}|\|-{2,40})? ?(?:Below this line is a copy of the message|This is a copy of (?:the|your) message|(?:Possibly truncated )?(?:(?:Start of )?(?:The )?(?:original|returned|undelivered|unsent|rejected) message|Message (?:text|headers?))(?: (?:follows?|text|below|is attached|headers?))?|(?:Here is )?(?:a|the) copy of (?:the )?(?:original )?(?:message|headers?)|Original-?Nachricht|Ursprüngliche Nachricht(?:enkopfzeilen)?|Message (?:original|d'origine)|En-têtes de message d'origine|Mensaje original|Messaggio originale|Mensagem original|Oorspronkelijk bericht|Исходное сообщение|原文|The header of the original message is following)(?:, including all the headers)?[ .:-]{0,60}\|?[ \t]{0,8}$/im;
/** A header that begins without being announced. */
const HEADER_STARTS = /^(?:Return-Path: ?<|Received: (?:from|by) |DKIM-Signature: |Message-ID: ?<)/im;

function withoutOriginal(text: string): Halves {
  const announced = ORIGINAL_FOLLOWS.exec(text);
  const header = HEADER_STARTS.exec(text);
  const cuts = [
    ...(announced === null ? [] : [{ end: announced.index, rest: announced.index + announced[0].length }]),
    ...(header === null ? [] : [{ end: header.index, rest: header.index }]),
  ];
  // A report that opens with it has nothing else to be read.
  const cut = cuts.filter(({ end }) => text.slice(0, end).trim() !== '').sort((one, other) => one.end - other.end)[0];
  return cut === undefined
    ? { notice: text, rest: '' }
    : { notice: text.slice(0, cut.end), rest: text.slice(cut.rest) };
}

function reportOf(received: Received, form: BounceForm, { notice, rest }: Halves): DeliveryReport {
  const attached = attachedHeader(received);
  const action = form.action ?? 'failed';
  return {
    kind: 'delivery-status',
    form: form.id,
    reportingMta: undefined,
    recipients: recipientsOf(received, form, notice).map(({ address, about }) => statusOf(address, about, action)),
    original: attached.length > 0 ? attached : readFields(rest.replace(/^\s+/, '')),
  };
}

interface Mentioned {
  readonly address: string | undefined;
  /** What is said about it: the text up to the next one. */
  readonly about: string;
}

function recipientsOf(received: Received, { recipient }: BounceForm, notice: string): readonly Mentioned[] {
  const found = recipient === undefined ? [] : mentions(notice, recipient);
  if (found.length > 0) return found;
  const failed = valueOf(received.fields, 'x-failed-recipients');
  const address = failed === '' ? anyAddress(received, notice) : failed.split(/[,\s]+/, 1)[0];
  return [{ address, about: notice }];
}

function mentions(notice: string, pattern: RegExp): readonly Mentioned[] {
  const matched: { address: string; start: number; end: number }[] = [];
  for (const match of notice.matchAll(pattern)) {
    const address = match[1] ?? '';
    const known = matched.some((other) => other.address.toLowerCase() === address.toLowerCase());
    // The same address again belongs to what is said about it.
    if (!known) matched.push({ address, start: match.index, end: match.index + match[0].length });
    if (matched.length >= MAX_RECIPIENTS) break;
  }
  return matched.map(({ address, start }, index) => ({
    address,
    about: notice.slice(start, matched[index + 1]?.start ?? start + MAX_ABOUT).slice(0, MAX_ABOUT),
  }));
}

const ADDRESS = /[^\s<>@:;,"'()[\]=]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g;

/** The first address that is neither the mail system's own nor the one that the report was sent to. */
function anyAddress(received: Received, notice: string): string | undefined {
  const not =
    `${received.from} ${valueOf(received.fields, 'to')} ${valueOf(received.fields, 'delivered-to')}`.toLowerCase();
  for (const [address] of notice.matchAll(ADDRESS)) {
    if (!not.includes(address.toLowerCase()) && !DAEMON.test(address)) return address;
  }
  return undefined;
}

function statusOf(address: string | undefined, about: string, action: 'failed' | 'delayed'): RecipientStatus {
  const diagnostic = diagnosticOf(about, address);
  const status = /\b([245]\.\d{1,3}\.\d{1,3})\b(?!\.)/.exec(diagnostic)?.[1] ?? statusOfWords(about);
  return { original: undefined, final: address, action, status, diagnostic, remoteMta: undefined };
}

/** The reply of a server, with its code at a place where a code may stand: after a colon, a quote, a bracket or a line start. */
const REPLY = /(?:^|[\s:'"«„“([#<])([45]\d\d)(?:[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|[ -](?=[A-Za-z<"'(#]))/g;
const STATUS_ALONE = /(?:^|[\s#(<:[])([45]\.\d{1,3}\.\d{1,3})(?=[\s>):;,\]]|$)/;

/** A server's own words where they are quoted, else what is written about the recipient. */
function diagnosticOf(about: string, address: string | undefined): string {
  let at: number | undefined;
  for (const match of about.matchAll(REPLY)) at ??= match.index + match[0].indexOf(match[1] ?? '');
  if (at !== undefined) return diagnosticText(untilParagraph(about.slice(at)).replace(/^(\d{3}[ -])#/, '$1'));
  const words = about
    .replace(address ?? '\0', ' ')
    .replace(/[<>=*_|-]{2,}/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const status = STATUS_ALONE.exec(about)?.[1];
  return status === undefined || words.startsWith(status)
    ? words.slice(0, MAX_WORDS)
    : `${status} ${words.slice(0, MAX_WORDS)}`;
}

/** Up to an empty line, or to the next line of a transcript. */
function untilParagraph(text: string): string {
  const end = text.search(/\n[ \t]{0,20}(?:\n|--|>>>|<--)/);
  return (end < 0 ? text : text.slice(0, end)).slice(0, MAX_WORDS).replace(/['"»“”\])]{1,3}\s*$/, '');
}
