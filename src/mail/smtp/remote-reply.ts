// Reads the replies of a remote SMTP server from a stream of bytes (RFC 5321 4.2, enhanced codes RFC 2034 and 3463).
//
// Promises: bounded whatever the far side sends; the way the bytes are cut into chunks changes nothing; text that goes
// to people holds no control characters. Tolerates what real servers do: bare LF line ends, no text, no or odd enhanced
// codes. Everything else is a fault: after one, the stream cannot be trusted any more.
// Leaves to others: which reply answers which command, and deadlines.

export interface Reply {
  readonly kind: 'reply';
  /** 200 to 599. */
  readonly code: number;
  /** `X.Y.Z` of the first line that carries one, as sent. */
  readonly enhanced: string | undefined;
  /** All lines without code and enhanced code, joined by a space; at most 1,000 characters. */
  readonly text: string;
  /** The lines without the code, for EHLO. */
  readonly lines: readonly string[];
}

/** The far side ends the session, whatever it was asked (RFC 5321 section 3.8). */
export const SERVICE_CLOSING = 421;

export interface ReplyLimits {
  /** Bytes of a line, its end included. RFC 5321 4.5.3.1.5 asks for 512; some servers send far more. */
  readonly maxLineBytes: number;
  readonly maxLines: number;
}

export const REPLY_LIMITS: ReplyLimits = { maxLineBytes: 4096, maxLines: 100 };

export interface Parsed {
  /** Whole replies, in order. */
  readonly replies: readonly Reply[];
  /** Why the bytes after these replies are none; for people, e.g. `HTTP/1.1 400 is no SMTP reply`. */
  readonly fault: string | undefined;
}

export class ReplyParser {
  readonly #limits: ReplyLimits;
  #rest = '';
  #code = 0;
  #lines: string[] = [];
  #fault: string | undefined;

  constructor(limits: ReplyLimits = REPLY_LIMITS) {
    this.#limits = limits;
  }

  /** True when bytes of an unfinished reply are held. */
  get partial(): boolean {
    return this.#rest !== '' || this.#lines.length > 0;
  }

  feed(chunk: Uint8Array): Parsed {
    const replies: Reply[] = [];
    const { buffer, byteOffset, byteLength } = chunk;
    const text = this.#rest + Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0 && this.#fault === undefined; end = text.indexOf('\n', start)) {
      this.#takeLine(
        text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end),
        end + 1 - start,
        replies,
      );
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > this.#limits.maxLineBytes) this.#fault ??= 'a reply line is longer than we read';
    if (this.#fault !== undefined) this.#rest = '';
    return { replies, fault: this.#fault };
  }

  #takeLine(line: string, bytes: number, replies: Reply[]): void {
    const match = LINE.exec(line);
    const code = Number(match?.[1]);
    if (bytes > this.#limits.maxLineBytes) this.#fault = 'a reply line is longer than we read';
    else if (match === null) this.#fault = `${printable(line)} is no SMTP reply`;
    else if (this.#lines.length > 0 && code !== this.#code) this.#fault = 'the lines of one reply have different codes';
    else if (this.#lines.length >= this.#limits.maxLines) this.#fault = 'a reply has more lines than we read';
    if (match === null || this.#fault !== undefined) return;
    this.#code = code;
    this.#lines.push(decode(match[3] ?? ''));
    if (match[2] === '-') return;
    replies.push(replyOf(code, this.#lines));
    this.#lines = [];
  }
}

const LINE = /^([2-5][0-9][0-9])(?:([ -])(.*))?$/s;
const ENHANCED = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[ \t]+|$)/;
const MAX_TEXT = 1000;
const MAX_QUOTED = 60;

function replyOf(code: number, lines: readonly string[]): Reply {
  let enhanced: string | undefined;
  let text = '';
  for (const line of lines) {
    const match = ENHANCED.exec(line);
    enhanced ??= match?.[1];
    const words = (match === null ? line : line.slice(match[0].length)).trim();
    if (words !== '' && text.length < MAX_TEXT) text += text === '' ? words : ` ${words}`;
  }
  return { kind: 'reply', code, enhanced, text: shorten(text, MAX_TEXT), lines };
}

/** Bytes held as latin1 become UTF-8 where they are more than ASCII (RFC 6531 3.5); controls become spaces. */
function decode(text: string): string {
  const decoded = /[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
  return decoded.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
}

function printable(line: string): string {
  return JSON.stringify(shorten(decode(line), MAX_QUOTED));
}

/** A cut in the middle of a surrogate pair leaves no half of it behind. */
function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, limit).toWellFormed();
}
