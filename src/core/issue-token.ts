// Makes tokens. The text of an account token or an SMTP token's access key is returned once, here, and never kept; that of a
// server token is kept sealed, because the API shows it to who manages the server (contract management 2.2, ApiTokens).
import { randomBytes, randomUUID } from 'node:crypto';
import type { TokenRecord } from '../domain/server.ts';
import type { TokenLimits } from '../domain/token-limits.ts';
import type { AccountId, ServerId, StreamId } from '../lib/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface IssueDeps {
  readonly store: ControlStore;
  readonly hashToken: (token: string) => string;
}

export interface IssuedToken {
  readonly record: TokenRecord;
  readonly token: string;
}

export async function issueAccountToken(
  deps: IssueDeps,
  accountId: AccountId,
  text: string = randomUUID(),
): Promise<IssuedToken> {
  const record = await deps.store.createToken({
    kind: 'account',
    accountId,
    hash: deps.hashToken(text),
    hint: hintOf(text),
  });
  return { record, token: text };
}

export interface ServerTokenFor {
  readonly accountId: AccountId;
  readonly serverId: ServerId;
  readonly limits?: TokenLimits | undefined;
}

export async function issueServerToken(
  deps: IssueDeps,
  owner: ServerTokenFor,
  text: string = randomUUID(),
): Promise<IssuedToken> {
  const record = await deps.store.createToken({
    kind: 'server',
    ...owner,
    hash: deps.hashToken(text),
    text,
    hint: hintOf(text),
  });
  return { record, token: text };
}

export interface IssuedSmtpToken {
  readonly record: TokenRecord;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** An SMTP token is bound to one stream that sends; the caller has checked that the stream exists and is of such a kind. */
export async function issueSmtpToken(
  deps: IssueDeps,
  owner: ServerTokenFor & { readonly streamId: StreamId },
): Promise<IssuedSmtpToken> {
  const accessKey = `smtp-${randomBytes(12).toString('hex')}`;
  const secretKey = randomBytes(24).toString('hex');
  const record = await deps.store.createToken({
    kind: 'smtp',
    ...owner,
    hash: deps.hashToken(accessKey),
    secret: { hash: deps.hashToken(secretKey), text: secretKey },
    hint: hintOf(accessKey),
  });
  return { record, accessKey, secretKey };
}

function hintOf(text: string): string {
  return text.slice(0, 4);
}
