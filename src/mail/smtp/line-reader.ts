// Command lines out of a stream of bytes, strictly: a line ends in CR LF and nowhere else.
//
// A bare LF, a bare CR or a NUL makes the whole line refused, up to its true CRLF, so that nothing after a bare line
// end is ever read as a command of its own (SMTP smuggling; RFC 5321 section 2.3.8). Refusals are told as soon as they
// are certain, and a line is refused once. Promises: keeps at most the longest limit plus two octets.

export interface LineLimits {
  /** Longest command line, in octets, without CRLF. */
  readonly command: number;
  /** Longest line of an authentication exchange, and longest AUTH command (RFC 4954 section 4). */
  readonly auth: number;
}

export type LineProblem = 'bare-line-end' | 'too-long' | 'not-utf8';

/** `next` is the index in the chunk from which to go on. */
export type LineEvent =
  /** Decoded; without CRLF. */
  | { readonly kind: 'line'; readonly text: string; readonly next: number }
  | { readonly kind: 'refused'; readonly problem: LineProblem; readonly next: number }
  /** The chunk is used up. */
  | { readonly kind: 'more' };

const LF = 10;
const CR = 13;
const NEEDS_A_LOOK = /[\0\r\x80-\xff]/;
const FORBIDDEN = /[\0\r]/;
const AUTH_COMMAND = /^auth /i;
const MORE: LineEvent = { kind: 'more' };

export class LineReader {
  readonly #limits: LineLimits;
  /** The beginning of a line whose end has not arrived. */
  #carry: Buffer | undefined;
  /** In a refused line, looking for its CRLF. */
  #skipping = false;
  #lastWasCr = false;
  #skipped = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  /** Octets of refused lines since the last good line: what a flood without line ends is measured by. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Reads on in `chunk` from `from`; `exchange` is true for the lines of an authentication exchange. */
  read(chunk: Buffer, from: number, exchange: boolean): LineEvent {
    const start = this.#skipping ? this.#skip(chunk, from) : from;
    if (start < 0 || start >= chunk.length) return MORE;
    const lf = chunk.indexOf(LF, start);
    if (lf < 0) return this.#keep(chunk, start, exchange);
    const raw = this.#takeLine(chunk, start, lf + 1);
    if (raw.length < 2 || raw[raw.length - 2] !== CR) return this.#refuse('bare-line-end', lf + 1, true);
    const text = raw.toString('latin1', 0, raw.length - 2);
    if (text.length > this.#limit(text, exchange)) return this.#refuse('too-long', lf + 1, false);
    return NEEDS_A_LOOK.test(text) ? this.#look(raw, text, lf + 1) : this.#line(text, lf + 1);
  }

  #line(text: string, next: number): LineEvent {
    this.#skipped = 0;
    return { kind: 'line', text, next };
  }

  #look(raw: Buffer, text: string, next: number): LineEvent {
    if (FORBIDDEN.test(text)) return this.#refuse('bare-line-end', next, false);
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      return this.#line(decoder.decode(raw.subarray(0, raw.length - 2)), next);
    } catch {
      return this.#refuse('not-utf8', next, false);
    }
  }

  #takeLine(chunk: Buffer, start: number, end: number): Buffer {
    const rest = chunk.subarray(start, end);
    const carry = this.#carry;
    this.#carry = undefined;
    return carry === undefined ? rest : Buffer.concat([carry, rest]);
  }

  #keep(chunk: Buffer, start: number, exchange: boolean): LineEvent {
    const part = this.#takeLine(chunk, start, chunk.length);
    // One octet more may be the CR of a line that just fits.
    if (part.length > this.#limit(part.toString('latin1', 0, 5), exchange) + 1) {
      this.#lastWasCr = part[part.length - 1] === CR;
      return this.#refuse('too-long', chunk.length, true);
    }
    // A copy: the part must not hold on to the whole chunk that it arrived in.
    this.#carry = Buffer.from(part);
    return MORE;
  }

  #limit(beginning: string, exchange: boolean): number {
    return exchange || AUTH_COMMAND.test(beginning) ? this.#limits.auth : this.#limits.command;
  }

  #refuse(problem: LineProblem, next: number, skipRest: boolean): LineEvent {
    this.#skipping = skipRest;
    if (problem === 'bare-line-end') this.#lastWasCr = false;
    return { kind: 'refused', problem, next };
  }

  /** The index after the CRLF that ends the refused line, or -1. */
  #skip(chunk: Buffer, from: number): number {
    if (this.#lastWasCr && chunk[from] === LF) return this.#endSkip(from + 1, 1);
    const crlf = chunk.indexOf('\r\n', from, 'latin1');
    if (crlf >= 0) return this.#endSkip(crlf + 2, crlf + 2 - from);
    this.#skipped += chunk.length - from;
    this.#lastWasCr = chunk[chunk.length - 1] === CR;
    return -1;
  }

  #endSkip(next: number, octets: number): number {
    this.#skipping = false;
    this.#lastWasCr = false;
    this.#skipped += octets;
    return next;
  }
}
