// One SMTP session over a connection: its greeting, what it waits for and for how long, TLS, and its end. What is said in
// between is conversation.ts's; waiting input and gathered replies (RFC 2920) are channel.ts's.
//
// Modes (one setter, `#enter`):
//   command    waiting for a command line, or a line of an AUTH exchange
//   content    within the octets after DATA or BDAT
//   handler    a handler is at work; nothing is read
//   handshake  TLS is being set up; afterwards nothing from before is known (RFC 3207 section 4.2)
//   closing    we have ended our side
//   closed     the connection is gone
// Promises: no input and no handler makes it throw; `checkDeadline` ends every wait.
import { Channel } from './channel.ts';
import { Conversation } from './conversation.ts';
import type { Host, Wait } from './conversation.ts';
import type { CloseReason, SessionFact } from './facts.ts';
import type { SessionContext } from './handlers.ts';
import { Patience } from './patience.ts';
import { REPLIES, formatReply } from './reply.ts';
import type { Reply } from './reply.ts';
import type { SessionSetup } from './setup.ts';
import type { Transport } from './transport.ts';

type Mode = Wait | 'handshake' | 'closing' | 'closed';

export class Session<P> {
  readonly #setup: SessionSetup<P>;
  readonly #transport: Transport;
  readonly #channel: Channel;
  readonly #host: Host;
  #conversation: Conversation<P>;
  #mode: Mode = 'command';
  /** When the present wait began; Unix milliseconds. */
  #since: number;
  /** To end as soon as no message is on its way. */
  #draining = false;
  #closeReason: CloseReason = 'client';

  constructor(setup: SessionSetup<P>, ctx: SessionContext, transport: Transport) {
    this.#setup = setup;
    this.#transport = transport;
    this.#since = setup.clock.now();
    this.#channel = new Channel(transport, {
      read: (chunk, at) => this.#conversation.read(chunk, at),
      ready: () => this.#mode === 'command' || this.#mode === 'content',
      inputOver: () => this.#end('client'),
      fault: (error) => this.#fault(error),
    });
    this.#host = this.#makeHost();
    this.#conversation = new Conversation(setup, ctx, this.#host);
  }

  /** Sends the greeting. */
  start(): void {
    this.#channel.run(() => {
      this.#tell({ kind: 'opened' });
      this.#say({ code: 220, text: `${this.#setup.hostnameFor(undefined)} ESMTP ${this.#setup.banner}`.trimEnd() });
    });
  }

  receive(chunk: Buffer): void {
    this.#channel.receive(chunk);
    if (this.#draining) this.shutdown();
  }

  /** The client has ended its side. What it asked for before is still done and answered. */
  inputEnded(): void {
    this.#channel.inputEnded();
  }

  /** The client reads again, after a write returned false. */
  drained(): void {
    this.#channel.drained();
  }

  /** The TLS handshake is over. */
  secured(tlsProtocol: string, tlsServerName: string | undefined): void {
    if (this.#mode !== 'handshake') return;
    const ctx = { ...this.#conversation.ctx, tls: true, tlsProtocol, tlsServerName, heloName: '' };
    this.#conversation = new Conversation(this.#setup, ctx, this.#host);
    this.#enter('command');
    this.#channel.run(() => {
      this.#tell({ kind: 'tls', protocol: tlsProtocol });
      this.#endIfDrained();
    });
  }

  tlsFailed(detail: string): void {
    if (this.#mode === 'handshake') this.#channel.run(() => this.#tell({ kind: 'tls-failed', detail }));
  }

  /** The connection is gone. */
  closed(): void {
    if (this.#mode === 'closed') return;
    this.#enter('closed');
    this.#conversation.letGo();
    const { messages } = this.#host.patience;
    this.#channel.run(() => this.#tell({ kind: 'closed', reason: this.#closeReason, messages }));
  }

  /** Ends the session with 421, after the message that is on its way, if one is. */
  shutdown(): void {
    this.#draining = true;
    this.#channel.run(() => this.#endIfDrained());
  }

  /** Breaks the connection off. */
  abandon(reason: CloseReason): void {
    if (this.#mode !== 'closing') this.#closeReason = reason;
    this.#transport.destroy();
  }

  /** Ends a wait that has lasted too long; to be called about every second. */
  checkDeadline(now: number): void {
    if (this.#overdue(now)) this.#channel.run(() => this.#timeOut());
  }

  #makeHost(): Host {
    return {
      patience: new Patience(this.#setup.limits),
      enter: (wait) => this.#enter(wait),
      say: (reply) => this.#say(reply),
      close: (reply, reason) => this.#close(reply, reason),
      tell: (fact) => this.#tell(fact),
      startTls: (text) => {
        if (!this.#channel.startTls(text)) return false;
        this.#enter('handshake');
        return true;
      },
      ask: (handler, work, done) => this.#ask(handler, work, done),
    };
  }

  #ask<T>(handler: 'authenticate' | 'message', work: () => Promise<T>, done: (value: T, heard: boolean) => void): void {
    this.#enter('handler');
    const settle = (task: (heard: boolean) => void): void => {
      this.#channel.run(() => {
        const heard = this.#mode === 'handler';
        if (heard) this.#enter('command');
        task(heard);
        this.#endIfDrained();
      });
    };
    startWork(work).then(
      (value) => settle((heard) => done(value, heard)),
      (error: unknown) =>
        settle(() => {
          this.#tell({ kind: 'handler-failed', handler, error });
          this.#say(REPLIES.internal);
        }),
    );
  }

  #overdue(now: number): boolean {
    const { limits } = this.#setup;
    const waited = now - this.#since;
    switch (this.#mode) {
      case 'command':
        return waited >= limits.commandTimeoutMs || this.#conversation.contentOverdue(now);
      case 'content':
        return this.#conversation.contentOverdue(now);
      case 'handler':
        return waited >= limits.handlerTimeoutMs;
      case 'handshake':
        return waited >= limits.tlsHandshakeTimeoutMs;
      case 'closing':
        return waited >= limits.lingerMs;
      case 'closed':
        return false;
    }
  }

  #timeOut(): void {
    if (this.#mode === 'handshake' || this.#mode === 'closing') return this.abandon('timeout');
    if (this.#mode !== 'handler') return this.#close(REPLIES.idle, 'timeout');
    this.#tell({ kind: 'handler-timeout' });
    this.#close(REPLIES.internal, 'timeout');
  }

  #endIfDrained(): void {
    if (!this.#draining) return;
    if (this.#mode === 'handshake') this.abandon('shutdown');
    else if (this.#mode === 'command' && !this.#conversation.withinMessage) this.#close(REPLIES.shutdown, 'shutdown');
  }

  #close(reply: Reply, reason: CloseReason): void {
    this.#say(reply);
    this.#end(reason);
  }

  #end(reason: CloseReason): void {
    if (this.#mode === 'closing' || this.#mode === 'closed') return;
    this.#closeReason = reason;
    this.#enter('closing');
    this.#conversation.letGo();
    this.#channel.end();
  }

  /** A defect: tell it if that is possible, and let the connection go. */
  #fault(error: unknown): void {
    try {
      this.#tell({ kind: 'fault', error });
      this.#close(REPLIES.fault, 'fault');
    } catch {
      this.#transport.destroy();
    }
  }

  /** From `closing` the only way is to `closed`, and from there none. */
  #enter(mode: Mode): void {
    if (this.#mode === 'closed' || (this.#mode === 'closing' && mode !== 'closed')) return;
    this.#mode = mode;
    this.#since = this.#setup.clock.now();
  }

  #say(reply: Reply): void {
    this.#channel.say(formatReply(reply));
  }

  #tell(fact: SessionFact): void {
    this.#setup.onFact({ ...fact, ctx: this.#conversation.ctx });
  }
}

/** A handler that throws before it returns its promise is one whose promise is rejected. */
async function startWork<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
