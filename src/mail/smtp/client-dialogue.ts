// The socket of an SMTP session as a sequence of replies: what was said is written, the next reply is waited for.
//
// Promises: every wait has a deadline; once lost, always lost, with the first cause; replies that came before the loss
// are still handed out; what an odd server may pile up is bounded. At most one caller waits at a time.
// Leaves to others: which reply answers which command.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import type { Lost, LostCause } from './client-phases.ts';
import { lost } from './client-phases.ts';
import { Transcript } from './client-transcript.ts';
import type { Reply } from './remote-reply.ts';
import { ReplyParser } from './remote-reply.ts';

export type Answer = Reply | Lost;

export class Dialogue {
  /** What is said here, for people. */
  readonly transcript: Transcript;
  readonly #clock: Clock;
  #socket: Socket;
  #parser = new ReplyParser();
  readonly #replies: Reply[] = [];
  #lost: Lost | undefined;
  /** Who waits for a reply, or for the system to take what was written; never both. */
  #answerWaiter: ((answer: Answer) => void) | undefined;
  #flushWaiter: ((answer: Lost | undefined) => void) | undefined;
  /** Counts writes of chunks: an early chunk's callback may run when a later chunk is waited for. */
  #writes = 0;
  #deadline = 0;
  #timerAt = Infinity;
  #cancelTimer: (() => void) | undefined;
  #onLost: (() => void) | undefined;
  #heardAt: number;

  readonly #onData = (chunk: Buffer): void => this.#receive(chunk);
  readonly #onEnd = (): void => this.lose('closed');
  readonly #onError = (error: Error): void => this.lose('reset', codeOf(error));

  constructor(socket: Socket, clock: Clock, transcript: Transcript = new Transcript(clock)) {
    this.#clock = clock;
    this.transcript = transcript;
    this.#socket = socket;
    this.#heardAt = clock.now();
    this.#listen();
  }

  get socket(): Socket {
    return this.#socket;
  }

  get loss(): Lost | undefined {
    return this.#lost;
  }

  /** True when something was received that nobody has taken yet. */
  get unread(): boolean {
    return this.#replies.length > 0 || this.#parser.partial;
  }

  /** Milliseconds since the far side said something. */
  get quietMs(): number {
    return this.#clock.now() - this.#heardAt;
  }

  /** Called once, when the session is lost while nobody waits or works on it, and also otherwise. */
  onLost(callback: (() => void) | undefined): void {
    this.#onLost = callback;
  }

  send(text: string): void {
    if (this.#lost !== undefined) return;
    this.transcript.sent(text);
    this.#socket.write(text);
  }

  /** The next reply, or how it was lost: after `ms` milliseconds at the latest. */
  next(ms: number): Promise<Answer> {
    const reply = this.#replies.shift();
    if (reply !== undefined) return Promise.resolve(reply);
    if (this.#lost !== undefined) return Promise.resolve(this.#lost);
    this.#arm(ms);
    return new Promise((resolve) => {
      this.#answerWaiter = resolve;
    });
  }

  /** A reply that is already here. */
  takeUnread(): Reply | undefined {
    return this.#replies.shift();
  }

  /** Writes `chunk` and waits until the system has taken it; undefined is success. */
  write(chunk: Uint8Array, ms: number): Promise<Lost | undefined> {
    if (this.#lost !== undefined) return Promise.resolve(this.#lost);
    const write = ++this.#writes;
    this.#socket.write(chunk, (error) => {
      if (error) this.lose('reset', codeOf(error));
      else if (write === this.#writes) this.#settleFlush(undefined);
    });
    if (this.#socket.writableLength === 0) return Promise.resolve(this.#lost);
    this.#arm(ms);
    return new Promise((resolve) => {
      this.#flushWaiter = resolve;
    });
  }

  /** Ends the session at once. The first cause stays. */
  lose(cause: LostCause, note = ''): void {
    if (this.#lost !== undefined) return;
    this.#lost = lost(cause, note);
    this.transcript.lost(this.#lost);
    this.#disarm();
    this.#socket.destroy();
    this.#settleFlush(this.#lost);
    this.#settleAnswer(this.#lost);
    this.#onLost?.();
  }

  /** Says QUIT and closes; resolves when the socket is closed, within `ms` milliseconds. Nothing can follow. */
  quit(ms: number): Promise<void> {
    if (this.#lost !== undefined) return Promise.resolve();
    const socket = this.#socket;
    this.#lost = lost('closed', 'by us');
    this.#disarm();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, () => socket.destroy());
      socket.once('close', () => {
        cancel();
        resolve();
      });
      this.transcript.sent(QUIT);
      socket.end(QUIT);
      socket.resume();
    });
  }

  /** Stops listening to the plain socket and hands it over, for TLS. */
  detach(): Socket {
    const socket = this.#socket;
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd).off('error', this.#onError);
    return socket.on('error', ignore);
  }

  /** Goes on over `socket`, with an empty slate (RFC 3207 4.2). */
  attach(socket: Socket): void {
    this.#socket = socket;
    this.#parser = new ReplyParser();
    this.#replies.length = 0;
    const tls = describeTls(socket);
    if (tls !== undefined) this.transcript.note(tls);
    this.#listen();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onError);
  }

  #receive(chunk: Buffer): void {
    if (this.#lost !== undefined) return;
    this.#heardAt = this.#clock.now();
    const { replies, fault } = this.#parser.feed(chunk);
    for (const reply of replies) {
      this.transcript.heard(reply, this.#heardAt);
      this.#accept(reply);
    }
    if (fault !== undefined) this.lose('garbage', fault);
    else if (this.#replies.length > MAX_UNREAD_REPLIES) this.lose('garbage', 'it sends replies to nothing');
  }

  #accept(reply: Reply): void {
    if (this.#answerWaiter === undefined) this.#replies.push(reply);
    else this.#settleAnswer(reply);
  }

  #settleAnswer(answer: Answer): void {
    const waiter = this.#answerWaiter;
    this.#answerWaiter = undefined;
    waiter?.(answer);
  }

  #settleFlush(answer: Lost | undefined): void {
    const waiter = this.#flushWaiter;
    this.#flushWaiter = undefined;
    waiter?.(answer);
  }

  /** One timer serves all waits: it is moved only when it would come too late. */
  #arm(ms: number): void {
    this.#deadline = this.#clock.now() + ms;
    if (this.#deadline >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#startTimer(ms);
  }

  #startTimer(ms: number): void {
    this.#timerAt = this.#clock.now() + ms;
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.#cancelTimer = undefined;
      this.#timerAt = Infinity;
      if (this.#answerWaiter === undefined && this.#flushWaiter === undefined) return;
      const left = this.#deadline - this.#clock.now();
      if (left > 0) this.#startTimer(left);
      else this.lose('timeout');
    });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = Infinity;
  }
}

/** A transaction has fewer recipients than this; nothing sensible has more replies waiting. */
const MAX_UNREAD_REPLIES = 2000;
const QUIT = 'QUIT\r\n';

/** Undefined where the handshake failed: the loss that follows says it. */
function describeTls(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  // A socket that is gone has null, and one before the end of its handshake undefined, which the types do not say.
  const cipher = (socket.getCipher() as { readonly name: string } | null | undefined) ?? undefined;
  return cipher && `${socket.getProtocol() ?? 'TLS'}, ${cipher.name}`;
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function ignore(): void {
  // The TLS socket above reports the error.
}
