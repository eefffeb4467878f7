// The content of a message out of a stream of bytes: the framing of DATA (RFC 5321 section 4.5.2: ends at CRLF . CRLF,
// dots at line starts are taken off) and of BDAT (RFC 3030: counted by the session, no dots).
//
// Promises: where it ends, whether it is taken, and the bytes taken do not depend on how the stream was cut into chunks
// (which of two reasons for a refusal is named may). The end is the first true CRLF . CRLF and nothing else; a bare CR, a bare LF or a NUL anywhere makes the whole message refused, at that true end, so that what
// one implementation reads as one message cannot be read as two by another (SMTP smuggling). One pass, by native
// searches over Latin-1 slices: no loop over octets.
import { MessageBuffer } from './message-buffer.ts';
import type { ByteBudget, Overflow } from './message-buffer.ts';

export interface DataLimits {
  /** Octets of the message without stuffed dots and the final dot, as RFC 1870 counts. */
  readonly maxMessageBytes: number;
  /** Longest line in octets, without CRLF. */
  readonly maxLineBytes: number;
}

export type ContentProblem = Overflow | 'bare-line-end' | 'nul' | 'line-too-long';

/** `dots` for DATA; `counted` for BDAT. */
export type Framing = 'dots' | 'counted';

const DOT = 46;
const LF = 10;
const CRLF = Buffer.from('\r\n');
/** Octets looked at in one go: bounds what a chunk full of pipelined messages costs. */
const SLICE = 16_384;

export class DataStream {
  readonly #framing: Framing;
  readonly #maxLine: number;
  readonly #buffer: MessageBuffer;
  #problem: ContentProblem | undefined;
  /** Octets of the current line so far, with its dot, without its CR. */
  #lineLength = 0;
  /** The current line began with a dot, in DATA. */
  #dotted = false;
  /** The last octet was a CR, whose LF is still to come. */
  #pendingCr = false;
  /** In the current chunk: dots to leave out, and where the last line that began in it began. */
  #dots: number[] = [];
  #lineStart = 0;

  constructor(framing: Framing, limits: DataLimits, budget: ByteBudget) {
    this.#framing = framing;
    this.#maxLine = limits.maxLineBytes;
    this.#buffer = new MessageBuffer(limits.maxMessageBytes, budget);
  }

  /** Why the message is refused, as far as it is known. */
  get problem(): ContentProblem | undefined {
    return this.#problem ?? this.#buffer.overflow;
  }

  /** Octets kept so far. */
  get size(): number {
    return this.#buffer.size;
  }

  /**
   * Takes the bytes of `chunk` from `from` on. Returns the index after the end of data, or -1 where more is needed;
   * with counted framing always -1. Keeps slices of `chunk`: it must not be written to afterwards.
   */
  push(chunk: Buffer, from = 0): number {
    this.#dots.length = 0;
    this.#lineStart = from;
    for (let at = from; at < chunk.length; at += SLICE) {
      const text = chunk.toString('latin1', at, Math.min(at + SLICE, chunk.length));
      const end = this.#scan(text, at);
      if (end < 0) continue;
      this.#keep(chunk, from, Math.max(from, this.#lineStart));
      return end;
    }
    // The CR after a lone dot belongs to the end of data, or to a message that is refused: it is never content.
    const held = this.#pendingCr && this.#dotted && this.#lineLength === 1 ? 1 : 0;
    this.#keep(chunk, from, chunk.length - held);
    return -1;
  }

  /** The message, when its end was found (DATA) or the last chunk was pushed (BDAT); undefined where it is refused. */
  finish(): Buffer | undefined {
    if (this.#framing === 'counted') this.#finishCounted();
    return this.problem === undefined ? this.#buffer.take() : undefined;
  }

  /** Gives the bytes back to the budget, once the message is dealt with or given up. */
  release(): void {
    this.#buffer.release();
  }

  /** Reads one slice, which begins at `base` of the chunk; the index in the chunk after the end of data, or -1. */
  #scan(text: string, base: number): number {
    const end = this.#scanLines(text, base);
    const nul = text.indexOf('\0');
    // What stands behind the end is no longer content.
    if (nul >= 0 && (end < 0 || base + nul < end)) this.#refuse('nul');
    return end;
  }

  #scanLines(text: string, base: number): number {
    let at = 0;
    if (this.#pendingCr) {
      this.#pendingCr = false;
      if (text.charCodeAt(0) === LF) {
        if (this.#endLine(0, base + 1)) return base + 1;
        at = 1;
      } else {
        this.#refuse('bare-line-end');
        this.#lineLength += 1;
      }
    }
    while (at < text.length) {
      this.#startLine(text, at, base);
      const cr = this.#problem === undefined ? this.#lineEnd(text, at) : text.indexOf('\r\n', at);
      if (cr < 0) return this.#leaveOpen(text, at);
      if (this.#endLine(cr - at, base + cr + 2)) return base + cr + 2;
      at = cr + 2;
    }
    return -1;
  }

  #startLine(text: string, at: number, base: number): void {
    if (this.#lineLength > 0 || this.#framing === 'counted' || text.charCodeAt(at) !== DOT) return;
    this.#dotted = true;
    if (this.#problem === undefined) this.#dots.push(base + at);
  }

  /** The index of the CR that ends the line, or -1; notes bare line ends before it. */
  #lineEnd(text: string, at: number): number {
    const cr = text.indexOf('\r', at);
    const lf = text.indexOf('\n', at);
    if (cr >= 0 && lf === cr + 1) return cr;
    const lastIsCr = cr === text.length - 1;
    if (lf < 0 && (cr < 0 || lastIsCr)) return -1;
    this.#refuse('bare-line-end');
    return text.indexOf('\r\n', at);
  }

  /** `more` octets complete the line, `next` is the index after its CRLF. True where this was the end of data. */
  #endLine(more: number, next: number): boolean {
    const length = this.#lineLength + more;
    if (this.#dotted && length === 1) return true;
    if (length > this.#maxLine) this.#refuse('line-too-long');
    this.#lineLength = 0;
    this.#dotted = false;
    this.#lineStart = next;
    return false;
  }

  #leaveOpen(text: string, at: number): -1 {
    this.#pendingCr = text.endsWith('\r');
    this.#lineLength += text.length - at - (this.#pendingCr ? 1 : 0);
    if (this.#lineLength > this.#maxLine) this.#refuse('line-too-long');
    return -1;
  }

  #refuse(problem: ContentProblem): void {
    this.#problem ??= problem;
    this.#buffer.release();
    this.#dots.length = 0;
  }

  /** Keeps what stands in `chunk` between `from` and `to`, without the dots. */
  #keep(chunk: Buffer, from: number, to: number): void {
    if (this.#problem !== undefined) return;
    if (this.#dots.length === 0) return this.#buffer.add(chunk.subarray(from, to));
    const clean = Buffer.allocUnsafe(to - from);
    let filled = 0;
    let at = from;
    for (const dot of this.#dots) {
      if (dot >= to) break;
      filled += chunk.copy(clean, filled, at, dot);
      at = dot + 1;
    }
    filled += chunk.copy(clean, filled, at, to);
    this.#buffer.add(clean.subarray(0, filled));
  }

  /** A last line without its end is given one, so that every message ends in CRLF. */
  #finishCounted(): void {
    if (this.#pendingCr) this.#refuse('bare-line-end');
    else if (this.#lineLength > 0) this.#buffer.add(CRLF);
    this.#pendingCr = false;
    this.#lineLength = 0;
  }
}
