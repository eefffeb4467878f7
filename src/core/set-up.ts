// The first start: an account, a server with its streams, and a token for each. Every start: the trusted domains.
import { issueAccountToken, issueServerToken, type IssueDeps, type ServerTokenFor } from './issue-token.ts';
import { trustDomain, type KeyDeps } from './manage-domains.ts';
import { newServerSettings } from './manage-servers.ts';
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

export async function setUp(deps: IssueDeps & KeyDeps, options: SetUpOptions): Promise<SetUp> {
  const known = await deps.store.firstAccount();
  const accountId = known ?? (await deps.store.createAccount('My account'));
  // The account token is made last: without one this is a first start that was interrupted, and it is finished now.
  const isNew = !(await deps.store.tokens(accountId)).some(({ kind }) => kind === 'account');
  const first = isNew ? await firstTokens(deps, options, accountId) : undefined;
  for (const name of options.trustedDomains) await trustOnce(deps, accountId, name);
  return { accountId, first };
}

/** A key that was made since then waits for its record: the operator has not spoken of it. */
async function trustOnce(deps: KeyDeps, accountId: AccountId, name: string): Promise<void> {
  const known = await deps.store.senders.domain(accountId, name);
  if (known?.proof !== 'operator') await trustDomain(deps, accountId, name);
}

async function firstTokens(deps: IssueDeps, options: SetUpOptions, accountId: AccountId): Promise<FirstTokens> {
  const existing = (await deps.store.servers(accountId))[0];
  const server = existing ?? (await deps.store.createServer(accountId, 'My first server', newServerSettings({})));
  const serverToken = await firstServerToken(deps, { accountId, serverId: server.id }, options.serverToken);
  const account = await issueAccountToken(deps, accountId, options.accountToken);
  return { accountToken: account.token, serverToken };
}

/** A random one that an interrupted start had made was never shown to anybody; the one that is given may be there. */
async function firstServerToken(deps: IssueDeps, owner: ServerTokenFor, given: string | undefined): Promise<string> {
  const known = given === undefined ? undefined : await deps.store.tokenByHash(deps.hashToken(given));
  if (given !== undefined && known !== undefined) return given;
  return (await issueServerToken(deps, owner, given)).token;
}
