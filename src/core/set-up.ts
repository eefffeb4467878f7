// The first start: an account, a server with its streams, and a token for each. Every start: the trusted domains.
import { issueAccountToken, issueServerToken, type IssueDeps } from './issue-token.ts';
import { trustDomain, type DomainDeps } from './verify-domain.ts';
import { DEFAULT_SERVER_SETTINGS } from '../domain/server.ts';
import type { AccountId } from '../lib/ids.ts';

export interface SetUpOptions {
  readonly accountToken: string | undefined;
  readonly serverToken: string | undefined;
  readonly trustedDomains: readonly string[];
}

export interface FirstTokens {
  readonly accountToken: string;
  readonly serverToken: string;
}

export interface SetUp {
  readonly accountId: AccountId;
  /** On the first start only: the tokens, which nobody can read again. */
  readonly first: FirstTokens | undefined;
}

export async function setUp(deps: IssueDeps & DomainDeps, options: SetUpOptions): Promise<SetUp> {
  const known = await deps.store.firstAccount();
  const accountId = known ?? (await deps.store.createAccount('My account'));
  // An account without any token is a first start that was interrupted: it is finished now.
  const isNew = (await deps.store.tokens(accountId)).length === 0;
  const first = isNew ? await firstTokens(deps, options, accountId) : undefined;
  for (const name of options.trustedDomains) await trustDomain(deps, accountId, name);
  return { accountId, first };
}

async function firstTokens(deps: IssueDeps, options: SetUpOptions, accountId: AccountId): Promise<FirstTokens> {
  const existing = (await deps.store.servers(accountId))[0];
  const server = existing ?? (await deps.store.createServer(accountId, 'My first server', DEFAULT_SERVER_SETTINGS));
  const token = await issueServerToken(deps, { accountId, serverId: server.id }, options.serverToken);
  const account = await issueAccountToken(deps, accountId, options.accountToken);
  return { accountToken: account.token, serverToken: token.token };
}
