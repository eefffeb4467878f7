// Who is calling: the tokens of the two headers (contract sending 1.1), read once per request.
//
// Promises: every refusal is 401 with code 10; its text says more than "not valid" only where the token is a real one,
// so that who guesses learns nothing. A token is never logged.
import type { FastifyRequest } from 'fastify';
import type { Authenticator, AuthFailureKind } from '../../core/authenticate.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Principal } from '../../core/draft.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import type { AccountId, ServerId } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';

export const SERVER_TOKEN_HEADER = 'x-postmark-server-token';
export const ACCOUNT_TOKEN_HEADER = 'x-postmark-account-token';

/** The magic token that validates and keeps nothing (contract sending 1.2). */
const TEST_TOKEN = 'postmark_api_test';
/** The server of the test token: it has no rows, so its reads are empty lists. Ids of real servers start at 1. */
const NO_SERVER = 0 as ServerId;

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
/** `principal` is undefined for the test token. */
export type ServerCaller = {
  readonly kind: 'server';
  readonly principal: Principal | undefined;
  readonly serverId: ServerId;
};
export type AccountCaller = { readonly kind: 'account'; readonly accountId: AccountId };

/** A server of its own, which can be changed. */
export type OwnerCaller = ServerCaller & { readonly principal: Principal };

export interface ApiAuth {
  server(request: FastifyRequest): Promise<ServerCaller | Refused>;
  /** As `server`, without the test token, which has no server that could be shown or changed. */
  owner(request: FastifyRequest): Promise<OwnerCaller | Refused>;
  account(request: FastifyRequest): Promise<AccountCaller | Refused>;
  /** The server token where there is one, else the account token. */
  either(request: FastifyRequest): Promise<ServerCaller | AccountCaller | Refused>;
}

export interface AuthDeps {
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
  readonly log: Log;
}

export function createApiAuth({ authenticator, rateLimit, log }: AuthDeps): ApiAuth {
  async function server(request: FastifyRequest): Promise<ServerCaller | Refused> {
    const token = tokenIn(request, SERVER_TOKEN_HEADER);
    if (token === undefined) return refused(noServerToken(request));
    if (token.toLowerCase() === TEST_TOKEN) return { kind: 'server', principal: undefined, serverId: NO_SERVER };
    const found = await authenticator.serverToken(token, request.ip);
    if (found.kind === 'ok') {
      const { principal } = found;
      if (rateLimit.isOver(request, principal.server)) return refused(API_ERRORS.tooManyRequests());
      return { kind: 'server', principal, serverId: principal.server.id };
    }
    noteRefusal(log, request, found.failure.kind);
    if (found.failure.kind === 'wrong-network') return refused(API_ERRORS.wrongNetwork(request.ip));
    return refused(API_ERRORS.badServerToken(SERVER_HINT[found.failure.kind]));
  }

  async function account(request: FastifyRequest): Promise<AccountCaller | Refused> {
    const token = tokenIn(request, ACCOUNT_TOKEN_HEADER);
    if (token === undefined) return refused(noAccountToken(request));
    const found = await authenticator.accountToken(token, request.ip);
    if (found.kind === 'ok') return { kind: 'account', accountId: found.principal };
    const hint = SERVER_HINT[found.failure.kind];
    if (hint !== undefined) return refused(API_ERRORS.badAccountToken(hint));
    const swapped = (await authenticator.serverToken(token)).kind === 'ok';
    noteRefusal(log, request, swapped ? 'server-token' : 'unknown');
    return refused(API_ERRORS.badAccountToken(swapped ? SWAPPED : undefined));
  }

  async function owner(request: FastifyRequest): Promise<OwnerCaller | Refused> {
    const caller = await server(request);
    if (caller.kind === 'refused') return caller;
    const { principal } = caller;
    if (principal !== undefined) return { ...caller, principal };
    return refused(
      API_ERRORS.badServerToken('The test token validates messages: it has no server that could be shown or changed.'),
    );
  }

  return {
    server,
    owner,
    account,
    either: (request) =>
      tokenIn(request, SERVER_TOKEN_HEADER) === undefined && tokenIn(request, ACCOUNT_TOKEN_HEADER) !== undefined
        ? account(request)
        : server(request),
  };
}

const SERVER_HINT: Partial<Record<AuthFailureKind, string>> = {
  'account-token':
    'That is an Account API token, which manages servers and cannot send or read mail: use a Server API token in X-Postmark-Server-Token.',
  'smtp-token-on-api': 'That is the access key of an SMTP token, which works over SMTP only: use a Server API token.',
  'server-gone': 'The server of this token no longer exists.',
  expired: 'The token has expired.',
};
const SWAPPED = 'That is a Server API token: send it in X-Postmark-Server-Token.';

function noServerToken(request: FastifyRequest): ApiError {
  if (tokenIn(request, ACCOUNT_TOKEN_HEADER) === undefined) return API_ERRORS.noToken();
  return API_ERRORS.badServerToken('This endpoint needs the header X-Postmark-Server-Token.');
}

function noAccountToken(request: FastifyRequest): ApiError {
  if (tokenIn(request, SERVER_TOKEN_HEADER) === undefined) return API_ERRORS.noToken();
  return API_ERRORS.badAccountToken('This endpoint needs the header X-Postmark-Account-Token.');
}

/** Names of headers have no case in HTTP; a value without text counts as no token. */
function tokenIn(request: FastifyRequest, header: string): string | undefined {
  const value = request.headers[header];
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  return text === undefined || text === '' ? undefined : text;
}

/** A real token in the wrong place is a person's slip and worth a line; guesses are noise. */
function noteRefusal(log: Log, request: FastifyRequest, reason: AuthFailureKind | 'server-token'): void {
  const fields = { reason, client: request.ip };
  if (reason === 'unknown') log.debug(fields, 'API token refused');
  else log.info(fields, 'API token refused');
}

function refused(error: ApiError): Refused {
  return { kind: 'refused', error };
}
