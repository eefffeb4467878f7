// MIME entities from text, HTML and attachments (RFC 2045, RFC 2046, RFC 2387, RFC 2392).
//
//   mixed( alternative( text, related( html, inline… ) ), attachment… )      each level only where it has more than one part
//
// The result is 7-bit with lines of at most 998 octets, line ends are CRLF, and the body ends with one. ASCII text goes as it
// is, other text as quoted-printable, or base64 where that is much shorter. The boundary function must give a new string
// that does not occur in the content (a random one), of characters that need no quoting, for each call.
import { formatParameters, formatPlainParameter, readParameters } from './parameters.ts';
import { toSevenBit } from './seven-bit.ts';
import { hasLongLine, isSevenBit, toBase64, toQuotedPrintable } from './transfer-encoding.ts';

export interface MimeAttachment {
  /** File name; may be empty. */
  readonly name: string;
  /** With or without parameters; what is none, and composite types, become application/octet-stream. */
  readonly contentType: string;
  readonly content: Uint8Array;
  /** With or without `cid:` and angle brackets; makes it part of the HTML. */
  readonly contentId: string | undefined;
}

export interface MimeContent {
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: readonly MimeAttachment[];
}

export interface MimeEntity {
  /** MIME-Version, Content-Type and Content-Transfer-Encoding; each line ends with CRLF. */
  readonly headers: string;
  readonly body: Buffer;
}

/** Fields, each line CRLF ended, and a body; both are ASCII. */
interface Part {
  readonly head: string;
  readonly body: string;
}

/** Base64 is chosen where more than one octet in so many is not ASCII. */
const BASE64_SHARE = 4;
const OCTETS = 'application/octet-stream';
const MEDIA_TYPE = /^(?!multipart\/)[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}$/;
const NOT_IN_CONTENT_ID = /[^\x21-\x3b\x3d\x3f-\x7e]/g;
const MAX_CONTENT_ID = 200;

/** Without text and HTML the message has an empty text. Boundaries are asked for from the outside inward, from 0. */
export function composeEntity(content: MimeContent, boundary: (n: number) => string): MimeEntity {
  const isInline = (attachment: MimeAttachment): boolean =>
    content.html !== undefined && contentIdOf(attachment) !== '';
  const inline = content.attachments.filter(isInline);
  const others = content.attachments.filter((attachment) => !isInline(attachment));
  const html = content.html === undefined ? [] : [related(content.html, inline)];
  const text = content.text === undefined && html.length > 0 ? [] : [textPart('plain', content.text ?? '')];
  const parts = [multipart('alternative', [...text, ...html]), ...others.map(attachmentPart)];
  let count = 0;
  const { head, body } = render(multipart('mixed', parts), () => boundary(count++));
  return {
    headers: `MIME-Version: 1.0\r\n${head}`,
    body: Buffer.from(body.endsWith('\r\n') ? body : `${body}\r\n`, 'latin1'),
  };
}

interface Multipart {
  readonly type: string;
  readonly parts: readonly Node[];
}
type Node = Part | Multipart;

function related(html: string, inline: readonly MimeAttachment[]): Node {
  return multipart('related; type="text/html"', [textPart('html', html), ...inline.map(attachmentPart)]);
}

function multipart(type: string, parts: readonly Node[]): Node {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { type, parts };
}

function render(node: Node, boundary: () => string): Part {
  if ('head' in node) return node;
  const mark = boundary();
  const bodies = node.parts.map((part) => {
    const { head, body } = render(part, boundary);
    return `--${mark}\r\n${head}\r\n${body}\r\n`;
  });
  return {
    head: `Content-Type: multipart/${node.type};\r\n boundary="${mark}"\r\n`,
    body: `${bodies.join('')}--${mark}--\r\n`,
  };
}

function textPart(subtype: 'plain' | 'html', text: string): Part {
  const lines = text.includes('\r') ? text.replace(/\r\n?|\n/g, '\r\n') : text.replaceAll('\n', '\r\n');
  const type = `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: `;
  const length = Buffer.byteLength(lines);
  const extra = length - lines.length;
  if (extra === 0 && !needsCare(lines)) return { head: `${type}7bit\r\n`, body: lines };
  const bytes = Buffer.from(lines);
  // Of two octets in UTF-8 one is extra, of three and four two.
  if (extra * BASE64_SHARE > length) return { head: `${type}base64\r\n`, body: toBase64(bytes) };
  return { head: `${type}quoted-printable\r\n`, body: toQuotedPrintable(bytes) };
}

/** ASCII text that does not survive every transport: long lines, NUL, and lines that mbox files change. */
function needsCare(lines: string): boolean {
  return hasLongLine(lines) || lines.includes('\0') || (lines.includes('From ') && /^From /m.test(lines));
}

function attachmentPart(attachment: MimeAttachment): Part {
  const { value, params } = readParameters(attachment.contentType);
  const type = MEDIA_TYPE.test(value) ? value : OCTETS;
  const content = Buffer.from(attachment.content.buffer, attachment.content.byteOffset, attachment.content.byteLength);
  const id = contentIdOf(attachment);
  const encoded = type.startsWith('message/') ? messageBody(type, content) : base64Body(type, content);
  const kept = encoded.type === value ? [...params].filter(([name]) => name !== 'name') : [];
  const plainName = attachment.name === '' ? '' : `;\r\n ${formatPlainParameter('name', attachment.name)}`;
  const fileName = attachment.name === '' ? [] : [['filename', attachment.name] as const];
  const head = [
    `Content-Type: ${formatParameters(encoded.type, kept)}${plainName}`,
    `Content-Transfer-Encoding: ${encoded.encoding}`,
    `Content-Disposition: ${formatParameters(id === '' ? 'attachment' : 'inline', fileName)}`,
    ...(id === '' ? [] : [`Content-ID: <${id}>`]),
  ];
  return { head: `${head.join('\r\n')}\r\n`, body: encoded.body };
}

interface EncodedBody {
  readonly type: string;
  readonly encoding: string;
  readonly body: string;
}

function base64Body(type: string, content: Buffer): EncodedBody {
  return { type, encoding: 'base64', body: toBase64(content) };
}

/** A message may not be encoded as a whole (RFC 2046 5.2): it is made 7-bit itself, or is no message. */
function messageBody(type: string, content: Buffer): EncodedBody {
  const text = content.toString('latin1').replace(/\r\n?|\n/g, '\r\n');
  const bytes = Buffer.from(text, 'latin1');
  const clean = type === 'message/rfc822' ? Buffer.from(toSevenBit(bytes)) : bytes;
  return isSevenBit(clean) ? { type, encoding: '7bit', body: clean.toString('latin1') } : base64Body(OCTETS, content);
}

function contentIdOf(attachment: MimeAttachment): string {
  const id = attachment.contentId?.trim().replace(/^cid:/i, '').replace(NOT_IN_CONTENT_ID, '') ?? '';
  return id.slice(0, MAX_CONTENT_ID);
}
