// Replies of an SMTP server: the value, its form on the wire, and the ones that the session itself gives.
//
// Promises: whatever text a caller puts into a reply, what goes out is well-formed (RFC 5321 section 4.2): no line
// break, control or non-ASCII octet from the text, no line over 512 octets, so a reply can never be split into two.
// Enhanced status codes: RFC 2034, RFC 3463 and the registry that RFC 5248 opened.

export interface Reply {
  /** Three digits, 200 to 599; a 421 closes the connection after it was sent. */
  readonly code: number;
  /** `X.Y.Z`; absent for greetings, EHLO, 334 and 354, where RFC 2034 has none. */
  readonly enhanced?: string | undefined;
  /** One line, or several for a multi-line reply. */
  readonly text: string | readonly string[];
}

/** The octets of a reply, as an ASCII string with its CRLFs. */
export function formatReply(reply: Reply): string {
  const prefix = reply.enhanced === undefined ? '' : `${reply.enhanced} `;
  if (typeof reply.text === 'string') return `${reply.code} ${prefix}${cleanText(reply.text)}\r\n`;
  const last = reply.text.length - 1;
  if (last < 0) return `${reply.code} ${prefix.trimEnd()}\r\n`;
  return reply.text
    .map((line, index) => `${reply.code}${index === last ? ' ' : '-'}${prefix}${cleanText(line)}\r\n`)
    .join('');
}

export function makeReply(code: number, enhanced: string, text: string): Reply {
  return { code, enhanced, text };
}

/** What the session answers by itself. Texts are for people: they say what to do. */
export const REPLIES = {
  ok: makeReply(250, '2.0.0', 'Ok'),
  mailOk: makeReply(250, '2.1.0', 'Ok'),
  recipientOk: makeReply(250, '2.1.5', 'Ok'),
  startData: { code: 354, text: 'End data with <CR><LF>.<CR><LF>' },
  bye: makeReply(221, '2.0.0', 'Bye'),
  help: makeReply(
    214,
    '2.0.0',
    'EHLO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT; see RFC 5321 and RFC 6409',
  ),
  cannotVerify: makeReply(252, '2.5.2', 'Cannot verify, but will accept a message and try'),
  readyForTls: makeReply(220, '2.0.0', 'Ready to start TLS'),
  authenticated: makeReply(235, '2.7.0', 'Authentication successful'),

  unknownCommand: makeReply(500, '5.5.2', 'Command not recognised'),
  notImplemented: makeReply(502, '5.5.1', 'Command not implemented'),
  bareLineEnd: makeReply(500, '5.5.2', 'A bare CR or LF, or a NUL, is not allowed: lines end in CR LF'),
  lineTooLong: makeReply(500, '5.5.2', 'Line too long'),
  notUtf8: makeReply(500, '5.5.2', 'Line is neither ASCII nor valid UTF-8'),
  noArguments: makeReply(501, '5.5.4', 'This command takes no argument'),
  heloFirst: makeReply(503, '5.5.1', 'Send EHLO first'),
  nested: makeReply(503, '5.5.1', 'Nested MAIL command: send RSET to start over'),
  mailFirst: makeReply(503, '5.5.1', 'Send MAIL first'),
  notWhileMail: makeReply(503, '5.5.1', 'Not allowed during a mail transaction'),
  notAfterChunk: makeReply(503, '5.5.1', 'Not allowed after BDAT: finish with BDAT LAST, or send RSET'),
  noRecipients: makeReply(554, '5.5.1', 'No valid recipients'),

  alreadySecure: makeReply(503, '5.5.1', 'TLS is already active'),
  tlsUnavailable: makeReply(454, '4.7.0', 'TLS is not available'),
  injectedBeforeTls: makeReply(554, '5.5.1', 'Commands after STARTTLS before the TLS handshake are not allowed'),
  authRequired: makeReply(530, '5.7.0', 'Authentication required'),
  starttlsRequired: makeReply(530, '5.7.0', 'Must issue a STARTTLS command first'),
  authNeedsTls: makeReply(538, '5.7.11', 'Encryption required for authentication: send STARTTLS first'),
  authUnavailable: makeReply(530, '5.7.0', 'Authentication needs TLS, which is not set up on this server'),
  alreadyAuthenticated: makeReply(503, '5.5.1', 'Already authenticated'),
  unknownMechanism: makeReply(504, '5.5.4', 'Mechanism not supported: use PLAIN, LOGIN or CRAM-MD5'),
  authCancelled: makeReply(501, '5.0.0', 'Authentication cancelled'),
  badBase64: makeReply(501, '5.5.2', 'Not valid base64'),
  badSaslMessage: makeReply(501, '5.5.2', 'Malformed authentication message'),
  authTooLong: makeReply(500, '5.5.6', 'Authentication exchange line is too long'),
  noInitialResponse: makeReply(501, '5.7.0', 'This mechanism takes no initial response'),
  otherIdentity: makeReply(
    535,
    '5.7.8',
    'Acting for another identity is not supported: leave the authorization identity empty',
  ),

  needsUtf8: makeReply(553, '5.6.7', 'Address is not ASCII: that needs SMTPUTF8 in MAIL'),
  noRequireTls: makeReply(555, '5.5.4', 'Parameter REQUIRETLS is not supported'),
  requireTlsNeedsTls: makeReply(530, '5.7.10', 'REQUIRETLS is for sessions under TLS: send STARTTLS first'),
  tooBig: makeReply(552, '5.3.4', 'Message is larger than the limit announced with SIZE'),
  noMemory: makeReply(452, '4.3.1', 'Too much mail is being received at the moment: try again later'),
  unclean: makeReply(554, '5.6.0', 'Message has a bare CR or LF, or a NUL: lines must end in CR LF'),
  longDataLine: makeReply(554, '5.6.0', 'Message has a line that is too long'),
  tooManyRecipients: makeReply(452, '4.5.3', 'Too many recipients: send the rest in another transaction'),
  tooManyTransactions: makeReply(421, '4.7.0', 'Too many transactions in this connection: open a new one'),
  tooManyErrors: makeReply(421, '4.7.0', 'Too many errors, closing the connection'),
  tooManyAuthFailures: makeReply(421, '4.7.0', 'Too many failed authentications, closing the connection'),
  tooManyConnections: makeReply(421, '4.7.0', 'Too many connections, try again later'),
  tooManyCommands: makeReply(421, '4.7.0', 'Too many commands without a message, closing the connection'),
  idle: makeReply(421, '4.4.2', 'Timed out waiting for input, closing the connection'),
  shutdown: makeReply(421, '4.3.2', 'Server is shutting down, try again shortly'),
  internal: makeReply(451, '4.3.0', 'Internal error, try again later'),
  fault: makeReply(421, '4.3.0', 'Internal error, closing the connection'),
} as const satisfies Readonly<Record<string, Reply>>;

/** 512 octets (RFC 5321 section 4.5.3.1.5), less the code, the enhanced code and CRLF. */
const MAX_TEXT = 490;
const UNCLEAN = /[^\x20-\x7e]/;

function cleanText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 3)}...` : text;
  if (!UNCLEAN.test(short)) return short;
  return short.replace(/[\r\n\t]+/g, ' ').replace(/[^\x20-\x7e]/gu, '?');
}
