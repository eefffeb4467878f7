// How the recipients of one transaction fared so far: who has failed by now, and what decides for the others.
//
// Recipients fail or pass one by one; a refused MAIL or content, a 421, a lost connection decide for all that are left.
// Pure. Leaves to others: which reply answers which command.
import type { Answer } from './client-dialogue.ts';
import type { ClientPhase, Lost } from './client-phases.ts';
import { SERVICE_CLOSING, type Reply } from './remote-reply.ts';

/** How one recipient fared. `answer` is the reply that decided, or how the connection was lost before there was one. */
export interface RecipientResult {
  readonly phase: ClientPhase;
  readonly answer: Answer;
}

export interface TransactionResult {
  /** In the order of the recipients. */
  readonly recipients: readonly RecipientResult[];
  /** The far side answered no command of it, except perhaps with 421: it can be repeated elsewhere without any risk. */
  readonly untouched: boolean;
  /** The session must be reset before its next transaction. */
  readonly needsReset: boolean;
  /** Content that was sent unasked met no understanding: this host is better asked with DATA first. */
  readonly askFirst: boolean;
}

/** Who has failed by now, and what decides for the others. */
export class Progress {
  readonly #results: (RecipientResult | undefined)[];
  /** All was sent before any reply: of a loss nobody knows whether the far side has the message. */
  readonly #unasked: boolean;
  #left: number;
  #touched = false;
  #askFirst = false;
  #open = false;

  constructor(recipients: number, { unasked }: { readonly unasked: boolean }) {
    this.#unasked = unasked;
    this.#results = new Array<RecipientResult | undefined>(recipients).fill(undefined);
    this.#left = recipients;
  }

  get nobodyLeft(): boolean {
    return this.#left === 0;
  }

  /** A lost connection or 421 decides for all that are left. */
  goesOn(phase: ClientPhase, answer: Answer): answer is Reply {
    if (answer.kind === 'lost' && this.#unasked) {
      this.lostUnasked(answer);
      return false;
    }
    if (answer.kind === 'lost' || answer.code === SERVICE_CLOSING) {
      this.decide(phase, answer);
      return false;
    }
    this.#touched = true;
    return true;
  }

  mail(answer: Answer): void {
    if (isSuccess(answer)) this.#open = true;
    else this.decide('mail', answer);
  }

  rcpt(index: number, answer: Answer): void {
    if (isSuccess(answer) || this.#results[index] !== undefined) return;
    this.#results[index] = { phase: 'rcpt', answer };
    this.#left -= 1;
  }

  decide(phase: ClientPhase, answer: Answer): void {
    for (const [index, result] of this.#results.entries()) this.#results[index] = result ?? { phase, answer };
    this.#left = 0;
  }

  /** The loss decides as if at the end. A far side that answered nothing may be one that ends sessions without a word. */
  lostUnasked(answer: Lost): void {
    this.#askFirst ||= !this.#touched && answer.cause !== 'aborted';
    this.#touched = true;
    this.decide('final', answer);
  }

  /** The far side took nothing, though it had promised to: in steps it can be tried again without any risk. */
  notUnderstood(answer: Reply): void {
    this.#askFirst = true;
    this.#touched = false;
    this.decide('final', answer);
  }

  /** The reply to the content, good or bad, closes the transaction. */
  close(answer: Answer): void {
    this.#open = false;
    this.decide('final', answer);
  }

  result(): TransactionResult {
    const recipients = this.#results.filter((result) => result !== undefined);
    return { recipients, untouched: !this.#touched, needsReset: this.#open, askFirst: this.#askFirst };
  }
}

export function isSuccess(answer: Answer): boolean {
  return answer.kind === 'reply' && answer.code >= 200 && answer.code < 300;
}

export function isRefusal(reply: Reply): boolean {
  return reply.code >= 400;
}
