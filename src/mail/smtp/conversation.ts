// What is said in a session between two points where everything is forgotten (its start, STARTTLS): commands one after the
// other, the AUTH exchange, content, and the handlers that judge credentials and take messages.
//
// The rules of order are dialogue.ts's; the connection, waiting and deadlines are session.ts's, behind `Host`. Promises: a
// message is given to its handler at most once, and only whole; its bytes are given back when the handler is done.
import { parseCommand } from './commands.ts';
import { Content } from './content.ts';
import { Dialogue } from './dialogue.ts';
import type { Step } from './dialogue.ts';
import type { CloseReason, SessionFact } from './facts.ts';
import type { AuthenticationResult, SessionContext } from './handlers.ts';
import { LineReader } from './line-reader.ts';
import type { LineProblem } from './line-reader.ts';
import type { Patience } from './patience.ts';
import { REPLIES, formatReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { startSasl } from './sasl.ts';
import type { Credential, SaslStep } from './sasl.ts';
import type { SessionSetup } from './setup.ts';

/** What the session is to wait for. */
export type Wait = 'command' | 'content' | 'handler';

export interface Host {
  readonly patience: Patience;
  enter(wait: Wait): void;
  say(reply: Reply): void;
  /** Says `reply` and ends the connection; nothing more is read. */
  close(reply: Reply, reason: CloseReason): void;
  tell(fact: SessionFact): void;
  /** Sends `text` and begins TLS; false where that is not safe, because bytes had arrived in the clear. */
  startTls(text: string): boolean;
  /** Runs `done` with the handler's answer, or says that it failed; `heard` is false where the client is gone. */
  ask<T>(handler: 'authenticate' | 'message', work: () => Promise<T>, done: (value: T, heard: boolean) => void): void;
}

/** Octets of refused lines in a row after which there is no hope of a command. */
const MAX_SKIPPED = 65_536;

export class Conversation<P> {
  readonly #setup: SessionSetup<P>;
  readonly #host: Host;
  readonly #reader: LineReader;
  readonly #dialogue: Dialogue;
  #ctx: SessionContext;
  #principal: { readonly value: P } | undefined;
  #exchange: { readonly mechanism: string; readonly next: (line: string) => SaslStep } | undefined;
  #content: Content | undefined;
  #reading = false;
  #abort: AbortController | undefined;

  constructor(setup: SessionSetup<P>, ctx: SessionContext, host: Host) {
    this.#setup = setup;
    this.#host = host;
    this.#ctx = ctx;
    this.#reader = new LineReader({ command: setup.limits.maxLineBytes, auth: setup.limits.maxAuthLineBytes });
    this.#dialogue = openDialogue(setup, ctx, () => this.#judgeSender());
    const { reception } = setup.handlers;
    if (reception !== undefined) this.#principal = { value: reception.principal };
  }

  get ctx(): SessionContext {
    return this.#ctx;
  }

  /** Content has begun to come, and its message is not complete. */
  get withinMessage(): boolean {
    return this.#content !== undefined;
  }

  contentOverdue(now: number): boolean {
    return this.#content?.overdue(now) ?? false;
  }

  /** Reads a line, or content, from `chunk` at `at`; returns the index after it. */
  read(chunk: Buffer, at: number): number {
    return this.#reading && this.#content !== undefined
      ? this.#readContent(this.#content, chunk, at)
      : this.#readLine(chunk, at);
  }

  /** The session ends: lets go of what was begun, and tells handlers that nobody waits for them any more. */
  letGo(): void {
    this.#dropContent();
    this.#exchange = undefined;
    this.#abort?.abort();
  }

  // ---- lines

  #readLine(chunk: Buffer, at: number): number {
    const event = this.#reader.read(chunk, at, this.#exchange !== undefined);
    if (this.#reader.skipped > MAX_SKIPPED) {
      this.#host.tell({ kind: 'violation', what: 'flood' });
      this.#host.close(REPLIES.tooManyErrors, 'violation');
      return chunk.length;
    }
    if (event.kind === 'more') return chunk.length;
    this.#host.enter('command');
    if (event.kind === 'refused') this.#refuseLine(event.problem);
    else if (this.#exchange !== undefined) this.#goOn(this.#exchange.mechanism, this.#exchange.next(event.text));
    else this.#command(event.text, event.next < chunk.length);
    return event.next;
  }

  #refuseLine(problem: LineProblem): void {
    const inExchange = this.#exchange !== undefined;
    this.#exchange = undefined;
    this.#host.tell({ kind: 'violation', what: problem === 'too-long' ? 'line-too-long' : problem });
    if (problem === 'bare-line-end') this.#bad(REPLIES.bareLineEnd);
    else if (problem === 'not-utf8') this.#bad(REPLIES.notUtf8);
    else this.#bad(inExchange ? REPLIES.authTooLong : REPLIES.lineTooLong);
  }

  /** `more` says that bytes have arrived behind the line. */
  #command(line: string, more: boolean): void {
    const command = parseCommand(line);
    const tooMany = this.#host.patience.command(command.kind);
    if (tooMany !== undefined) return this.#host.close(tooMany, 'limit');
    const step = this.#dialogue.step(command);
    // RSET and EHLO end a transaction, and with it content that had begun.
    if (this.#dialogue.transaction === undefined) this.#dropContent();
    this.#perform(step, more);
  }

  #perform(step: Step, more: boolean): void {
    switch (step.kind) {
      case 'reply':
        return this.#host.say(step.reply);
      case 'bad':
        return this.#bad(step.reply);
      case 'hello':
        this.#ctx = { ...this.#ctx, heloName: step.name };
        return this.#host.say(step.reply);
      case 'starttls':
        return this.#startTls(more);
      case 'auth':
        return this.#goOn(step.mechanism, startSasl(step.mechanism, step.initial, this.#newChallenge()));
      case 'data':
      case 'chunk':
        return this.#startContent(step);
      case 'close':
        if (step.reason === 'violation') this.#host.tell({ kind: 'violation', what: 'desynchronised' });
        return this.#host.close(step.reply, step.reason);
    }
  }

  /** Nothing may follow STARTTLS in the clear: it was put there to be read as if it had come after the handshake. */
  #startTls(more: boolean): void {
    if (!more && this.#host.startTls(formatReply(REPLIES.readyForTls))) return;
    this.#host.tell({ kind: 'violation', what: 'starttls-injection' });
    this.#host.close(REPLIES.injectedBeforeTls, 'violation');
  }

  #bad(reply: Reply): void {
    this.#host.say(reply);
    const tooMany = this.#host.patience.refusal(reply);
    if (tooMany !== undefined) this.#host.close(tooMany, 'limit');
  }

  // ---- authentication

  #goOn(mechanism: string, step: SaslStep): void {
    this.#exchange = undefined;
    switch (step.kind) {
      case 'challenge':
        this.#exchange = { mechanism, next: step.next };
        return this.#host.say({ code: 334, text: step.text });
      case 'failed':
        return this.#bad(step.reply);
      case 'credential':
        return this.#authenticate(step.credential);
    }
  }

  #authenticate(credential: Credential): void {
    const work = (): Promise<AuthenticationResult<P>> => this.#setup.handlers.authenticate(credential, this.#ctx);
    this.#host.ask('authenticate', work, (result, heard) => this.#judge(credential.mechanism, result, heard));
  }

  #judge(mechanism: string, result: AuthenticationResult<P>, heard: boolean): void {
    if (result.kind === 'ok') {
      this.#principal = { value: result.principal };
      this.#dialogue.authenticated();
      this.#host.tell({ kind: 'authenticated', mechanism });
      return this.#answer(result.reply ?? REPLIES.authenticated, heard);
    }
    this.#host.tell({ kind: 'auth-failed', mechanism, code: result.reply.code });
    this.#answer(result.reply, heard);
    const tooMany = this.#host.patience.failedAuthentication(result.reply);
    if (tooMany !== undefined) this.#host.close(tooMany, 'limit');
  }

  #judgeSender(): Reply | undefined {
    const { handlers } = this.#setup;
    return this.#principal && handlers.stillMay?.(this.#principal.value, this.#ctx);
  }

  #newChallenge(): string {
    return `<${this.#setup.randomToken()}@${this.#setup.hostnameFor(this.#ctx.tlsServerName)}>`;
  }

  // ---- content

  #startContent(step: Step & { kind: 'data' | 'chunk' }): void {
    const { limits, budget, clock } = this.#setup;
    const now = clock.now();
    this.#content ??= new Content(step.kind === 'data' ? 'dots' : 'counted', limits, budget, now);
    if (step.kind === 'data') this.#host.say(REPLIES.startData);
    else this.#content.startChunk(step, now);
    this.#reading = true;
    this.#host.enter('content');
    if (this.#content.complete) this.#endContent(this.#content);
  }

  #readContent(content: Content, chunk: Buffer, at: number): number {
    const next = content.push(chunk, at, this.#setup.clock.now());
    if (content.complete) this.#endContent(content);
    return next;
  }

  #endContent(content: Content): void {
    this.#reading = false;
    this.#host.enter('command');
    const outcome = content.outcome();
    switch (outcome.kind) {
      case 'continues':
        return this.#host.say(outcome.reply);
      case 'refused':
        if (outcome.violation !== undefined) this.#host.tell({ kind: 'violation', what: outcome.violation });
        this.#dropContent();
        this.#dialogue.reset();
        return this.#bad(outcome.reply);
      case 'message':
        return this.#deliver(content, outcome.data);
    }
  }

  #deliver(content: Content, data: Buffer): void {
    const transaction = this.#dialogue.transaction;
    if (transaction === undefined || this.#principal === undefined) throw new Error('content without a transaction');
    const { mailFrom, recipients, smtpUtf8, body, requireTls } = transaction;
    const envelope = { mailFrom, recipients, smtpUtf8, body, requireTls };
    const message = { ...envelope, principal: this.#principal.value, data, ctx: this.#ctx };
    // From here on the bytes are the handler's: an end of the session does not give them back.
    this.#content = undefined;
    this.#dialogue.reset();
    const abort = new AbortController();
    this.#abort = abort;
    const work = async (): Promise<Reply> => {
      try {
        return await this.#setup.handlers.message(message, abort.signal);
      } finally {
        content.release();
        this.#abort = undefined;
      }
    };
    this.#host.ask('message', work, (reply, heard) => {
      this.#host.tell({ kind: 'message', bytes: data.length, recipients: recipients.length, code: reply.code });
      this.#host.patience.message(reply);
      this.#answer(reply, heard);
    });
  }

  #answer(reply: Reply, heard: boolean): void {
    if (!heard) this.#host.tell({ kind: 'reply-lost', code: reply.code });
    else if (reply.code === 421) this.#host.close(reply, 'handler');
    else this.#host.say(reply);
  }

  #dropContent(): void {
    this.#content?.release();
    this.#content = undefined;
    this.#reading = false;
  }
}

function openDialogue<P>(setup: SessionSetup<P>, ctx: SessionContext, judgeSender: () => Reply | undefined): Dialogue {
  const { tls, tlsServerName, remoteAddress, localAddress } = ctx;
  const { reception } = setup.handlers;
  return new Dialogue({
    limits: setup.limits,
    hostname: setup.hostnameFor(tlsServerName),
    tlsAvailable: setup.tlsAvailable,
    tls,
    authAllowed: tls || setup.allowAuthWithoutTls(remoteAddress, localAddress),
    fits: (bytes) => setup.budget.fits(bytes),
    judgeSender,
    judgeRecipient: reception === undefined ? undefined : (address) => reception.recipient(address, ctx),
  });
}
