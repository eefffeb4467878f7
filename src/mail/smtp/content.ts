// The content of one message on its way in, from DATA to its end or over one or more BDAT (RFC 3030), with its deadlines.
//
// Two bounds on time: a pause, and the whole, which grows with the octets that came, so that a large message over a slow
// line passes and a dripped one does not. The octets of a BDAT that is refused by the rules of order are read and thrown
// away: they follow in any case.
import { DataStream } from './data-stream.ts';
import type { ContentProblem } from './data-stream.ts';
import type { Violation } from './facts.ts';
import type { SmtpLimits } from './limits.ts';
import type { ByteBudget } from './message-buffer.ts';
import { REPLIES, makeReply } from './reply.ts';
import type { Reply } from './reply.ts';

export type ContentOutcome =
  | { readonly kind: 'message'; readonly data: Buffer }
  /** A BDAT was taken; more follow. */
  | { readonly kind: 'continues'; readonly reply: Reply }
  | { readonly kind: 'refused'; readonly reply: Reply; readonly violation: Violation | undefined };

export interface ChunkHead {
  /** Octets that follow. */
  readonly size: number;
  readonly last: boolean;
  readonly refusal: Reply | undefined;
}

export class Content {
  readonly #limits: SmtpLimits;
  readonly #stream: DataStream;
  readonly #startedAt: number;
  #lastAt: number;
  #received = 0;
  #complete = false;
  /** The current BDAT, and octets still to come of it; undefined with DATA. */
  #chunk: ChunkHead | undefined;
  #left = 0;

  constructor(framing: 'dots' | 'counted', limits: SmtpLimits, budget: ByteBudget, now: number) {
    const bounds = { maxMessageBytes: limits.maxMessageBytes, maxLineBytes: limits.maxDataLineBytes };
    this.#limits = limits;
    this.#stream = new DataStream(framing, bounds, budget);
    this.#startedAt = now;
    this.#lastAt = now;
  }

  /** The end of the content, or of the current BDAT, was read: ask for the outcome. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Begins a BDAT. */
  startChunk(head: ChunkHead, now: number): void {
    this.#chunk = head;
    this.#left = head.size;
    this.#complete = head.size === 0;
    this.#lastAt = now;
  }

  /** Reads `bytes` from `at`; returns the index after what belonged to the content. */
  push(bytes: Buffer, at: number, now: number): number {
    this.#lastAt = now;
    const end = this.#chunk === undefined ? this.#pushDots(bytes, at) : this.#pushCounted(bytes, at, this.#chunk);
    this.#received += end - at;
    return end;
  }

  outcome(): ContentOutcome {
    const chunk = this.#chunk;
    if (chunk?.refusal !== undefined) return { kind: 'refused', reply: chunk.refusal, violation: undefined };
    if (chunk?.last === false && this.#stream.problem === undefined) {
      return { kind: 'continues', reply: makeReply(250, '2.0.0', `${chunk.size} octets received`) };
    }
    const data = this.#stream.finish();
    return data === undefined ? refused(this.#stream.problem ?? 'bare-line-end') : { kind: 'message', data };
  }

  /** Gives the bytes back to the budget; may be called more than once. */
  release(): void {
    this.#stream.release();
  }

  overdue(now: number): boolean {
    const { dataTimeoutMs, dataGraceMs, minDataBytesPerSecond, maxMessageBytes } = this.#limits;
    if (now - this.#lastAt >= dataTimeoutMs) return true;
    const earned = (Math.min(this.#received, maxMessageBytes) * 1000) / minDataBytesPerSecond;
    return now - this.#startedAt >= dataGraceMs + earned;
  }

  #pushDots(bytes: Buffer, at: number): number {
    const end = this.#stream.push(bytes, at);
    this.#complete = end >= 0;
    return end >= 0 ? end : bytes.length;
  }

  #pushCounted(bytes: Buffer, at: number, chunk: ChunkHead): number {
    const end = Math.min(bytes.length, at + this.#left);
    if (chunk.refusal === undefined) this.#stream.push(bytes.subarray(at, end));
    this.#left -= end - at;
    this.#complete = this.#left === 0;
    return end;
  }
}

function refused(problem: ContentProblem): ContentOutcome {
  switch (problem) {
    case 'too-big':
      return { kind: 'refused', reply: REPLIES.tooBig, violation: undefined };
    case 'no-memory':
      return { kind: 'refused', reply: REPLIES.noMemory, violation: undefined };
    case 'line-too-long':
      return { kind: 'refused', reply: REPLIES.longDataLine, violation: problem };
    case 'bare-line-end':
    case 'nul':
      return { kind: 'refused', reply: REPLIES.unclean, violation: problem };
  }
}
