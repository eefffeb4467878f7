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
  const result = known === undefined ? await firstStart(deps, options) : { accountId: known, first: undefined };
  for (const name of options.trustedDomains) await trustDomain(deps, result.accountId, name);
  return result;
}

async function firstStart(deps: IssueDeps & DomainDeps, options: SetUpOptions): Promise<SetUp> {
  const accountId = await deps.store.createAccount('My account');
  const server = await deps.store.createServer(accountId, 'My first server', DEFAULT_SERVER_SETTINGS);
  const account = await issueAccountToken(deps, accountId, options.accountToken);
  const owner = { accountId, serverId: server.id };
  const token = await issueServerToken(deps, owner, options.serverToken);
  return { accountId, first: { accountToken: account.token, serverToken: token.token } };
}
