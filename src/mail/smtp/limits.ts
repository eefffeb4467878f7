// The bounds of an SMTP server session, each with its default and its reason.

export interface SmtpLimits {
  /** Octets of a message; announced with SIZE (RFC 1870). */
  readonly maxMessageBytes: number;
  /** Octets of the messages in flight over all connections of a server; beyond it 452, so that memory stays bounded. */
  readonly maxInFlightBytes: number;
  /** Recipients of a transaction; further ones get 452 and are sent by the client in the next (RFC 5321 4.5.3.1.10). */
  readonly maxRecipients: number;
  /** RCPT commands of a transaction, refused ones included; then the connection is closed. */
  readonly maxRecipientCommands: number;
  /** Octets of a command line; RFC 5321 4.5.3.1.4 asks for 512 and more for extensions. */
  readonly maxLineBytes: number;
  /** Octets of a line of an AUTH exchange (RFC 4954 section 4 asks for 12,288). */
  readonly maxAuthLineBytes: number;
  /** Octets of a line of a message. RFC 5322 says 998; real senders pass it, and what relays on can fold or encode. */
  readonly maxDataLineBytes: number;
  /** Refused commands since the last message; then 421. */
  readonly maxBadCommands: number;
  /** Failed authentications of a connection; then 421. */
  readonly maxAuthFailures: number;
  /** Commands since the last message, apart from those of a transaction; then 421. */
  readonly maxIdleCommands: number;
  readonly maxTransactionsPerConnection: number;
  /** Longest wait for a complete command, and for each line of an AUTH exchange (RFC 5321 4.5.3.2.7: 5 minutes). */
  readonly commandTimeoutMs: number;
  /** Longest pause within the content of a message. */
  readonly dataTimeoutMs: number;
  /** Content may take `dataGraceMs`, and beside it the time that its octets so far take at `minDataBytesPerSecond`. */
  readonly dataGraceMs: number;
  readonly minDataBytesPerSecond: number;
  /** Longest wait for a handler; RFC 5321 4.5.3.2.6 lets clients wait 10 minutes for the reply to the final dot. */
  readonly handlerTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** How long a connection that we ended is kept for the client to read the last reply and end its side. */
  readonly lingerMs: number;
}

export const DEFAULT_LIMITS: SmtpLimits = {
  maxMessageBytes: 20_480_000,
  maxInFlightBytes: 128 * 1024 * 1024,
  maxRecipients: 50,
  maxRecipientCommands: 1000,
  maxLineBytes: 2048,
  maxAuthLineBytes: 12_288,
  maxDataLineBytes: 65_536,
  maxBadCommands: 10,
  maxAuthFailures: 3,
  maxIdleCommands: 100,
  maxTransactionsPerConnection: 100_000,
  commandTimeoutMs: 300_000,
  dataTimeoutMs: 180_000,
  dataGraceMs: 300_000,
  minDataBytesPerSecond: 1024,
  handlerTimeoutMs: 300_000,
  tlsHandshakeTimeoutMs: 30_000,
  lingerMs: 2000,
};
