// The way out of a stream as it stands in a message: link, footer and header fields (contract sending 14, RFC 2369 3.2,
// RFC 8058).
//
// Placeholders become the link wherever they stand, on every stream. Where the platform handles unsubscribes, a body without
// one gets a footer, and the fields of the sender give way to ours. One-click is offered only where the link names who
// follows it. Bodies are plain strings here: of text decoded (a message given field by field), or of octets as Latin-1.
import { formatField } from '../mail/headers.ts';

export interface WayOut {
  /** The platform handles unsubscribes on this stream. */
  readonly handled: boolean;
  /** The link names one recipient. */
  readonly oneClick: boolean;
  readonly url: () => string;
}

export interface Bodies {
  readonly text: string | undefined;
  readonly html: string | undefined;
}

/** Cheap where there is nothing to do, which is what most transactional mail asks. */
export function withWayOut<B extends Bodies>(bodies: B, way: WayOut): B {
  const { text, html } = bodies;
  if (!way.handled && !mentions(text) && !mentions(html)) return bodies;
  return {
    ...bodies,
    text: text === undefined ? undefined : textWithWayOut(text, way),
    html: html === undefined ? undefined : htmlWithWayOut(html, way),
  };
}

/** Fields of a sender that ours take the place of, in lower case. */
export const WAY_OUT_FIELDS: readonly string[] = ['list-unsubscribe', 'list-unsubscribe-post'];

/** CRLF ended; '' where the platform does not handle unsubscribes. */
export function wayOutFields({ handled, oneClick, url }: WayOut): string {
  if (!handled) return '';
  const link = formatField('List-Unsubscribe', `<${url()}>`) ?? '';
  return oneClick ? `${link}List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n` : link;
}

const MARK = 'pm:unsubscribe';
/** Of one body: each is longer than its placeholder, and a message must not grow without bound after it was measured. */
const MOST_LINKS = 100;
/** The label is of old documents. */
const PLACEHOLDER = String.raw`\{\{\{\s{0,20}pm:unsubscribe(_url)?(?:\s{1,20}label="([^"{}]{0,200})")?\s{0,20}\}\}\}`;
const IN_TEXT = new RegExp(PLACEHOLDER, 'g');
/** With what opens and closes tags, so that one pass knows whether a placeholder stands inside one. */
const IN_HTML = new RegExp(`[<>]|${PLACEHOLDER}`, 'g');
const BODY_END = /<\/body\s{0,20}>/gi;

export function mentions(body: string | undefined): boolean {
  return body?.includes(MARK) === true;
}

export function textWithWayOut(text: string, { handled, url }: WayOut): string {
  let found = 0;
  const replaced = mentions(text)
    ? text.replace(IN_TEXT, (matched: string) => ((found += 1) > MOST_LINKS ? matched : url()))
    : text;
  if (found > 0 || !handled) return replaced;
  return `${withoutLastBreaks(replaced)}\r\n\r\n--\r\nUnsubscribe: ${url()}\r\n`;
}

/** ASCII only: a body may be octets, of which others that look like spaces are parts of letters. */
function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Inside a tag only the address is put, between tags a link. */
export function htmlWithWayOut(html: string, { handled, url }: WayOut): string {
  let found = 0;
  let inTag = false;
  const replaced = mentions(html)
    ? html.replace(IN_HTML, (matched: string, bare: string | undefined, label: string | undefined) => {
        if (matched === '<' || matched === '>') {
          inTag = matched === '<';
          return matched;
        }
        found += 1;
        if (found > MOST_LINKS) return matched;
        return inTag || bare !== undefined ? url() : linkTo(url(), label);
      })
    : html;
  return found > 0 || !handled ? replaced : withFooter(replaced, linkTo(url(), undefined));
}

function linkTo(url: string, label: string | undefined): string {
  return `<a href="${url}">${label?.replace(/[<>]/g, '') || 'Unsubscribe'}</a>`;
}

function withFooter(html: string, link: string): string {
  const footer = `<p style="font-size:12px;color:#666666">${link}</p>`;
  let end = html.length;
  for (const { index } of html.matchAll(BODY_END)) end = index;
  return `${html.slice(0, end)}\r\n${footer}\r\n${html.slice(end)}`;
}
