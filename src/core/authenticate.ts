// Which token is this, and what is wrong with it. The detail of a failure is told only where one field holds a real
// token of ours: who guesses learns nothing from the answer (contract sending 1.1 and 11.2).
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Principal } from './draft.ts';
import { readOperatorPass } from './operator-pass.ts';
import type { TokenRecord } from '../domain/server.ts';
import { tokenUseProblem } from '../domain/token-limits.ts';
import type { AccountId } from '../lib/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';

export type AuthFailureKind =
  | 'account-token'
  | 'one-field-only'
  | 'different-servers'
  | 'different-tokens'
  | 'secret-without-access-key'
  | 'wrong-secret-for-access-key'
  | 'white-space'
  | 'smtp-off'
  | 'smtp-token-on-api'
  | 'server-gone'
  | 'revoked'
  | 'expired'
  | 'wrong-network'
  | 'unknown';

/** `text` is for the client: no token, no other tenant's data. */
export interface AuthFailure {
  readonly kind: AuthFailureKind;
  readonly text: string;
}

export type Authenticated<T> =
  { readonly kind: 'ok'; readonly principal: T } | { readonly kind: 'failed'; readonly failure: AuthFailure };

export interface Authenticator {
  /** `client` is, here and below, the IP address that it comes from. PLAIN and LOGIN: server token in both fields, or access key and secret key of an SMTP token. */
  smtp(username: string, password: string, client?: string): Promise<Authenticated<Principal>>;
  /** CRAM-MD5 (RFC 2195): the user name carries the server token or the access key. */
  smtpCram(username: string, proof: CramProof, client?: string): Promise<Authenticated<Principal>>;
  /** Whether who was authenticated over SMTP may still send; answers at once. */
  stillSmtp(principal: Principal, client?: string): AuthFailure | undefined;
  /** A token from `X-Postmark-Server-Token`; surrounding white space and case do not matter. */
  serverToken(token: string, client?: string): Promise<Authenticated<Principal>>;
  /** A token from `X-Postmark-Account-Token`, or a pass that the operator's command line made (operator-pass.ts). */
  accountToken(token: string, client?: string): Promise<Authenticated<AccountId>>;
}

export interface CramProof {
  readonly challenge: string;
  /** Lower-case hex. */
  readonly digest: string;
}

export interface AuthenticatorOptions {
  readonly store: Pick<ControlStore, 'tokenByHash' | 'tokenBySecretHash' | 'tokenStanding' | 'smtpSecret' | 'server'>;
  /** Keyed hash of a normalised token (see lib/keyed-hash). */
  readonly hashToken: (token: string) => string;
  /** Unix milliseconds; without it passes of the operator are not taken. */
  readonly now?: () => number;
  /** A token was taken. */
  readonly onUsed?: (tokenId: number, at: number) => void;
}

const TEXT: Readonly<Record<AuthFailureKind, string>> = {
  'account-token':
    'ServerAPI key required: that is an Account API token, which manages servers and cannot send. Use the Server API token of the server as both user name and password.',
  'one-field-only':
    'one of the two fields holds a Server API token, the other does not: use the same Server API token as both user name and password.',
  'different-servers':
    'user name and password hold the tokens of two different servers: use the same Server API token in both fields.',
  'different-tokens':
    'user name and password hold two different tokens of the same server: use one Server API token in both fields.',
  'secret-without-access-key':
    'that password is the secret key of an SMTP token, but the user name is not its access key: use the access key as user name and the secret key as password.',
  'wrong-secret-for-access-key':
    'that user name is the access key of an SMTP token, but the password is not its secret key: a lost secret key cannot be shown again, create a new SMTP token.',
  'white-space':
    'the token is right, but there is white space or a line break around it: remove it from user name and password.',
  'smtp-off': 'SMTP is switched off for this server: switch it on in its settings, or send over HTTP.',
  'smtp-token-on-api': 'that is the access key of an SMTP token, which works over SMTP only: use the Server API token.',
  'server-gone': 'the server of this token no longer exists.',
  revoked: 'this token was revoked.',
  expired: 'this token has expired: make a new one for the server.',
  'wrong-network': 'this token may not be used from this address.',
  unknown:
    'user name and password are not valid: use the Server API token of your server as both user name and password.',
};

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { store, hashToken, now, onUsed } = options;
  const find = (text: string): Promise<TokenRecord | undefined> => store.tokenByHash(hashToken(normalise(text)));

  async function smtp(username: string, password: string, client?: string): Promise<Authenticated<Principal>> {
    if (username.length > MAX_TOKEN_LENGTH || password.length > MAX_TOKEN_LENGTH) return failed('unknown');
    const user = await find(username);
    if (user?.kind === 'smtp') return smtpToken(user, { username, password, client });
    const pass = normalise(username) === normalise(password) ? user : await find(password);
    const problem = await problemOf(user, pass, password);
    if (problem !== undefined) return failed(problem);
    if (hasWhiteSpace(username) || hasWhiteSpace(password)) return failed('white-space');
    return principalOf(user as TokenRecord, { overSmtp: true, client });
  }

  /** What is wrong with a pair whose user name is not an access key; undefined when both hold one server's token. */
  async function problemOf(
    user: TokenRecord | undefined,
    pass: TokenRecord | undefined,
    password: string,
  ): Promise<AuthFailureKind | undefined> {
    if (user?.kind === 'account' || pass?.kind === 'account') return 'account-token';
    if (user !== undefined && pass !== undefined && pass.kind === 'server') {
      if (user.serverId !== pass.serverId) return 'different-servers';
      return user.id === pass.id ? undefined : 'different-tokens';
    }
    if (await store.tokenBySecretHash(hashToken(normalise(password)))) return 'secret-without-access-key';
    return user === undefined && pass?.kind !== 'server' ? 'unknown' : 'one-field-only';
  }

  async function smtpToken(
    token: TokenRecord,
    { username, password, client }: { username: string; password: string; client: string | undefined },
  ): Promise<Authenticated<Principal>> {
    const secret = await store.smtpSecret(token.id);
    if (secret === undefined || !equal(secret.hash, hashToken(normalise(password)))) {
      return failed('wrong-secret-for-access-key');
    }
    if (hasWhiteSpace(username) || hasWhiteSpace(password)) return failed('white-space');
    return principalOf(token, { overSmtp: true, client });
  }

  async function smtpCram(
    username: string,
    { challenge, digest }: CramProof,
    client?: string,
  ): Promise<Authenticated<Principal>> {
    if (username.length > MAX_TOKEN_LENGTH) return failed('unknown');
    const token = await find(username);
    if (token === undefined) return failed('unknown');
    if (token.kind === 'account') return failed('account-token');
    const secrets =
      token.kind === 'server' ? serverSecrets(username) : [(await store.smtpSecret(token.id))?.text ?? ''];
    const proven = secrets.some((secret) => equal(digest, createHmac('md5', secret).update(challenge).digest('hex')));
    if (!proven) return failed(token.kind === 'server' ? 'one-field-only' : 'wrong-secret-for-access-key');
    if (hasWhiteSpace(username)) return failed('white-space');
    return principalOf(token, { overSmtp: true, client });
  }

  async function principalOf(
    token: TokenRecord,
    how: { readonly overSmtp: boolean; readonly client: string | undefined },
  ): Promise<Authenticated<Principal>> {
    const server = token.serverId === undefined ? undefined : await store.server(token.serverId);
    if (server === undefined) return failed('server-gone');
    if (how.overSmtp && !server.settings.smtpApiActivated) return failed('smtp-off');
    const problem = useProblem(token, how.client);
    if (problem !== undefined) return failed(problem);
    noteUse(token);
    const { id: tokenId, streamId: boundStream, limits } = token;
    return { kind: 'ok', principal: { server, tokenId, boundStream, ...(limits !== undefined && { limits }) } };
  }

  function stillSmtp({ tokenId, limits }: Principal, client?: string): AuthFailure | undefined {
    const standing = store.tokenStanding(tokenId);
    const problem = standing === 'gone' ? 'revoked' : standing === 'live' ? useProblem({ limits }, client) : standing;
    if (problem !== undefined) return failed(problem).failure;
    noteUse({ id: tokenId });
    return undefined;
  }

  function useProblem(
    { limits }: Pick<TokenRecord, 'limits'>,
    client: string | undefined,
  ): AuthFailureKind | undefined {
    return limits && tokenUseProblem(limits, { now: now?.() ?? 0, client });
  }

  function noteUse({ id }: Pick<TokenRecord, 'id'>): void {
    if (now !== undefined) onUsed?.(id, now());
  }

  async function serverToken(text: string, client?: string): Promise<Authenticated<Principal>> {
    const token = text.length > MAX_TOKEN_LENGTH ? undefined : await find(text);
    if (token === undefined) return failed('unknown');
    if (token.kind === 'account') return failed('account-token');
    if (token.kind === 'smtp') return failed('smtp-token-on-api');
    return principalOf(token, { overSmtp: false, client });
  }

  async function accountToken(text: string, client?: string): Promise<Authenticated<AccountId>> {
    if (text.length > MAX_TOKEN_LENGTH) return failed('unknown');
    const operatorOf = now && readOperatorPass(hashToken, text, now());
    if (operatorOf !== undefined) return { kind: 'ok', principal: operatorOf };
    const token = await find(text);
    if (token?.kind !== 'account') return failed('unknown');
    const problem = useProblem(token, client);
    if (problem !== undefined) return failed(problem);
    noteUse(token);
    return { kind: 'ok', principal: token.accountId };
  }

  return { smtp, smtpCram, stillSmtp, serverToken, accountToken };
}

/** Far above any token of ours; bounds the work that a stranger can ask for. */
const MAX_TOKEN_LENGTH = 1024;

/** Tokens are documented as case-insensitive; white space around them is a slip of the clipboard. */
function normalise(token: string): string {
  return token.trim().toLowerCase();
}

function hasWhiteSpace(text: string): boolean {
  return text !== text.trim();
}

/** A client may key the digest with the token in the case it was given; both spellings of a UUID are tried. */
function serverSecrets(username: string): readonly string[] {
  const token = username.trim();
  return [...new Set([token, token.toLowerCase(), token.toUpperCase()])];
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function failed(kind: AuthFailureKind): { kind: 'failed'; failure: AuthFailure } {
  return { kind: 'failed', failure: { kind, text: TEXT[kind] } };
}
