// The server's side of SASL in SMTP: PLAIN (RFC 4616), LOGIN (as widely deployed) and CRAM-MD5 (RFC 2195) over AUTH
// (RFC 4954), as a chain of steps. Promises: pure apart from the challenge that is passed in; base64 and UTF-8 are read
// strictly. Leaves to others: whether AUTH is allowed now, the length of lines, and what a credential is worth.
import { REPLIES } from './reply.ts';
import type { Reply } from './reply.ts';

export type Credential =
  | { readonly mechanism: 'PLAIN' | 'LOGIN'; readonly username: string; readonly password: string }
  /** `digestHex` is the HMAC-MD5 of `challenge` keyed with the password, 32 lower-case hex digits. */
  | {
      readonly mechanism: 'CRAM-MD5';
      readonly username: string;
      readonly challenge: string;
      readonly digestHex: string;
    };

export type SaslStep =
  /** Send `334 text`; give the next line of the client to `next`. */
  | { readonly kind: 'challenge'; readonly text: string; readonly next: (line: string) => SaslStep }
  | { readonly kind: 'credential'; readonly credential: Credential }
  | { readonly kind: 'failed'; readonly reply: Reply };

export const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const;

/** `initial` is the initial response as sent, in base64; `challenge` is a fresh `<unique@host>` for CRAM-MD5. */
export function startSasl(mechanism: string, initial: string | undefined, challenge: string): SaslStep {
  switch (mechanism) {
    case 'PLAIN':
      return initial === undefined ? ask('', readPlain) : readLine(initial, readPlain);
    case 'LOGIN':
      return initial === undefined ? ask('Username:', readUsername) : readLine(initial, readUsername);
    case 'CRAM-MD5':
      if (initial !== undefined) return { kind: 'failed', reply: REPLIES.noInitialResponse };
      return ask(challenge, (text) => readCram(text, challenge));
    default:
      return { kind: 'failed', reply: REPLIES.unknownMechanism };
  }
}

function ask(text: string, read: (decoded: string) => SaslStep): SaslStep {
  return { kind: 'challenge', text: Buffer.from(text).toString('base64'), next: (line) => readLine(line, read) };
}

function readLine(line: string, read: (decoded: string) => SaslStep): SaslStep {
  if (line === '*') return { kind: 'failed', reply: REPLIES.authCancelled };
  const decoded = decodeBase64(line === '=' ? '' : line);
  return decoded === undefined ? { kind: 'failed', reply: REPLIES.badBase64 } : read(decoded);
}

/** [authzid] NUL authcid NUL passwd; nobody may act for another, so authzid is empty or the same. */
function readPlain(decoded: string): SaslStep {
  const [identity, username, password, ...more] = decoded.split('\0');
  if (username === undefined || password === undefined || more.length > 0) return malformed();
  if (identity !== '' && identity !== username) return { kind: 'failed', reply: REPLIES.otherIdentity };
  return { kind: 'credential', credential: { mechanism: 'PLAIN', username, password } };
}

function readUsername(username: string): SaslStep {
  return ask('Password:', (password) => ({
    kind: 'credential',
    credential: { mechanism: 'LOGIN', username, password },
  }));
}

const CRAM_RESPONSE = /^(.+) ([0-9a-f]{32})$/is;

function readCram(decoded: string, challenge: string): SaslStep {
  const match = CRAM_RESPONSE.exec(decoded);
  const username = match?.[1];
  const digest = match?.[2];
  if (username === undefined || digest === undefined) return malformed();
  const credential: Credential = { mechanism: 'CRAM-MD5', username, challenge, digestHex: digest.toLowerCase() };
  return { kind: 'credential', credential };
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}

function malformed(): SaslStep {
  return { kind: 'failed', reply: REPLIES.badSaslMessage };
}
