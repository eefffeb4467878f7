// What a command means at this point of a session: the rules of order, and the transaction that they build.
//
// RFC 5321 section 4.1.4, RFC 6409, RFC 3207, RFC 4954, RFC 1870, RFC 2034, RFC 2920, RFC 3030, RFC 6531. Pure: no time, no
// bytes, no sockets. `step` takes a command and says what to do; the session does it (session.ts).
//
//   new -> EHLO -> (STARTTLS -> new, with TLS) -> AUTH -> MAIL -> RCPT... -> DATA | BDAT... -> ready for MAIL again
//
// A server that receives for its own recipients has no AUTH in this, and judges each RCPT.
import { POSTMASTER, type Command } from './commands.ts';
import type { SmtpLimits } from './limits.ts';
import { REPLIES, makeReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { MECHANISMS } from './sasl.ts';

export type Step =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** Answer, and count the command as bad. */
  | { readonly kind: 'bad'; readonly reply: Reply }
  /** Answer, and end the connection. */
  | { readonly kind: 'close'; readonly reply: Reply; readonly reason: 'quit' | 'limit' | 'violation' | 'handler' }
  | { readonly kind: 'hello'; readonly reply: Reply; readonly name: string }
  | { readonly kind: 'starttls' }
  | { readonly kind: 'auth'; readonly mechanism: string; readonly initial: string | undefined }
  | { readonly kind: 'data' }
  /** `refusal`: the octets are to be read and thrown away, then answered so. */
  | { readonly kind: 'chunk'; readonly size: number; readonly last: boolean; readonly refusal: Reply | undefined };

export interface Transaction {
  readonly mailFrom: string;
  readonly smtpUtf8: boolean;
  readonly body: '7BIT' | '8BITMIME';
  readonly requireTls: boolean;
  readonly recipients: string[];
  recipientCommands: number;
  /** Content has begun with BDAT: only BDAT and RSET may follow. */
  chunked: boolean;
}

export interface DialogueSetup {
  readonly limits: SmtpLimits;
  /** The name in the answer to EHLO. */
  readonly hostname: string;
  /** STARTTLS can be offered. */
  readonly tlsAvailable: boolean;
  readonly tls: boolean;
  /** AUTH is allowed: there is TLS, or the addresses may do without. */
  readonly authAllowed: boolean;
  /** Whether `bytes` more would fit into memory now. */
  fits(bytes: number): boolean;
  /** Asked at each MAIL of who is authenticated: undefined where he may still send. */
  readonly judgeSender: () => Reply | undefined;
  /** Of a server that receives: undefined where the recipient is taken. Undefined for a server that takes submissions. */
  readonly judgeRecipient: ((address: string) => Reply | undefined) | undefined;
}

export class Dialogue {
  readonly #setup: DialogueSetup;
  #hello: 'none' | 'helo' | 'ehlo' = 'none';
  #authenticated = false;
  #transaction: Transaction | undefined;
  #transactions = 0;

  constructor(setup: DialogueSetup) {
    this.#setup = setup;
  }

  get transaction(): Transaction | undefined {
    return this.#transaction;
  }

  authenticated(): void {
    this.#authenticated = true;
  }

  /** Forgets the transaction: after its content, after RSET, after a failure. */
  reset(): void {
    this.#transaction = undefined;
  }

  step(command: Command): Step {
    switch (command.kind) {
      case 'mail':
        return this.#mail(command);
      case 'rcpt':
        return this.#recipient(command.to.address, command.to.ascii);
      case 'data':
        return this.#data();
      case 'bdat':
        return this.#chunk(command.size, command.last);
      case 'ehlo':
      case 'helo':
        return this.#greet(command.kind, command.name);
      case 'auth':
        return this.#auth(command.mechanism, command.initial);
      case 'starttls':
        return this.#startTls();
      case 'malformed':
        return this.#malformed(command);
      case 'rset':
        this.reset();
        return reply(REPLIES.ok);
      case 'noop':
        return reply(REPLIES.ok);
      case 'help':
        return reply(REPLIES.help);
      case 'vrfy':
        return reply(REPLIES.cannotVerify);
      case 'quit':
        return { kind: 'close', reply: REPLIES.bye, reason: 'quit' };
    }
  }

  /** EHLO and HELO begin anew, as RSET does (RFC 5321 section 4.1.4); who is authenticated stays so. */
  #greet(kind: 'ehlo' | 'helo', name: string): Step {
    this.reset();
    this.#hello = kind;
    const { hostname } = this.#setup;
    const text = kind === 'helo' ? hostname : [hostname, ...this.#extensions()];
    return { kind: 'hello', reply: { code: 250, text }, name };
  }

  #extensions(): string[] {
    const { limits, tls, tlsAvailable, authAllowed, judgeRecipient } = this.#setup;
    return [
      'PIPELINING',
      `SIZE ${limits.maxMessageBytes}`,
      ...(tlsAvailable && !tls ? ['STARTTLS'] : []),
      ...(authAllowed && judgeRecipient === undefined ? [`AUTH ${MECHANISMS.join(' ')}`] : []),
      'ENHANCEDSTATUSCODES',
      '8BITMIME',
      'SMTPUTF8',
      'CHUNKING',
      // Offered under TLS only (RFC 8689 section 2), and only where mail is handed on.
      ...(tls && judgeRecipient === undefined ? ['REQUIRETLS'] : []),
    ];
  }

  #startTls(): Step {
    if (this.#setup.tls) return bad(REPLIES.alreadySecure);
    if (!this.#setup.tlsAvailable) return bad(REPLIES.tlsUnavailable);
    if (this.#hello !== 'ehlo') return bad(REPLIES.heloFirst);
    if (this.#transaction !== undefined) return bad(REPLIES.notWhileMail);
    return { kind: 'starttls' };
  }

  #auth(mechanism: string, initial: string | undefined): Step {
    if (this.#setup.judgeRecipient !== undefined) return bad(REPLIES.notImplemented);
    if (this.#hello !== 'ehlo') return bad(REPLIES.heloFirst);
    if (this.#authenticated) return bad(REPLIES.alreadyAuthenticated);
    if (this.#transaction !== undefined) return bad(REPLIES.notWhileMail);
    if (!this.#setup.authAllowed) {
      return bad(this.#setup.tlsAvailable ? REPLIES.authNeedsTls : REPLIES.authUnavailable);
    }
    return { kind: 'auth', mechanism, initial };
  }

  #mail(command: Command & { kind: 'mail' }): Step {
    const refusal = this.#mailRefusal();
    if (refusal !== undefined) return bad(refusal);
    const noMore = this.#setup.judgeSender();
    if (noMore?.code === 421) return { kind: 'close', reply: noMore, reason: 'handler' };
    if (noMore !== undefined) return bad(noMore);
    const { limits } = this.#setup;
    if (this.#transactions >= limits.maxTransactionsPerConnection) {
      return { kind: 'close', reply: REPLIES.tooManyTransactions, reason: 'limit' };
    }
    const { size, body, smtpUtf8, requireTls } = command.parameters;
    if (requireTls && this.#setup.judgeRecipient !== undefined) return bad(REPLIES.noRequireTls);
    if (requireTls && !this.#setup.tls) return bad(REPLIES.requireTlsNeedsTls);
    if (size !== undefined && size > limits.maxMessageBytes) return reply(REPLIES.tooBig);
    if (!this.#setup.fits(size ?? 0)) return reply(REPLIES.noMemory);
    if (command.from.kind === 'mailbox' && !command.from.ascii && !smtpUtf8) return bad(REPLIES.needsUtf8);
    const mailFrom = command.from.kind === 'null' ? '' : command.from.address;
    this.#transaction = {
      ...{ mailFrom, smtpUtf8, body, requireTls },
      ...{ recipients: [], recipientCommands: 0, chunked: false },
    };
    this.#transactions += 1;
    return reply(REPLIES.mailOk);
  }

  #mailRefusal(): Reply | undefined {
    if (this.#hello === 'none') return REPLIES.heloFirst;
    if (this.#transaction !== undefined) return REPLIES.nested;
    if (this.#authenticated || this.#setup.judgeRecipient !== undefined) return undefined;
    if (this.#setup.authAllowed) return REPLIES.authRequired;
    return this.#setup.tlsAvailable ? REPLIES.starttlsRequired : REPLIES.authUnavailable;
  }

  #recipient(address: string, ascii: boolean): Step {
    const transaction = this.#transaction;
    if (transaction === undefined) return bad(REPLIES.mailFirst);
    if (transaction.chunked) return bad(REPLIES.notAfterChunk);
    const full = this.#countRecipient();
    if (full !== undefined) return full;
    if (!ascii && !transaction.smtpUtf8) return reply(REPLIES.needsUtf8);
    const refusal = this.#recipientRefusal(address);
    if (refusal !== undefined) return refusal;
    if (transaction.recipients.length >= this.#setup.limits.maxRecipients) return reply(REPLIES.tooManyRecipients);
    transaction.recipients.push(address);
    return reply(REPLIES.recipientOk);
  }

  /** Who guesses addresses is a nuisance: a refusal by judgement counts as a bad command. */
  #recipientRefusal(address: string): Step | undefined {
    const { judgeRecipient } = this.#setup;
    if (judgeRecipient === undefined) return address === POSTMASTER ? reply(NO_DOMAIN) : undefined;
    const refusal = judgeRecipient(address);
    return refusal === undefined ? undefined : bad(refusal);
  }

  #countRecipient(): Step | undefined {
    if (this.#transaction === undefined) return undefined;
    this.#transaction.recipientCommands += 1;
    if (this.#transaction.recipientCommands <= this.#setup.limits.maxRecipientCommands) return undefined;
    return { kind: 'close', reply: REPLIES.tooManyErrors, reason: 'limit' };
  }

  #data(): Step {
    if (this.#transaction === undefined) return bad(REPLIES.mailFirst);
    if (this.#transaction.chunked) return bad(REPLIES.notAfterChunk);
    if (this.#transaction.recipients.length === 0) return bad(REPLIES.noRecipients);
    if (!this.#setup.fits(0)) return reply(REPLIES.noMemory);
    return { kind: 'data' };
  }

  /** The octets of a chunk come in any case, so that even a refused one has to be read (RFC 3030 section 2). */
  #chunk(size: number, last: boolean): Step {
    const refusal = this.#chunkRefusal();
    if (refusal === undefined && this.#transaction !== undefined) this.#transaction.chunked = true;
    return { kind: 'chunk', size, last, refusal };
  }

  #chunkRefusal(): Reply | undefined {
    if (this.#transaction === undefined) return REPLIES.mailFirst;
    return this.#transaction.recipients.length === 0 ? REPLIES.noRecipients : undefined;
  }

  /** One bad recipient among good ones is a matter of that recipient: the client's list, not the client, is wrong. */
  #malformed(command: Command & { kind: 'malformed' }): Step {
    if (command.of === 'desynchronised') return { kind: 'close', reply: command.reply, reason: 'violation' };
    if (command.of === 'other' || this.#transaction === undefined) return bad(command.reply);
    return this.#countRecipient() ?? reply(command.reply);
  }
}

const NO_DOMAIN = makeReply(501, '5.1.3', 'Bad recipient address: the address has no domain');

function reply(value: Reply): Step {
  return { kind: 'reply', reply: value };
}

function bad(value: Reply): Step {
  return { kind: 'bad', reply: value };
}
