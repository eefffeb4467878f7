// Header fields with raw octets or overlong lines, made fit for a 7-bit transport (RFC 2047, RFC 2231, RFC 6532 the other way).
//
// Octets are read as UTF-8 where they are valid, else as windows-1252. Display names, unstructured text and parameters keep
// their meaning as encoded words or RFC 2231; where the grammar of a field is not known, it is taken for unstructured. Fields
// that need nothing keep their octets.
import { isUtf8 } from 'node:buffer';
import { formatMailbox, parseHeaderMailboxes } from '../address.ts';
import { needsEncoding } from '../encoded-word.ts';
import { formatAddressField, formatField, isFieldName } from '../headers.ts';
import { formatParameters, readParameters } from './parameters.ts';
import { hasLongLine } from './transfer-encoding.ts';

export interface NewFields {
  /** Replaces Content-Transfer-Encoding. */
  readonly encoding?: string;
  /** Adds a Content-Type of text/plain with this charset, in place of one without parameters. */
  readonly defaultCharset?: string;
  /** Adds MIME-Version where it is missing. */
  readonly mimeVersion?: boolean;
}

const ADDRESS_FIELD =
  /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$|^(?:disposition-notification-to|return-receipt-to|errors-to)$/i;
const PARAMETER_FIELD = /^content-(?:type|disposition)$/i;
const REPLACED = {
  encoding: /^content-transfer-encoding[ \t]*:/i,
  defaultCharset: /^content-type[ \t]*:/i,
} as const;
/** Where a line without white space is broken as a last resort, as relays do it too. */
const HARD_BREAK = 990;
const UNFIT = /[^\x01-\x7f]/;

/** The header with its empty line, if it has one, as octets in latin1. */
export function cleanHeader(header: string, added: NewFields): string {
  const separator = header.endsWith('\r\n\r\n') || header === '\r\n' ? '\r\n' : '';
  const block = separator === '' ? header : header.slice(0, -2);
  const kept = splitFields(block).filter((raw) => !isReplaced(raw, added));
  const fields = [...kept.map(cleanField), ...newFields(kept, added)];
  return fields.join('') + separator;
}

function isReplaced(raw: string, added: NewFields): boolean {
  return (
    (added.encoding !== undefined && REPLACED.encoding.test(raw)) ||
    (added.defaultCharset !== undefined && REPLACED.defaultCharset.test(raw))
  );
}

function newFields(kept: readonly string[], added: NewFields): string[] {
  const fields: string[] = [];
  const hasVersion = kept.some((raw) => /^mime-version[ \t]*:/i.test(raw));
  if (added.mimeVersion === true && !hasVersion) fields.push('MIME-Version: 1.0\r\n');
  if (added.defaultCharset !== undefined) fields.push(`Content-Type: text/plain; charset=${added.defaultCharset}\r\n`);
  if (added.encoding !== undefined) fields.push(`Content-Transfer-Encoding: ${added.encoding}\r\n`);
  return fields;
}

/** Fields with their line ends; the last may lack it. */
function splitFields(block: string): string[] {
  return block.split(/(?<=\r\n)(?![ \t])/).filter((raw) => raw !== '');
}

function cleanField(raw: string): string {
  if (!UNFIT.test(raw) && !hasLongLine(raw)) return raw;
  const colon = raw.indexOf(':');
  const name = raw.slice(0, Math.max(colon, 0)).trimEnd();
  const text = decodeOctets(raw.slice(colon + 1).replaceAll('\r\n', '')).replace(/[\r\n\0]/g, ' ');
  const field = isFieldName(name) ? rewriteField(name, text.trim()) : undefined;
  return breakLines(field ?? raw.replace(/[^\x01-\x7f]|\r(?!\n)|(?<!\r)\n/g, '?'));
}

function rewriteField(name: string, value: string): string | undefined {
  return (UNFIT.test(value) ? structured(name, value) : undefined) ?? formatField(name, value);
}

function breakLines(field: string): string {
  if (!hasLongLine(field)) return field;
  return field.replace(/^.+/gm, (line) => line.match(new RegExp(`.{1,${HARD_BREAK}}`, 'g'))?.join('\r\n ') ?? line);
}

function structured(name: string, value: string): string | undefined {
  if (PARAMETER_FIELD.test(name)) {
    const { value: first, params } = readParameters(value);
    return needsEncoding(first) ? undefined : `${name}: ${formatParameters(first, params)}\r\n`;
  }
  if (!ADDRESS_FIELD.test(name)) return undefined;
  const list = parseHeaderMailboxes(value);
  if (list.kind === 'invalid' || list.mailboxes.length === 0) return undefined;
  return list.mailboxes.some((mailbox) => needsEncoding(formatMailbox(mailbox)))
    ? undefined
    : formatAddressField(name, list.mailboxes);
}

function decodeOctets(latin1: string): string {
  const octets = Buffer.from(latin1, 'latin1');
  return isUtf8(octets) ? octets.toString('utf8') : new TextDecoder('windows-1252').decode(octets);
}
