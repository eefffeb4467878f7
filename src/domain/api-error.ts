// API errors: one table with Postmark's numbers and statuses (contract sending 3) and the literal texts that clients
// depend on (contract sending 4). The same error is answered over HTTP, spoken in an SMTP dialogue, or kept as a bounce.

export interface ApiError {
  readonly code: number;
  /** HTTP status. */
  readonly status: number;
  /** Public text: holds no configuration, no other tenant's data, no SQL. */
  readonly message: string;
}

/** Statuses that are not 422, by code (contract sending 3). */
const STATUS: Readonly<Record<number, number>> = {
  0: 200,
  10: 401,
  12: 404,
  100: 503,
  101: 500,
  429: 429,
  709: 500,
  1002: 400,
};

export function apiError(code: number, message: string, status: number = STATUS[code] ?? 422): ApiError {
  return { code, status, message };
}

function withHint(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text} ${hint}`;
}

const inactiveHead = 'You tried to send to recipient(s) that have been marked as inactive.';
const inactiveTail =
  'Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.';

export const API_ERRORS = {
  noToken: () =>
    apiError(
      10,
      'No Account or Server API tokens were supplied in the HTTP headers. Please add a header for X-Postmark-Server-Token or X-Postmark-Account-Token.',
    ),
  /** `hint` says more where the client has shown a real token. */
  badServerToken: (hint?: string) => apiError(10, withHint('Request does not contain a valid Server token.', hint)),
  badAccountToken: (hint?: string) => apiError(10, withHint('Request does not contain a valid Account token.', hint)),
  maintenance: (why: string) => apiError(100, why),
  internal: (errorId: string) => apiError(101, `An unexpected error happened. Error id: ${errorId}`),

  malformedJson: (detail: string) => apiError(402, `Received invalid JSON input: ${detail}`),
  invalidFields: (fields: readonly string[]) => apiError(403, `Invalid request field(s): ${fields.join(', ')}`),
  tooManyInBatch: () => apiError(410, 'You may only send up to 500 messages in a single batched request.'),
  bodyTooLarge: (limitMb: number) => apiError(300, `The request body is larger than ${limitMb} MB.`, 413),
  notJson: () => apiError(409, 'The Content-Type of the request must be application/json.', 415),
  compressedBody: () =>
    apiError(409, 'The body of the request must not be compressed: leave Content-Encoding out.', 415),
  /** What cannot be read as HTTP, or did not arrive in time. */
  badHttp: (status: number, detail: string) => apiError(402, `The request could not be read: ${detail}`, status),
  tooManyRequests: () => apiError(429, 'Too many requests; slow down and try again.'),
  notFound: (path: string) => apiError(12, `There is no resource at ${path}.`),
  /** What a path of ours names is not there. */
  noSuchThing: (message: string) => apiError(12, message),
  /** Against the rules of pools and addresses; a number of ours, far from Postmark's. */
  poolRule: (message: string) => apiError(9001, message),
  /** What a token with limits may not do; ours as well. */
  tokenLimit: (message: string) => apiError(9002, message),
  /** A token that may be used from certain networks only (contract sending 3). */
  wrongNetwork: (client: string) => apiError(1480, `This token may not be used from ${client}.`),
  methodNotAllowed: (method: string, path: string, allowed: readonly string[]) =>
    apiError(12, `${method} is not possible at ${path}; use ${allowed.join(' or ')}.`, 405),

  invalidFrom: () => apiError(300, "Invalid 'From' value."),
  invalidAddress: (field: string, value: string) => apiError(300, `Invalid '${field}' address: '${value}'.`),
  zeroRecipients: () => apiError(300, 'Zero recipients specified'),
  invalidMessage: (message: string) => apiError(300, message),
  noBody: () => apiError(300, 'Provide either email TextBody or HtmlBody or both.'),
  notASender: (from: string) =>
    apiError(
      400,
      `The 'From' address you supplied (${from}) is not a Sender Signature on your account. Please add and confirm this address, or verify its domain, in order to use it in the 'From' field of your messages.`,
    ),
  unconfirmedSender: (from: string) =>
    apiError(
      401,
      `The 'From' address you supplied (${from}) belongs to a domain that is not verified yet. Publish its DKIM record and verify it before you send.`,
    ),
  inactiveRecipients: (addresses: readonly string[]) =>
    apiError(406, `${inactiveHead} Found inactive addresses: ${addresses.join(', ')}. ${inactiveTail}`),
  forbiddenAttachment: (name: string) =>
    apiError(411, `The attachment '${name}' is of a type that is not allowed, because mailboxes refuse or remove it.`),
  unknownStream: (id: string) => apiError(1235, `The stream provided: '${id}' does not exist on this server.`),
  cannotSend: (id: string) => apiError(1236, `The stream provided: '${id}' is an inbound stream and cannot send.`),

  invalidQuery: (family: 'messages' | 'bounces', message: string) =>
    apiError(family === 'messages' ? 700 : 1000, message),
  messageNotFound: () => apiError(701, 'This message was not found.'),
  noMessageToExplain: () =>
    apiError(
      701,
      'This message was not found: no server of this token accepted one with that MessageID, or it is older than what is kept.',
    ),
  bounceNotFound: () => apiError(1001, 'This bounce was not found, or its content is no longer kept.'),
  bounceIdMissing: () => apiError(1002, 'The id of the bounce is missing.'),
  cannotActivate: () => apiError(1003, 'This bounce cannot be reactivated.'),
} as const;

/** Said with code 0 when some recipients were left out because they are suppressed (contract sending 4 and 6.8). */
export function partlyInactive(addresses: readonly string[]): string {
  return `Message OK, but will not deliver to these inactive addresses: ${addresses.join(', ')}.`;
}

/** The text of an error as the result of one message in a batch: code 406 is worded differently there (contract 4). */
export function messageInBatch({ code, message }: ApiError): string {
  if (code !== 406 || !message.startsWith(inactiveHead)) return message;
  return `You tried to send to a recipient that has been marked as inactive.${message.slice(inactiveHead.length)} `;
}
