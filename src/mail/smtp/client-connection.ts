// An open session with a remote server: transactions one after the other, then QUIT.
//
// Promises: what the far side did not offer is not used (SIZE RFC 1870, BODY RFC 6152, SMTPUTF8 RFC 6531, REQUIRETLS RFC 8689), and a message
// that it cannot take is refused here without bothering it; aborting ends a transaction at once.
// Leaves to others: opening (client.ts), and when to reuse or close.
import { isAscii } from 'node:buffer';
import type { Capabilities } from './client-capabilities.ts';
import { sizeOf } from './client-content.ts';
import type { Dialogue } from './client-dialogue.ts';
import { describePeer, type ClientDeadlines } from './client-phases.ts';
import { reasonOf } from './client-target.ts';
import { fitsOneFlight, runOneFlight } from './client-one-flight.ts';
import type { TransactionResult } from './client-progress.ts';
import type { TlsSession } from '../tls/requirement.ts';
import type { Envelope } from './client-transaction.ts';
import { runTransaction } from './client-transaction.ts';
import { SERVICE_CLOSING } from './remote-reply.ts';

export interface ConnectedPeer {
  readonly host: string;
  readonly address: string;
  readonly tls: boolean;
  /** Undefined in plain text. */
  readonly session: TlsSession | undefined;
}

/** The message cannot go to this server as it is; nothing was sent. `detail` begins with the fitting enhanced code. */
export interface Unsupported {
  readonly kind: 'unsupported';
  readonly detail: string;
}

export type TransactResult = (({ readonly kind: 'done' } & TransactionResult) | Unsupported) & {
  /** What was said; of the first transaction of a session with how the session began. */
  readonly transcript: string;
};

export interface Manner {
  /** Send no content before the far side said that it waits for it. */
  readonly askFirst?: boolean;
}

export interface ConnectionParts {
  readonly peer: ConnectedPeer;
  readonly dialogue: Dialogue;
  readonly capabilities: Capabilities;
  readonly deadlines: ClientDeadlines;
  /** Unix milliseconds. */
  readonly openedAt: number;
}

export class ClientConnection {
  readonly peer: ConnectedPeer;
  readonly capabilities: Capabilities;
  readonly #dialogue: Dialogue;
  readonly #deadlines: ClientDeadlines;
  /** What the transcript of a later transaction begins with. */
  readonly #session: string;
  #transactions = 0;
  #needsReset = false;

  constructor({ peer, dialogue, capabilities, deadlines, openedAt }: ConnectionParts) {
    this.peer = peer;
    this.capabilities = capabilities;
    this.#dialogue = dialogue;
    this.#deadlines = deadlines;
    const { host, address, tls } = peer;
    this.#session = `of a session with ${describePeer(host, address)}${tls ? ' over TLS' : ''}, opened at ${new Date(openedAt).toISOString()}`;
  }

  /** How many transactions were begun. */
  get transactions(): number {
    return this.#transactions;
  }

  /** False once the session is lost, or the far side said something unasked (such as 421 after idling). */
  get usable(): boolean {
    return this.#dialogue.loss === undefined && !this.#dialogue.unread;
  }

  /** Called when the session is lost, at most once. */
  onLost(callback: () => void): void {
    this.#dialogue.onLost(callback);
  }

  /** One at a time. After a result that leaves the session broken, `usable` is false. */
  async transact(envelope: Envelope, signal: AbortSignal, manner: Manner = {}): Promise<TransactResult> {
    const { transcript } = this.#dialogue;
    this.#transactions += 1;
    if (this.#transactions > 1) transcript.begin(`transaction ${this.#transactions} ${this.#session}`);
    const detail = this.#unsupported(envelope);
    if (detail !== undefined) {
      transcript.note(`not sent: ${detail}`);
      return { kind: 'unsupported', detail, transcript: transcript.text() };
    }
    const stop = (): void => this.#dialogue.lose('aborted', reasonOf(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await this.#run(envelope, manner);
    } catch (error) {
      // In the middle of a message nothing else may follow on this session.
      this.#dialogue.lose('aborted', 'internal error');
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Says goodbye without waiting for long; resolves when the socket is closed. */
  quit(): Promise<void> {
    return this.#dialogue.quit(QUIT_MS);
  }

  async #run(envelope: Envelope, { askFirst = false }: Manner): Promise<TransactResult> {
    const session = {
      dialogue: this.#dialogue,
      capabilities: this.capabilities,
      deadlines: this.#deadlines,
      needsReset: this.#needsReset,
    };
    const run = !askFirst && fitsOneFlight(session, envelope) ? runOneFlight : runTransaction;
    const result = await run(session, envelope, this.#mailCommand(envelope));
    this.#needsReset = result.needsReset;
    if (result.recipients.some(({ answer }) => answer.kind === 'reply' && answer.code === SERVICE_CLOSING)) {
      void this.quit();
    }
    return { kind: 'done', ...result, transcript: this.#dialogue.transcript.text() };
  }

  #mailCommand({ mailFrom, smtpUtf8, requireTls, content }: Envelope): string {
    const { size, eightBitMime } = this.capabilities;
    let command = `MAIL FROM:<${mailFrom}>`;
    if (size) command += ` SIZE=${sizeOf(content)}`;
    if (eightBitMime && (smtpUtf8 || !content.every((part) => isAscii(part)))) command += ' BODY=8BITMIME';
    if (smtpUtf8) command += ' SMTPUTF8';
    if (requireTls === true) command += ' REQUIRETLS';
    return `${command}\r\n`;
  }

  #unsupported({ mailFrom, recipients, smtpUtf8, requireTls, content }: Envelope): string | undefined {
    const { host } = this.peer;
    const { maxSize } = this.capabilities;
    const size = sizeOf(content);
    if (maxSize !== undefined && size > maxSize) {
      return `5.3.4 the message has ${size} bytes and ${host} takes ${maxSize} at most`;
    }
    if (smtpUtf8 && !this.capabilities.smtpUtf8) {
      return `5.6.7 the message needs SMTPUTF8 (internationalised addresses or headers), which ${host} does not offer`;
    }
    if (requireTls === true && !(this.capabilities.requireTls && this.peer.tls)) {
      return `5.7.30 the message needs REQUIRETLS, which ${host} does not offer`;
    }
    if (UNSENDABLE.test(mailFrom) || recipients.some((address) => UNSENDABLE.test(address))) {
      return '5.1.3 an address of the envelope holds a control character';
    }
    if (recipients.length > MAX_RECIPIENTS) return `5.5.3 more than ${MAX_RECIPIENTS} recipients in one transaction`;
    return undefined;
  }
}

/** Longer lists are the business of whoever splits a message into transactions; replies are counted against this. */
const MAX_RECIPIENTS = 1000;
const QUIT_MS = 1000;
const UNSENDABLE = /[\x00-\x1f\x7f]/;
