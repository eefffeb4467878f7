// What was said in a session with a remote server, line by line and with its time: for people who ask what happened.
//
//   0 -- connecting to mx.example.com (192.0.2.1), port 25        12 C: EHLO out.example.net
//   11 S: 220 mx.example.com                                      (milliseconds since the first line)
//
// Promises: never content and never credentials (RFC 4954); bounded, with the middle left out; cheap enough for every
// message. Leaves to others: keeping it, and showing it.
import type { Clock } from '../../lib/clock.ts';
import type { Lost, LostCause } from './client-phases.ts';
import type { Reply } from './remote-reply.ts';

export interface TranscriptLimits {
  /** Characters kept from the beginning, and from the end. */
  readonly head: number;
  readonly tail: number;
  /** Characters of one line. */
  readonly line: number;
}

export const TRANSCRIPT_LIMITS: TranscriptLimits = { head: 2500, tail: 1200, line: 300 };

export class Transcript {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limits: TranscriptLimits;
  #startedAt = 0;
  #head = '';
  readonly #tail: string[] = [];
  #tailLength = 0;
  #leftOut = 0;
  /** From AUTH to the reply that ends it, everything that is said is a secret. */
  #inAuth = false;

  constructor(clock: Pick<Clock, 'now'>, limits: TranscriptLimits = TRANSCRIPT_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Forgets what was written down so far; times count from here. */
  begin(title: string): void {
    this.#startedAt = this.#clock.now();
    this.#head = '';
    this.#tail.length = 0;
    this.#tailLength = 0;
    this.#leftOut = 0;
    this.#add('--', title, this.#startedAt);
  }

  /** Commands, each ended by CRLF. */
  sent(commands: string): void {
    const now = this.#clock.now();
    let start = 0;
    for (let end = commands.indexOf('\r\n'); end >= 0; end = commands.indexOf('\r\n', start)) {
      const command = commands.slice(start, end);
      this.#add('C:', withoutCredentials(command, this.#inAuth), now);
      this.#inAuth ||= isAuth(command);
      start = end + 2;
    }
  }

  /** Content went out; only its size is written down. */
  sentContent(bytes: number): void {
    this.#add('C:', `(${bytes} bytes of content)`, this.#clock.now());
  }

  heard({ code, lines }: Reply, at: number): void {
    const secret = this.#inAuth && code === CHALLENGE;
    const last = lines.length - 1;
    for (let index = 0; index <= last; index += 1) {
      const text = secret ? MASK : lines[index];
      this.#add('S:', `${code}${index < last ? '-' : ' '}${text}`, at);
    }
    this.#inAuth = secret;
  }

  lost(loss: Lost): void {
    this.note(`${LOSS_WORDS[loss.cause]}${loss.note === '' ? '' : `: ${loss.note}`}`);
  }

  /** Whatever else a person should know. */
  note(text: string): void {
    this.#add('--', text, this.#clock.now());
  }

  /** All lines, joined by a line feed. */
  text(): string {
    if (this.#tail.length === 0) return this.#head;
    const gap = this.#leftOut === 0 ? [] : [`${GAP}${this.#leftOut} lines are left out`];
    return [this.#head, ...gap, ...this.#tail].join('\n');
  }

  #add(mark: string, text: string, at: number): void {
    const { head, tail, line } = this.#limits;
    const cut = text.length > line ? `${text.slice(0, line).toWellFormed()}…` : text;
    const whole = `${at - this.#startedAt} ${mark} ${cut}`;
    if (this.#tail.length === 0 && this.#head.length + whole.length <= head) {
      this.#head += this.#head === '' ? whole : `\n${whole}`;
      return;
    }
    this.#tail.push(whole);
    this.#tailLength += whole.length + 1;
    while (this.#tailLength > tail && this.#tail.length > 1) {
      this.#tailLength -= (this.#tail.shift()?.length ?? 0) + 1;
      this.#leftOut += 1;
    }
  }
}

/** A command as it may be shown: `AUTH PLAIN ***`. What follows AUTH answers its challenges and is all secret. */
export function withoutCredentials(command: string, inAuth: boolean): string {
  if (inAuth) return MASK;
  if (!isAuth(command)) return command;
  const [, mechanism, response] = AUTH.exec(command) ?? [];
  return mechanism === undefined ? `AUTH ${MASK}` : `AUTH ${mechanism}${response === undefined ? '' : ` ${MASK}`}`;
}

/** Of sessions that were one after the other part of the same attempt. */
export function joinTranscripts(parts: readonly string[], limit: number = MAX_JOINED): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = parts.join('\n');
  if (all.length <= limit) return all;
  const half = limit / 2;
  const head = all.slice(0, all.lastIndexOf('\n', half));
  const tail = all.slice(all.indexOf('\n', all.length - half) + 1);
  return `${head}\n${GAP}some lines are left out\n${tail}`;
}

function isAuth(command: string): boolean {
  return AUTH_VERB.test(command);
}

const AUTH_VERB = /^\s*AUTH(?:\s|$)/i;
const AUTH = /^\s*AUTH\s+([A-Za-z0-9_-]{1,20})(?:\s+(\S.*))?$/is;
/** RFC 4954 section 4: the server waits for a response. */
const CHALLENGE = 334;
const MASK = '***';
/** A line without a time of its own. */
const GAP = '… -- ';
const MAX_JOINED = 4000;

const LOSS_WORDS: Readonly<Record<LostCause, string>> = {
  timeout: 'nothing more came in time',
  closed: 'the connection was closed',
  reset: 'the connection broke',
  garbage: 'that is no SMTP',
  aborted: 'given up on our side',
  handshake: 'TLS failed',
};
