// The messages that the generators send: one template per session, in which only the digits of the id change, so that
// making a message costs a few byte writes. Every message has its own id (`X-Bench-Id`, ten digits) and its own recipient.
import { Buffer } from 'node:buffer';

export const ID_HEADER = 'X-Bench-Id';
export const ID_DIGITS = 10;
export const SENDER = 'bench@sender.test';
const PLACEHOLDER = '#'.repeat(ID_DIGITS);
const DOMAIN_PLACE = /@sink(%+)\.test/g;
const ZERO = 48;

/** Which recipient domains a load uses, in turn: `sink0.test` …, or with three digits `sink000.test` …. */
export interface DomainRange {
  readonly first: number;
  readonly count: number;
  readonly digits: number;
}

/** A prebuilt text whose ids are written in place. */
export interface Template {
  readonly bytes: Buffer;
  readonly idOffsets: readonly number[];
  readonly domainOffsets: readonly number[];
  readonly domainDigits: number;
}

export function sinkDomain(index: number, digits = 1): string {
  return `sink${String(index).padStart(digits, '0')}.test`;
}

/** A whole message of `size` bytes, ended by its final dot (RFC 5321 4.1.1.4), which is not counted. */
export function messageTemplate(size: number, domainDigits = 1): Template {
  const head = [
    `From: "Bench" <${SENDER}>`,
    `To: <r${PLACEHOLDER}${domainPlace(domainDigits)}>`,
    `Subject: Your order ${PLACEHOLDER} has been sent`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${PLACEHOLDER}.bench@sender.test>`,
    `${ID_HEADER}: ${PLACEHOLDER}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    '',
  ].join('\r\n');
  return toTemplate(`${head}${filler(size - head.length)}.\r\n`);
}

/** The commands before a message, to be sent in one write (RFC 2920) or each on its own. */
export function envelopeTemplates(pipelining: boolean, domainDigits = 1): Template[] {
  const recipient = `r${PLACEHOLDER}${domainPlace(domainDigits)}`;
  const commands = [`MAIL FROM:<${SENDER}>\r\n`, `RCPT TO:<${recipient}>\r\n`, 'DATA\r\n'];
  return (pipelining ? [commands.join('')] : commands).map(toTemplate);
}

/** One message of POST /email as JSON whose composed form has about `size` bytes. */
export function jsonMessage(size: number, domainDigits = 1, stream = 'outbound'): string {
  const composedHead = 600;
  return JSON.stringify({
    From: `"Bench" <${SENDER}>`,
    To: `r${PLACEHOLDER}${domainPlace(domainDigits)}`,
    Subject: `Your order ${PLACEHOLDER} has been sent`,
    TextBody: filler(Math.max(100, size - composedHead)).replaceAll('\r\n', '\n'),
    MessageStream: stream,
    Headers: [{ Name: ID_HEADER, Value: PLACEHOLDER }],
  });
}

export function toTemplate(text: string): Template {
  const bytes = Buffer.from(text, 'latin1');
  const places = [...text.matchAll(DOMAIN_PLACE)];
  return {
    bytes,
    idOffsets: offsetsOf(bytes, PLACEHOLDER),
    domainOffsets: places.map(({ index }) => index + '@sink'.length),
    domainDigits: places[0]?.[1]?.length ?? 1,
  };
}

/** Writes an id, and the recipient domain that belongs to it, into a template. */
export function stamp(template: Template, id: number, domains: DomainRange): void {
  for (const offset of template.idOffsets) writeId(template.bytes, offset, id);
  for (const offset of template.domainOffsets) writeDomain(template, offset, domainOf(id, domains));
}

export function domainOf(id: number, { first, count }: DomainRange): number {
  return first + (id % count);
}

export function writeDomain({ bytes, domainDigits }: Template, offset: number, domain: number): void {
  writeDigits(bytes, offset, { digits: domainDigits, value: domain });
}

export function writeId(bytes: Buffer, offset: number, id: number): void {
  writeDigits(bytes, offset, { digits: ID_DIGITS, value: id });
}

function writeDigits(bytes: Buffer, offset: number, { digits, value }: { digits: number; value: number }): void {
  let rest = value;
  for (let at = offset + digits - 1; at >= offset; at -= 1) {
    bytes[at] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function domainPlace(digits: number): string {
  return `@sink${'%'.repeat(digits)}.test`;
}

function offsetsOf(bytes: Buffer, text: string): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) found.push(at);
  return found;
}

/** `length` bytes of prose in lines of 72, ended by CRLF. */
function filler(length: number): string {
  const line = 'We packed your order today; it is on its way and will reach you soon. \r\n';
  const whole = line.repeat(Math.ceil(Math.max(0, length) / line.length) + 1);
  return `${whole.slice(0, Math.max(0, length - 2)).replace(/\r$/, ' ')}\r\n`;
}
