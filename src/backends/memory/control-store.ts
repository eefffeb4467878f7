// The control store in memory: the port's behaviour without its durability, for tests and for runs that keep nothing.
//
// Promises: those of the port within one thread. What it holds is as small as the installation that it stands for.
import { systemClock, type Clock } from '../../lib/clock.ts';
import type { AccountId, LaneId, ServerId, StreamId } from '../../lib/ids.ts';
import type { Server, ServerSettings, TokenRecord } from '../../domain/server.ts';
import { homePool } from '../../domain/pool.ts';
import {
  DEFAULT_STREAMS,
  defaultHandling,
  type SendingKind,
  type Stream,
  type StreamKind,
} from '../../domain/stream.ts';
import type { Suppression } from '../../domain/suppression.ts';
import {
  InboundDomainTaken,
  NameTaken,
  type ControlStore,
  type NewToken,
  type SmtpSecret,
  type TokenStanding,
} from '../../ports/control-store.ts';
import { MemoryInboundRuleStore } from './inbound-rule-store.ts';
import { MemoryMessageStreamStore } from './message-stream-store.ts';
import { MemoryPoolStore } from './pool-store.ts';
import { MemoryRemovalStore } from './removal-store.ts';
import { MemoryWebhookStore } from './webhook-store.ts';
import { MemoryTemplateStore } from './template-store.ts';
import { MemorySenderStore } from './sender-store.ts';
import { MemorySuppressionLists } from './suppression-lists.ts';

interface StoredToken {
  readonly record: TokenRecord;
  readonly hash: string;
  readonly secret: SmtpSecret | undefined;
  readonly text: string | undefined;
}

export class MemoryControlStore implements ControlStore {
  readonly pools: MemoryPoolStore;
  readonly removals = new MemoryRemovalStore();
  readonly webhooks = new MemoryWebhookStore();
  readonly templates = new MemoryTemplateStore();
  readonly senders: MemorySenderStore;
  readonly inboundRules = new MemoryInboundRuleStore();
  readonly messageStreams: MemoryMessageStreamStore;
  readonly suppressionLists = new MemorySuppressionLists();
  readonly #clock: Clock;
  readonly #accounts: AccountId[] = [];
  #lastAccount = 0;
  #own: AccountId | undefined;
  readonly #servers = new Map<ServerId, Server>();
  readonly #deleted = new Set<ServerId>();
  readonly #streams = new Map<string, Stream>();
  readonly #tokens = new Map<number, StoredToken>();
  readonly #cursors = new Map<string, number>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.senders = new MemorySenderStore(clock);
    this.pools = new MemoryPoolStore(clock, {
      hasServer: (id) => this.#servers.has(id),
      isDeleted: (serverId, id) => this.#deleted.has(serverId) || this.messageStreams.wasPurged(serverId, id),
      all: () => [...this.#streams.values()],
      replace: (stream) => this.#streams.set(keyOf(stream.serverId, stream.id), stream),
    });
    this.messageStreams = new MemoryMessageStreamStore(clock, {
      hasServer: (id) => this.#servers.has(id),
      find: (serverId, id) => this.#streams.get(keyOf(serverId, id)),
      all: () => [...this.#streams.values()],
      put: (stream) => this.#streams.set(keyOf(stream.serverId, stream.id), stream),
      poolFor: (serverId, kind) => this.#poolFor(serverId, kind),
      isHeld: ({ serverId, id }) => this.pools.isHeld(serverId, id),
      drop: (stream) => this.#dropStream(stream),
    });
  }

  async createAccount(_name: string): Promise<AccountId> {
    const id = ++this.#lastAccount as AccountId;
    this.#accounts.push(id);
    return id;
  }

  async firstAccount(): Promise<AccountId | undefined> {
    return this.#accounts[0];
  }

  async ownAccount(): Promise<AccountId> {
    this.#own ??= ++this.#lastAccount as AccountId;
    return this.#own;
  }

  async createServer(accountId: AccountId, name: string, settings: ServerSettings): Promise<Server> {
    const taken = (await this.servers(accountId)).some((other) => other.name === name);
    if (taken) throw new NameTaken(`a server named ${name} exists already`);
    await this.#claimInboundDomain(settings.inboundDomain, undefined);
    const id = (this.#servers.size + 1) as ServerId;
    const server: Server = { id, accountId, name, createdAt: this.#clock.now(), settings };
    this.#servers.set(id, server);
    for (const stream of DEFAULT_STREAMS) this.#addStream(id, stream.id, stream.name, stream.kind);
    return server;
  }

  async updateServer(id: ServerId, settings: Partial<ServerSettings>, name?: string): Promise<Server | undefined> {
    const server = await this.server(id);
    if (server === undefined) return undefined;
    const others = (await this.servers(server.accountId)).filter((other) => other.id !== id);
    if (others.some((other) => other.name === name)) throw new NameTaken(`a server named ${name} exists already`);
    await this.#claimInboundDomain(settings.inboundDomain, id);
    const changed = { ...server, name: name ?? server.name, settings: { ...server.settings, ...settings } };
    this.#servers.set(id, changed);
    return changed;
  }

  async deleteServer(id: ServerId, at: number): Promise<boolean> {
    if ((await this.server(id)) === undefined) return false;
    this.#deleted.add(id);
    for (const { record } of this.#tokens.values()) if (record.serverId === id) await this.revokeToken(record.id, at);
    for (const stream of await this.streams(id)) {
      await this.messageStreams.archive(id, stream.id, at);
      await this.pools.resume(id, stream.id);
    }
    return true;
  }

  async #claimInboundDomain(domain: string | undefined, own: ServerId | undefined): Promise<void> {
    if (domain === undefined || domain === '') return;
    const holder = await this.serverOfInboundDomain(domain);
    if (holder !== undefined && holder !== own) throw new InboundDomainTaken('another server has this inbound domain');
  }

  async serverOfInboundDomain(domain: string): Promise<ServerId | undefined> {
    if (domain === '') return undefined;
    const all = [...this.#servers.values()].filter(({ id }) => !this.#deleted.has(id));
    return all.find(({ settings }) => settings.inboundDomain === domain)?.id;
  }

  async server(id: ServerId): Promise<Server | undefined> {
    return this.#deleted.has(id) ? undefined : this.#servers.get(id);
  }

  async servers(accountId: AccountId): Promise<readonly Server[]> {
    return [...this.#servers.values()].filter((each) => each.accountId === accountId && !this.#deleted.has(each.id));
  }

  async createStream(serverId: ServerId, id: StreamId, name: string, kind: StreamKind): Promise<Stream> {
    if (this.#streams.has(keyOf(serverId, id))) throw new NameTaken(`a stream with the id ${id} exists already`);
    return this.#addStream(serverId, id, name, kind);
  }

  async stream(serverId: ServerId, id: StreamId): Promise<Stream | undefined> {
    return this.#streams.get(keyOf(serverId, id));
  }

  async streams(serverId: ServerId): Promise<readonly Stream[]> {
    return [...this.#streams.values()].filter((stream) => stream.serverId === serverId);
  }

  async createToken({
    kind,
    accountId,
    serverId,
    streamId,
    hash,
    secret,
    text,
    limits,
    hint,
  }: NewToken): Promise<TokenRecord> {
    if (this.#live((token) => token.hash === hash) !== undefined) throw new NameTaken('this token exists already');
    const id = this.#tokens.size + 1;
    const createdAt = this.#clock.now();
    const record: TokenRecord = {
      id,
      kind,
      accountId,
      serverId,
      streamId,
      hint,
      createdAt,
      revokedAt: undefined,
      ...(limits && { limits }),
    };
    this.#tokens.set(id, { record, hash, secret, text });
    return record;
  }

  async tokenByHash(hash: string): Promise<TokenRecord | undefined> {
    return this.#live((token) => token.hash === hash)?.record;
  }

  tokenStanding(id: number): TokenStanding {
    const serverId = this.#live(({ record }) => record.id === id)?.record.serverId;
    const server = serverId === undefined || this.#deleted.has(serverId) ? undefined : this.#servers.get(serverId);
    if (server === undefined) return 'gone';
    return server.settings.smtpApiActivated ? 'live' : 'smtp-off';
  }

  async tokenBySecretHash(hash: string): Promise<TokenRecord | undefined> {
    return this.#live((token) => token.secret?.hash === hash)?.record;
  }

  async serverTokenTexts(serverId: ServerId): Promise<readonly string[]> {
    const live = [...this.#tokens.values()].filter(({ record }) => record.revokedAt === undefined);
    return live.flatMap(({ record, text }) =>
      record.kind === 'server' && record.serverId === serverId && record.limits === undefined && text !== undefined
        ? [text]
        : [],
    );
  }

  async smtpSecret(tokenId: number): Promise<SmtpSecret | undefined> {
    return this.#live(({ record }) => record.id === tokenId)?.secret;
  }

  async tokens(accountId: AccountId): Promise<readonly TokenRecord[]> {
    return [...this.#tokens.values()].map(({ record }) => record).filter((record) => record.accountId === accountId);
  }

  async noteTokensUsed(usedAt: ReadonlyMap<number, number>): Promise<void> {
    for (const [id, lastUsedAt] of usedAt) {
      const token = this.#tokens.get(id);
      if (token !== undefined) this.#tokens.set(id, { ...token, record: { ...token.record, lastUsedAt } });
    }
  }

  async revokeToken(id: number, at: number): Promise<boolean> {
    const token = this.#live(({ record }) => record.id === id);
    if (token === undefined) return false;
    this.#tokens.set(id, { ...token, record: { ...token.record, revokedAt: at } });
    return true;
  }

  async suppress(rows: readonly Suppression[]): Promise<void> {
    for (const row of rows) this.suppressionLists.put(row);
  }

  async suppressed(serverId: ServerId, streamId: StreamId, addresses: readonly string[]): Promise<readonly string[]> {
    return addresses.filter((address) => this.suppressionLists.has(serverId, streamId, address));
  }

  async suppressions(serverId: ServerId, streamId: StreamId): Promise<readonly Suppression[]> {
    return this.suppressionLists.of(serverId, streamId);
  }

  async cursor(consumer: string, log: string): Promise<number> {
    return this.#cursors.get(keyOf(consumer, log)) ?? 0;
  }

  async suppressAndAdvance(rows: readonly Suppression[], consumer: string, log: string, seq: number): Promise<void> {
    const key = keyOf(consumer, log);
    if (seq <= (this.#cursors.get(key) ?? 0)) return;
    this.#cursors.set(key, seq);
    await this.suppress(rows);
  }

  async close(): Promise<void> {}

  #addStream(serverId: ServerId, id: StreamId, name: string, kind: StreamKind): Stream {
    const stream: Stream = {
      id,
      serverId,
      name,
      kind,
      pool: kind === 'inbound' ? undefined : this.#poolFor(serverId, kind),
      description: undefined,
      unsubscribeHandling: defaultHandling(kind),
      createdAt: this.#clock.now(),
      updatedAt: undefined,
      archivedAt: undefined,
    };
    this.#streams.set(keyOf(serverId, id), stream);
    return stream;
  }

  #poolFor(serverId: ServerId, kind: SendingKind): LaneId {
    return this.pools.ofServer(serverId, kind) ?? homePool(kind).id;
  }

  #dropStream({ serverId, id }: Stream): void {
    this.#streams.delete(keyOf(serverId, id));
    this.suppressionLists.drop(serverId, id);
    this.pools.forget(serverId, id);
    this.webhooks.forget(serverId, id);
    for (const [number, token] of this.#tokens) {
      const { serverId: server, streamId, revokedAt } = token.record;
      if (server !== serverId || streamId !== id || revokedAt !== undefined) continue;
      this.#tokens.set(number, { ...token, record: { ...token.record, revokedAt: this.#clock.now() } });
    }
  }

  #live(matches: (token: StoredToken) => boolean): StoredToken | undefined {
    for (const token of this.#tokens.values()) {
      if (token.record.revokedAt === undefined && matches(token)) return token;
    }
    return undefined;
  }
}

/** No part holds a line feed: addresses, names of streams, consumers and logs cannot. */
function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join('\n');
}
