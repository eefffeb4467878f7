// What an SMTP server session asks of the one who runs it: to judge credentials or recipients, and to take messages.
import type { Reply } from './reply.ts';
import type { Credential } from './sasl.ts';

/** Where a session comes from and what is known of it; a new object whenever something changes. */
export interface SessionContext {
  readonly id: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly tls: boolean;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly tlsProtocol: string | undefined;
  /** The server name that the client asked for (SNI). */
  readonly tlsServerName: string | undefined;
  /** As said in EHLO or HELO; empty before. */
  readonly heloName: string;
}

export type AuthenticationResult<P> =
  /** `reply` in place of 235 2.7.0. */
  | { readonly kind: 'ok'; readonly principal: P; readonly reply?: Reply | undefined }
  /** A 5xx counts as a failed authentication, a 4xx (try again later) does not. */
  | { readonly kind: 'refused'; readonly reply: Reply };

export interface SubmittedMessage<P> {
  readonly principal: P;
  /** Without brackets; empty for the null path. */
  readonly mailFrom: string;
  /** In the order of RCPT, at least one; duplicates as they came. */
  readonly recipients: readonly string[];
  /** Complete, without stuffed dots; every line ends in CRLF; no bare CR or LF and no NUL. */
  readonly data: Buffer;
  readonly smtpUtf8: boolean;
  readonly body: '7BIT' | '8BITMIME';
  /** The client said REQUIRETLS, under TLS (RFC 8689). */
  readonly requireTls?: boolean;
  readonly ctx: SessionContext;
}

/**
 * Makes the server one that takes mail from anybody for recipients of its own (RFC 5321) in place of one that takes submissions:
 * AUTH is neither offered nor wanted, and each recipient is judged.
 */
export interface Reception<P> {
  /** In whose name everybody's mail is taken. */
  readonly principal: P;
  /**
   * Undefined where mail to it is taken, else the reply that refuses it. `address` is as the client wrote it, or `postmaster`
   * alone (RFC 5321 section 4.5.1). Answers at once: it is asked between two commands.
   */
  recipient(address: string, ctx: SessionContext): Reply | undefined;
}

export interface SmtpHandlers<P> {
  readonly reception?: Reception<P>;
  /** Not asked where there is a reception. */
  authenticate(credential: Credential, ctx: SessionContext): Promise<AuthenticationResult<P>>;
  /**
   * Undefined where who is authenticated may still send, else the reply to MAIL; a 421 ends the session. Answers at once: it is asked
   * between two commands.
   */
  stillMay?(principal: P, ctx: SessionContext): Reply | undefined;
  /**
   * Takes a message; a 250 is given only when it is kept. `signal` aborts when the answer can no longer be told: the
   * client is gone, the time is over, or the server ends. The bytes count as in flight until the promise is settled.
   */
  message(message: SubmittedMessage<P>, signal: AbortSignal): Promise<Reply>;
}
