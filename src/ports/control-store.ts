// Control data: accounts, servers, tokens, streams, suppressions; pools and senders as stores of their own. Small, relational,
// read often.
//
// Promises: a write is durable when it resolves, and visible to every reader (also in other threads and processes) from
// then on. Tokens are found by keyed hashes; what must be shown again (server tokens) or is needed in the clear (secrets of SMTP
// tokens, for CRAM-MD5) is encrypted.
import type { Server, ServerSettings, TokenRecord } from '../domain/server.ts';
import type { Stream, StreamKind } from '../domain/stream.ts';
import type { Suppression } from '../domain/suppression.ts';
import type { TokenLimits } from '../domain/token-limits.ts';
import type { AccountId, ServerId, StreamId } from '../lib/ids.ts';
import type { InboundRuleStore } from './inbound-rule-store.ts';
import type { MessageStreamStore } from './message-stream-store.ts';
import type { PoolStore } from './pool-store.ts';
import type { RemovalStore } from './removal-store.ts';
import type { WebhookStore } from './webhook-store.ts';
import type { TemplateStore } from './template-store.ts';
import type { SenderStore } from './sender-store.ts';
import type { SuppressionLists } from './suppression-lists.ts';

export interface NewToken {
  readonly kind: TokenRecord['kind'];
  readonly accountId: AccountId;
  readonly serverId?: ServerId;
  readonly streamId?: StreamId;
  /** Keyed hash of the token, or of the access key of an SMTP token. */
  readonly hash: string;
  /** SMTP tokens: keyed hash of the secret key, and the secret itself for CRAM-MD5 (encrypted by the store). */
  readonly secret?: { readonly hash: string; readonly text: string };
  /** Server tokens: the text, encrypted by the store, so that who manages servers can be shown it again. */
  readonly text?: string;
  readonly limits?: TokenLimits | undefined;
  readonly hint: string;
}

export interface SmtpSecret {
  readonly hash: string;
  readonly text: string;
}

export interface ControlStore {
  readonly pools: PoolStore;
  readonly removals: RemovalStore;
  readonly webhooks: WebhookStore;
  readonly templates: TemplateStore;
  readonly senders: SenderStore;
  readonly inboundRules: InboundRuleStore;
  readonly messageStreams: MessageStreamStore;
  readonly suppressionLists: SuppressionLists;

  createAccount(name: string): Promise<AccountId>;
  /** The oldest account; undefined before the first start. */
  firstAccount(): Promise<AccountId | undefined>;
  /** The account of the installation itself, which no token opens; made when it is asked for the first time. */
  ownAccount(): Promise<AccountId>;

  /**
   * Also creates the default streams. Rejects with `NameTaken` where the account has a server of that name, and with
   * `InboundDomainTaken` where any account's has the inbound domain.
   */
  createServer(accountId: AccountId, name: string, settings: ServerSettings): Promise<Server>;
  /** Undefined where there is no such server. Rejects as `createServer` does. */
  updateServer(id: ServerId, settings: Partial<ServerSettings>, name?: string): Promise<Server | undefined>;
  /**
   * From then on it is not found, its tokens are revoked, its streams archived and no longer held, its name and inbound domain free; false where
   * there is no such server.
   */
  deleteServer(id: ServerId, at: number): Promise<boolean>;
  /** Of whatever account; undefined where none has it. */
  serverOfInboundDomain(domain: string): Promise<ServerId | undefined>;
  server(id: ServerId): Promise<Server | undefined>;
  servers(accountId: AccountId): Promise<readonly Server[]>;

  /** Rejects with `NameTaken` where the server has a stream of that id. Over the API: `messageStreams.create`. */
  createStream(serverId: ServerId, id: StreamId, name: string, kind: StreamKind): Promise<Stream>;
  stream(serverId: ServerId, id: StreamId): Promise<Stream | undefined>;
  /** In order of creation, archived ones included. */
  streams(serverId: ServerId): Promise<readonly Stream[]>;

  /** Rejects with `NameTaken` where a live token has the hash. */
  createToken(token: NewToken): Promise<TokenRecord>;
  /** By the keyed hash of the token (or of an SMTP token's access key); revoked ones are not found. */
  tokenByHash(hash: string): Promise<TokenRecord | undefined>;
  /** Of a token of a server, by its number; answers at once, and costs some microseconds. */
  tokenStanding(id: number): TokenStanding;
  /** By the keyed hash of an SMTP token's secret key, to tell a swapped or lonely secret. */
  tokenBySecretHash(hash: string): Promise<TokenRecord | undefined>;
  /** Of the live server tokens without limits whose text is kept, oldest first. */
  serverTokenTexts(serverId: ServerId): Promise<readonly string[]>;
  /** Undefined for revoked tokens and those without a secret. */
  smtpSecret(tokenId: number): Promise<SmtpSecret | undefined>;
  /** Revoked ones included, oldest first. */
  tokens(accountId: AccountId): Promise<readonly TokenRecord[]>;
  /** When tokens were used last, Unix milliseconds by their ids. */
  noteTokensUsed(usedAt: ReadonlyMap<number, number>): Promise<void>;
  /** False where there is no such live token. */
  revokeToken(id: number, at: number): Promise<boolean>;

  /** Adds rows without telling; an existing row of the same address and stream stays unless the new reason outweighs it. */
  suppress(rows: readonly Suppression[]): Promise<void>;
  /** Which of the (lower-case) addresses are suppressed on the stream, in the order given. */
  suppressed(serverId: ServerId, streamId: StreamId, addresses: readonly string[]): Promise<readonly string[]>;
  suppressions(serverId: ServerId, streamId: StreamId): Promise<readonly Suppression[]>;

  /** A consumer's cursor in a log; 0 before it was ever set. */
  cursor(consumer: string, log: string): Promise<number>;
  /**
   * `suppress` and the cursor move in one commit: replayed events are not applied twice. Does nothing where the cursor is
   * at `seq` or beyond.
   */
  suppressAndAdvance(rows: readonly Suppression[], consumer: string, log: string, seq: number): Promise<void>;

  close(): Promise<void>;
}

/** `gone`: revoked, with its server perhaps, or none; `smtp-off`: its server takes no mail over SMTP. */
export type TokenStanding = 'live' | 'smtp-off' | 'gone';

/** Another server has the inbound domain. */
export class InboundDomainTaken extends Error {
  override readonly name = 'InboundDomainTaken';
}

export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}
