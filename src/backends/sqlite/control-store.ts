// The control store over control.sqlite, opened by each thread and process that needs it.
//
// Promises: those of the port. Reads are single prepared statements of a few microseconds and wait for no writer; a write waits
// for other writers, at most five seconds. DKIM private keys and SMTP secrets are sealed (lib/sealed-box.ts) with the name of
// their row, so that the file alone gives none of them away and none can be moved to another row.
import { systemClock, type Clock } from '../../lib/clock.ts';
import type { AccountId, ServerId, StreamId } from '../../lib/ids.ts';
import { open, seal } from '../../lib/sealed-box.ts';
import type { Server, ServerSettings, TokenRecord } from '../../domain/server.ts';
import { homePool } from '../../domain/pool.ts';
import { DEFAULT_STREAMS, defaultHandling, type Stream, type StreamKind } from '../../domain/stream.ts';
import type { Suppression } from '../../domain/suppression.ts';
import {
  InboundDomainTaken,
  NameTaken,
  type ControlStore,
  type NewToken,
  type SmtpSecret,
  type TokenStanding,
} from '../../ports/control-store.ts';
import * as rows from './control-rows.ts';
import { CONTROL_SCHEMA } from './control-schema.ts';
import { controlStatements, type ControlStatements } from './control-statements.ts';
import { isUniqueViolation, openDatabase, type Connection } from './database.ts';
import { SqliteInboundRuleStore } from './inbound-rule-store.ts';
import { SqliteMessageStreamStore } from './message-stream-store.ts';
import { SqlitePoolStore } from './pool-store.ts';
import { SqliteRemovalStore } from './removal-store.ts';
import { SqliteWebhookStore } from './webhook-store.ts';
import { SqliteTemplateStore } from './template-store.ts';
import { SqliteSenderStore } from './sender-store.ts';
import { SqliteSuppressionLists } from './suppression-lists.ts';

export interface ControlStoreOptions {
  readonly file: string;
  /** 32 bytes that seal private keys and secrets. */
  readonly key: Uint8Array;
  readonly clock?: Clock;
}

const CACHE_KIB = 2048;
const CHECKPOINT_PAGES = 500;
const BUSY_TIMEOUT_MS = 5000;

/** Opens the file, or makes it. Throws `SchemaTooNew`. */
export function openControlStore({ file, key, clock = systemClock }: ControlStoreOptions): SqliteControlStore {
  const db = openDatabase({
    file,
    schema: CONTROL_SCHEMA,
    cacheKiB: CACHE_KIB,
    checkpointPages: CHECKPOINT_PAGES,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  return new SqliteControlStore(db, key, clock);
}

export class SqliteControlStore implements ControlStore {
  readonly pools: SqlitePoolStore;
  readonly removals: SqliteRemovalStore;
  readonly webhooks: SqliteWebhookStore;
  readonly templates: SqliteTemplateStore;
  readonly senders: SqliteSenderStore;
  readonly inboundRules: SqliteInboundRuleStore;
  readonly messageStreams: SqliteMessageStreamStore;
  readonly suppressionLists: SqliteSuppressionLists;
  readonly #db: Connection;
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  readonly #sql: ControlStatements;

  constructor(db: Connection, key: Uint8Array, clock: Clock) {
    this.#db = db;
    this.#key = key;
    this.#clock = clock;
    this.#sql = controlStatements(db);
    this.pools = new SqlitePoolStore(db, clock);
    this.removals = new SqliteRemovalStore(db);
    this.webhooks = new SqliteWebhookStore(db, key);
    this.templates = new SqliteTemplateStore(db, clock);
    this.senders = new SqliteSenderStore({ db, key, clock });
    this.inboundRules = new SqliteInboundRuleStore(db);
    this.messageStreams = new SqliteMessageStreamStore(db, clock);
    this.suppressionLists = new SqliteSuppressionLists(db);
  }

  async createAccount(name: string): Promise<AccountId> {
    return Number(this.#sql.addAccount.run(name, this.#clock.now()).lastInsertRowid) as AccountId;
  }

  async firstAccount(): Promise<AccountId | undefined> {
    return (this.#sql.firstAccount.get() as AccountId | null) ?? undefined;
  }

  async ownAccount(): Promise<AccountId> {
    return this.#write(() => {
      const known = this.#sql.ownAccount.get() as AccountId | undefined;
      return known ?? (Number(this.#sql.addOwnAccount.run(this.#clock.now()).lastInsertRowid) as AccountId);
    });
  }

  async createServer(accountId: AccountId, name: string, settings: ServerSettings): Promise<Server> {
    const now = this.#clock.now();
    return this.#claim(`a server named ${name} exists already`, () => {
      const added = this.#sql.addServer.run(accountId, name, JSON.stringify(settings), now);
      const id = Number(added.lastInsertRowid);
      for (const stream of DEFAULT_STREAMS) this.#addStream(id as ServerId, stream, now);
      return rows.readServer(this.#sql.server.get(id) as rows.ServerRow);
    });
  }

  async updateServer(id: ServerId, settings: Partial<ServerSettings>, name?: string): Promise<Server | undefined> {
    return this.#claim(`a server named ${name} exists already`, () => {
      const row = this.#sql.server.get(id) as rows.ServerRow | undefined;
      if (row === undefined) return undefined;
      const server = rows.readServer(row);
      const changed = { ...server, name: name ?? server.name, settings: { ...server.settings, ...settings } };
      this.#sql.setServer.run(changed.name, JSON.stringify(changed.settings), id);
      return changed;
    });
  }

  async deleteServer(id: ServerId, at: number): Promise<boolean> {
    return this.#write(() => {
      if (this.#sql.deleteServer.run({ id, at }).changes === 0) return false;
      this.#sql.revokeTokensOf.run(at, id);
      this.#sql.archiveStreamsOf.run(at, id);
      this.pools.resumeAll(id);
      return true;
    });
  }

  async serverOfInboundDomain(domain: string): Promise<ServerId | undefined> {
    return (this.#sql.serverOfInboundDomain.get(domain) as ServerId | undefined) ?? undefined;
  }

  async server(id: ServerId): Promise<Server | undefined> {
    const row = this.#sql.server.get(id) as rows.ServerRow | undefined;
    return row && rows.readServer(row);
  }

  async servers(accountId: AccountId): Promise<readonly Server[]> {
    return (this.#sql.servers.all(accountId) as rows.ServerRow[]).map(rows.readServer);
  }

  async createStream(serverId: ServerId, id: StreamId, name: string, kind: StreamKind): Promise<Stream> {
    return this.#claim(`a stream with the id ${id} exists already`, () => {
      this.#addStream(serverId, { id, name, kind }, this.#clock.now());
      return rows.readStream(this.#sql.stream.get(serverId, id) as rows.StreamRow);
    });
  }

  async stream(serverId: ServerId, id: StreamId): Promise<Stream | undefined> {
    const row = this.#sql.stream.get(serverId, id) as rows.StreamRow | undefined;
    return row && rows.readStream(row);
  }

  async streams(serverId: ServerId): Promise<readonly Stream[]> {
    return (this.#sql.streams.all(serverId) as rows.StreamRow[]).map(rows.readStream);
  }

  async createToken(token: NewToken): Promise<TokenRecord> {
    const { kind, accountId, serverId = null, streamId = null, hash, secret, hint } = token;
    const text = secret?.text ?? token.text;
    const sealed = text === undefined ? null : seal(text, this.#key, secretContext(hash));
    const limits = token.limits === undefined ? null : JSON.stringify(token.limits);
    const place = [kind, accountId, serverId, streamId, hash];
    return this.#claim('this token exists already', () => {
      const added = this.#sql.addToken.run(...place, secret?.hash ?? null, sealed, hint, this.#clock.now(), limits);
      return rows.readToken(this.#sql.token.get(added.lastInsertRowid) as rows.TokenRow);
    });
  }

  async tokenByHash(hash: string): Promise<TokenRecord | undefined> {
    const row = this.#sql.tokenByHash.get(hash) as rows.TokenRow | undefined;
    return row && rows.readToken(row);
  }

  tokenStanding(id: number): TokenStanding {
    const takesSmtp = this.#sql.takesSmtp.get(id) as number | undefined;
    if (takesSmtp === undefined) return 'gone';
    return takesSmtp === 0 ? 'smtp-off' : 'live';
  }

  async tokenBySecretHash(hash: string): Promise<TokenRecord | undefined> {
    const row = this.#sql.tokenBySecretHash.get(hash) as rows.TokenRow | undefined;
    return row && rows.readToken(row);
  }

  async serverTokenTexts(serverId: ServerId): Promise<readonly string[]> {
    const found = this.#sql.serverTokenTexts.all(serverId) as { hash: string; sealed_secret: string }[];
    return found.map(({ hash, sealed_secret: sealed }) => open(sealed, this.#key, secretContext(hash)));
  }

  async smtpSecret(tokenId: number): Promise<SmtpSecret | undefined> {
    const row = this.#sql.smtpSecret.get(tokenId) as SecretRow | undefined;
    if (row === undefined || row.sealed_secret === null || row.secret_hash === null) return undefined;
    return { hash: row.secret_hash, text: open(row.sealed_secret, this.#key, secretContext(row.hash)) };
  }

  async tokens(accountId: AccountId): Promise<readonly TokenRecord[]> {
    return (this.#sql.tokens.all(accountId) as rows.TokenRow[]).map(rows.readToken);
  }

  async noteTokensUsed(usedAt: ReadonlyMap<number, number>): Promise<void> {
    this.#write(() => {
      for (const [id, at] of usedAt) this.#sql.tokenUsed.run(at, id);
    });
  }

  async revokeToken(id: number, at: number): Promise<boolean> {
    return this.#sql.revokeToken.run(at, id).changes === 1;
  }

  async suppress(suppressions: readonly Suppression[]): Promise<void> {
    this.#write(() => this.#suppress(suppressions));
  }

  async suppressed(serverId: ServerId, streamId: StreamId, addresses: readonly string[]): Promise<readonly string[]> {
    const [only] = addresses;
    // Most messages have one recipient, for whom the plain lookup takes half the time.
    if (addresses.length === 1)
      return this.#sql.isSuppressed.get(serverId, streamId, only) === undefined ? [] : addresses;
    return this.#sql.suppressed.all(JSON.stringify(addresses), serverId, streamId) as string[];
  }

  async suppressions(serverId: ServerId, streamId: StreamId): Promise<readonly Suppression[]> {
    return (this.#sql.suppressions.all(serverId, streamId) as rows.SuppressionRow[]).map(rows.readSuppression);
  }

  async cursor(consumer: string, log: string): Promise<number> {
    return (this.#sql.cursor.get(consumer, log) as number | undefined) ?? 0;
  }

  async suppressAndAdvance(
    suppressions: readonly Suppression[],
    consumer: string,
    log: string,
    seq: number,
  ): Promise<void> {
    this.#write(() => {
      const applied = (this.#sql.cursor.get(consumer, log) as number | undefined) ?? 0;
      if (seq <= applied) return;
      this.#suppress(suppressions);
      this.#sql.setCursor.run(consumer, log, seq);
    });
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #suppress(suppressions: readonly Suppression[]): void {
    for (const row of suppressions) this.suppressionLists.put(row);
  }

  /** Into its server's own pool of the kind, or the home pool. */
  #addStream(serverId: ServerId, { id, name, kind }: Pick<Stream, 'id' | 'name' | 'kind'>, now: number): void {
    const own = kind === 'inbound' ? undefined : (this.#sql.serverPool.get(serverId, kind) as string | undefined);
    const pool = kind === 'inbound' ? null : (own ?? homePool(kind).id);
    this.#sql.addStream.run(serverId, id, name, kind, now, pool, defaultHandling(kind));
  }

  /** Writes something with a name of its own; `taken` is said where another has it. */
  #claim<T>(taken: string, work: () => T): T {
    try {
      return this.#write(work);
    } catch (cause) {
      if (isUniqueViolation(cause)) {
        const { message } = cause as Error;
        throw message.includes(INBOUND_DOMAIN_INDEX)
          ? new InboundDomainTaken('another server has this inbound domain', { cause })
          : new NameTaken(taken, { cause });
      }
      throw cause;
    }
  }

  /** One durable transaction that takes the write lock before it reads. */
  #write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }
}

/** As control-schema.ts names it. */
const INBOUND_DOMAIN_INDEX = 'server_inbound_domain';

interface SecretRow {
  readonly hash: string;
  readonly secret_hash: string | null;
  readonly sealed_secret: string | null;
}

function secretContext(hash: string): string {
  return `smtp-secret ${hash}`;
}
