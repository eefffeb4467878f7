// How much a client may try a server's patience in one connection: what is counted, and when it is over. Outlives STARTTLS.
import type { Command } from './commands.ts';
import type { SmtpLimits } from './limits.ts';
import { REPLIES } from './reply.ts';
import type { Reply } from './reply.ts';

export class Patience {
  readonly #limits: SmtpLimits;
  #badCommands = 0;
  #authFailures = 0;
  #idleCommands = 0;
  #messages = 0;

  constructor(limits: SmtpLimits) {
    this.#limits = limits;
  }

  /** Messages that were accepted. */
  get messages(): number {
    return this.#messages;
  }

  /** Counts a command; the 421 that ends the connection, where it was one too many. */
  command(kind: Command['kind']): Reply | undefined {
    // RCPT and BDAT may come in any number; they have bounds of their own.
    if (kind !== 'rcpt' && kind !== 'bdat') this.#idleCommands += 1;
    return this.#idleCommands > this.#limits.maxIdleCommands ? REPLIES.tooManyCommands : undefined;
  }

  /** Counts a refusal; one that is our own fault (4xx) does not count. */
  refusal(reply: Reply): Reply | undefined {
    if (reply.code >= 500) this.#badCommands += 1;
    return this.#badCommands >= this.#limits.maxBadCommands ? REPLIES.tooManyErrors : undefined;
  }

  failedAuthentication(reply: Reply): Reply | undefined {
    if (reply.code >= 500) this.#authFailures += 1;
    return this.#authFailures >= this.#limits.maxAuthFailures ? REPLIES.tooManyAuthFailures : undefined;
  }

  message(reply: Reply): void {
    this.#idleCommands = 0;
    if (reply.code >= 300) return;
    this.#badCommands = 0;
    this.#messages += 1;
  }
}
