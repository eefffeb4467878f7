// The HTTP door over fakes: two servers and an account with tokens, a submit that records what it is handed, an activity
// that holds what a test puts into it and filters by server as the real one must.
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createCssInliner } from '../../src/backends/css/css-inliner.ts';
import { MemoryAnswerStore } from '../../src/backends/memory/answer-store.ts';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { MemoryStatisticsStore } from '../../src/backends/memory/statistics-store.ts';
import { createHeavyTemplates } from '../../src/core/heavy-templates.ts';
import { createTemplates } from '../../src/core/sendable-template.ts';
import { createAuthenticator } from '../../src/core/authenticate.ts';
import type { ContentDraft, Draft, Principal, SubmitOptions, SubmitResult } from '../../src/core/draft.ts';
import { createRequeueInbound } from '../../src/core/requeue-inbound.ts';
import { createApiServer } from '../../src/doors/api/api-server.ts';
import { presentTrial } from '../../src/doors/api/present-templates.ts';
import type { ApiDeps, InstallationFacts } from '../../src/doors/api/deps.ts';
import { DEFAULT_THRESHOLDS } from '../../src/domain/guard.ts';
import { DEFAULT_SERVER_SETTINGS, type Server, type TokenRecord } from '../../src/domain/server.ts';
import { DEFAULT_STREAMS } from '../../src/domain/stream.ts';
import { BulkUnavailable, type BulkDesk } from '../../src/ports/bulk-desk.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { AccountId, MessageId, ServerId } from '../../src/lib/ids.ts';
import { silentLog, type Log } from '../../src/lib/log.ts';
import { createSemaphore } from '../../src/lib/semaphore.ts';
import type { Activity, Bounce, Captured, OutboundDetails } from '../../src/ports/activity.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import type { StreamGuard } from '../../src/ports/guard-watch.ts';
import type { Statistics } from '../../src/ports/statistics.ts';
import type { ListRemoval, Removed } from '../../src/ports/suppression-lists.ts';
import type { TlsDestination } from '../../src/ports/tls-desk.ts';

export const TOKENS = {
  server: '11111111-1111-4111-8111-111111111111',
  other: '22222222-2222-4222-8222-222222222222',
  account: '33333333-3333-4333-8333-333333333333',
  smtp: '44444444-4444-4444-8444-444444444444',
  orphan: '55555555-5555-4555-8555-555555555555',
} as const;
export const SERVER_ID = 1 as ServerId;
export const OTHER_SERVER_ID = 2 as ServerId;
export const MESSAGE_ID = '01900000-0000-7000-8000-000000000001' as MessageId;
/** 2026-11-05T16:33:54.907Z */
export const SUBMITTED_AT = Date.UTC(2026, 10, 5, 16, 33, 54, 907);

export interface Handed {
  readonly principal: Principal | undefined;
  readonly draft: Draft;
  readonly options: SubmitOptions;
}

export interface Rows {
  readonly outbound: (OutboundDetails & { readonly serverId: ServerId })[];
  readonly bounces: Bounce[];
  readonly captured: Captured[];
}

export interface Door {
  readonly app: FastifyInstance;
  readonly handed: Handed[];
  readonly rows: Rows;
  /** Filters and calls that activity and store were asked, by name. */
  readonly asked: { readonly name: string; readonly value: unknown }[];
  readonly logged: { readonly level: string; readonly fields: Record<string, unknown> }[];
  /** The only draft that was handed over. */
  draft(): ContentDraft;
}

export interface DoorOptions {
  readonly submit?: (handed: Handed) => Promise<SubmitResult> | SubmitResult;
  /** In place of one that holds `rows`. */
  readonly activity?: Partial<Activity>;
  /** Nothing can be written to the log outside lanes. */
  readonly frontLogFails?: boolean;
  readonly facts?: Partial<InstallationFacts>;
  readonly guards?: readonly StreamGuard[];
  readonly tls?: readonly TlsDestination[];
  readonly statistics?: Statistics;
  /** Whether data removals are turned on. */
  readonly removals?: boolean;
  readonly metrics?: ApiDeps['metrics'];
  readonly explain?: Partial<Pick<ApiDeps, 'why' | 'lanes'>>;
  /** In place of one that knows tokens and servers only. */
  readonly store?: ControlStore;
  readonly addresses?: Partial<ApiDeps['addresses']>;
  readonly webhooks?: Partial<ApiDeps['webhooks']>;
  readonly senders?: ApiDeps['senders'];
  readonly servers?: Partial<ApiDeps['servers']>;
  readonly limits?: ApiDeps['limits'];
  readonly bulk?: BulkDesk;
  readonly templateStore?: ControlStore['templates'];
  /** In place of the work on the same thread. */
  readonly heavyTemplates?: ApiDeps['heavyTemplates'];
  /** The address of every bounce complained, too. */
  readonly complained?: boolean;
  readonly unsubscribe?: ApiDeps['unsubscribe'];
  readonly lists?: ApiDeps['lists'];
  readonly answers?: ApiDeps['answers'];
  readonly clock?: ApiDeps['clock'];
  /** Of both servers. */
  readonly requestsPerMinute?: number | undefined;
}

export function openDoor(options: DoorOptions = {}): Door {
  const handed: Handed[] = [];
  const asked: Door['asked'] = [];
  const logged: Door['logged'] = [];
  const rows: Rows = { outbound: [], bounces: [], captured: [] };
  const store = options.store ?? fakeStore(asked, options);
  const activity = { ...fakeActivity(rows, asked), ...options.activity };
  const submit = options.submit ?? accept;
  const inliner = createCssInliner();
  const templates = createTemplates({ store: store.templates, inliner, clock: systemClock });
  const app = createApiServer({
    templates,
    heavyTemplates:
      options.heavyTemplates ??
      createHeavyTemplates({ store: store.templates, templates, inliner, present: presentTrial }),
    authenticator: createAuthenticator({ store, hashToken: (token) => token }),
    submit: async (principal, draft, given) => {
      const one = { principal, draft, options: given };
      handed.push(one);
      return submit(one);
    },
    activity,
    requeueInbound: createRequeueInbound({
      activity,
      frontLog: {
        async append(events) {
          if (options.frontLogFails === true) throw new Error('the disk is full');
          asked.push({ name: 'append', value: events });
        },
      },
      clock: { now: () => SUBMITTED_AT },
      log: silentLog,
    }),
    bulk: options.bulk ?? NO_BULK,
    store,
    addresses: { now: () => SUBMITTED_AT, prove: async () => FIT, sentOn: () => 0, ...options.addresses },
    senders: options.senders ?? NO_SENDERS,
    servers: { ...SERVER_TOOLS, ...options.servers },
    guards: { guards: async () => options.guards ?? [], verdicts: async () => options.guards ?? [] },
    thresholds: DEFAULT_THRESHOLDS,
    statistics: options.statistics ?? new MemoryStatisticsStore(),
    ...(options.removals === true && { hashErased: (address: string) => `hash of ${address}` }),
    lists: options.lists ?? store.suppressionLists,
    publish: async () => undefined,
    answers: options.answers ?? new MemoryAnswerStore(),
    unsubscribe: options.unsubscribe ?? NO_LINKS,
    tls: { show: async (domain) => ({ day: '2026-11-05', destinations: tlsOf(options, domain) }) },
    webhooks: {
      call: async () => ({ kind: 'answered', status: 200 }),
      refusal: () => undefined,
      verifyByDefault: false,
      probes: createSemaphore({ permits: 10, maxWaiters: 10 }, systemClock),
      now: () => SUBMITTED_AT,
      ...options.webhooks,
    },
    why: async () => undefined,
    lanes: async () => [],
    ...options.explain,
    facts: () => ({ ...FACTS, ...options.facts }),
    ...(options.metrics && { metrics: options.metrics }),
    log: recordingLog(logged),
    clock: options.clock ?? systemClock,
    ...(options.limits && { limits: options.limits }),
  });
  const draft = (): ContentDraft => {
    const [only, ...more] = handed;
    if (only?.draft.kind !== 'content' || more.length > 0) throw new Error(`${handed.length} drafts were handed over`);
    return only.draft;
  };
  return { app, handed, rows, asked, logged, draft };
}

const SERVER_TOOLS: ApiDeps['servers'] = {
  deletion: false,
  inboundDomain: 'inbound.example.com',
  ownNames: ['mail.example.com'],
  urlProblem: async () => undefined,
  mxProblem: async () => undefined,
  hashToken: (token) => token,
  baseUrl: () => 'http://127.0.0.1:8025',
};

function tlsOf({ tls = [] }: DoorOptions, domain: string | undefined): readonly TlsDestination[] {
  return tls.filter((each) => domain === undefined || each.domain === domain);
}

/** Of an installation where nobody asks DNS or confirms anything. */
export const NO_SENDERS: ApiDeps['senders'] = {
  rules: { returnPathTarget: 'mail.example.com', graceMs: 0, checkEveryMs: 86_400_000 },
  resolver: { txt: async () => ({ kind: 'none' }), cname: async () => ({ kind: 'none' }) },
  confirmations: {
    send: async () => ({ kind: 'sent' }),
    look: async () => undefined,
    confirm: async () => undefined,
  },
};

/** Takes nothing, and has nothing. */
const NO_BULK: BulkDesk = {
  accept: () => Promise.reject(new BulkUnavailable('there is no desk')),
  find: async () => undefined,
  list: async () => [],
  cancel: async () => ({ kind: 'not-found' }),
};

const FIT = { checkedAt: SUBMITTED_AT, verdict: 'fit', reasons: [], ptr: 'mta1.example.com' } as const;

/** Every link is one of somebody else's. */
const NO_LINKS: ApiDeps['unsubscribe'] = {
  find: async () => undefined,
  recipient: () => undefined,
  leave: async () => undefined,
  comeBack: async () => false,
  hasLeft: async () => false,
};

export function accept(): SubmitResult {
  return { kind: 'accepted', messageId: MESSAGE_ID, submittedAt: SUBMITTED_AT, partlyInactive: [] };
}

const FACTS: InstallationFacts = {
  version: '0.1.0',
  hostname: 'mail.example.com',
  delivery: 'capture',
  startedAt: SUBMITTED_AT,
  addresses: {
    http: ['http://127.0.0.1:8025'],
    smtp: [
      { kind: 'transactional', address: '127.0.0.1:2525' },
      { kind: 'broadcast', address: '127.0.0.1:2526' },
    ],
    mx: ['127.0.0.1:2527'],
  },
  roles: [
    { name: 'api', ready: true },
    { name: 'smtp', ready: true },
  ],
  lanes: [
    {
      id: 'transactional',
      kind: 'transactional',
      queued: 3,
      inFlight: 1,
      nextDueAt: undefined,
      waitsBecause: undefined,
      addresses: [],
    },
  ],
};

/** A request as a well-behaved client sends it, with `changes`. */
export function post(url: string, payload: unknown, changes: Partial<InjectOptions> = {}): InjectOptions {
  return {
    method: 'POST',
    url,
    payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    ...changes,
    headers: { 'content-type': 'application/json', 'x-postmark-server-token': TOKENS.server, ...changes.headers },
  };
}

export function get(url: string, headers: Record<string, string> = {}): InjectOptions {
  return { method: 'GET', url, headers: { 'x-postmark-server-token': TOKENS.server, ...headers } };
}

export const MINIMAL = { From: 'ann@example.com', To: 'bob@example.net', TextBody: 'Hello.' } as const;

function serverOf(id: ServerId, { requestsPerMinute }: DoorOptions): Server {
  const settings = { ...DEFAULT_SERVER_SETTINGS, requestsPerMinute };
  return { id, accountId: 7 as AccountId, name: `server ${id}`, createdAt: 0, settings };
}

function fakeStore(asked: Door['asked'], options: DoorOptions): ControlStore {
  const memory = new MemoryControlStore(systemClock);
  const token = (id: number, kind: TokenRecord['kind'], serverId?: ServerId): TokenRecord => ({
    id,
    kind,
    accountId: 7 as AccountId,
    serverId,
    streamId: undefined,
    hint: 'xxxx',
    createdAt: 0,
    revokedAt: undefined,
  });
  const tokens = new Map<string, TokenRecord>([
    [TOKENS.server, token(1, 'server', SERVER_ID)],
    [TOKENS.other, token(2, 'server', OTHER_SERVER_ID)],
    [TOKENS.account, token(3, 'account')],
    [TOKENS.smtp, token(4, 'smtp', SERVER_ID)],
    [TOKENS.orphan, token(5, 'server', 99 as ServerId)],
  ]);
  const part: Partial<ControlStore> = {
    tokenByHash: async (hash) => tokens.get(hash),
    firstAccount: async () => 7 as AccountId,
    pools: memory.pools,
    removals: memory.removals,
    webhooks: memory.webhooks,
    templates: options.templateStore ?? memory.templates,
    senders: memory.senders,
    messageStreams: memory.messageStreams,
    suppressionLists: Object.assign(memory.suppressionLists, {
      remove: async ({ at: _at, ...value }: ListRemoval) => {
        asked.push({ name: 'remove', value });
        return value.addresses.map((): Removed => (options.complained === true ? 'protected' : 'removed'));
      },
    }),
    servers: async () => [serverOf(SERVER_ID, options), serverOf(OTHER_SERVER_ID, options)],
    stream: async (serverId, id) =>
      DEFAULT_STREAMS.filter((stream) => stream.id === id).map((stream) => ({
        ...stream,
        serverId,
        pool: undefined,
        createdAt: 0,
        description: undefined,
        unsubscribeHandling: 'None' as const,
        updatedAt: undefined,
        archivedAt: undefined,
      }))[0],
    streams: async () => [],
    server: async (id) => ([SERVER_ID, OTHER_SERVER_ID].includes(id) ? serverOf(id, options) : undefined),
  };
  return part as ControlStore;
}

function fakeActivity(rows: Rows, asked: Door['asked']): Activity {
  const note = (name: string, value: unknown): void => void asked.push({ name, value });
  const page = <T>(items: readonly T[], { count, offset }: { count: number; offset: number }) => ({
    total: items.length,
    items: items.slice(offset, offset + count),
  });
  return {
    async searchOutbound(filter) {
      note('searchOutbound', filter);
      return page(
        rows.outbound.filter((row) => row.serverId === filter.serverId && row.streamId === filter.streamId),
        filter,
      );
    },
    outboundDetails: async (serverId, id) => rows.outbound.find((row) => row.serverId === serverId && row.id === id),
    outboundSource: async (serverId, id) =>
      rows.outbound.find((row) => row.serverId === serverId && row.id === id)?.source,
    isOutbound: async (serverId, id) => rows.outbound.some((row) => row.serverId === serverId && row.id === id),
    opens: async () => ({ total: 0, items: [] }),
    clicks: async () => ({ total: 0, items: [] }),
    searchInbound: async () => ({ total: 0, items: [] }),
    inboundDetails: async () => undefined,
    markInbound: async () => undefined,
    acceptedMessage: async () => undefined,
    trace: async () => undefined,
    async searchBounces(filter) {
      note('searchBounces', filter);
      const found = rows.bounces.filter(
        (row) =>
          row.serverId === filter.serverId &&
          row.streamId === filter.streamId &&
          (filter.type === undefined || row.type === filter.type) &&
          (filter.emailContains === undefined || row.email.includes(filter.emailContains)),
      );
      return page(found, filter);
    },
    bounce: async (serverId, id) => rows.bounces.find((row) => row.serverId === serverId && row.id === id),
    bounceDump: async (serverId, id) =>
      rows.bounces.some((row) => row.serverId === serverId && row.id === id && row.dumpAvailable) ? 'the dump' : '',
    bounceTags: async (serverId) =>
      [...new Set(rows.bounces.filter((row) => row.serverId === serverId).map(({ tag }) => tag))].filter(Boolean),
    async markReactivated(...value) {
      note('markReactivated', value.slice(0, 3));
      const [serverId, streamId, address] = value;
      rows.bounces.forEach((row, index) => {
        if (row.serverId === serverId && row.streamId === streamId && row.email.toLowerCase() === address)
          rows.bounces[index] = { ...row, inactive: false };
      });
    },
    bounceCounts: async (serverId) => {
      const own = rows.bounces.filter((row) => row.serverId === serverId);
      const types = [...new Set(own.map(({ type }) => type))];
      return {
        inactive: own.filter(({ inactive }) => inactive).length,
        byType: types.map((type) => ({ type, count: own.filter((row) => row.type === type).length })),
      };
    },
    captured: async (wanted, serverId) =>
      page(
        rows.captured.filter((row) => serverId === undefined || row.serverId === serverId),
        wanted,
      ),
    capturedMessage: async (id, serverId) =>
      rows.captured.find((row) => row.id === id && (serverId === undefined || row.serverId === serverId)),
  };
}

function recordingLog(logged: Door['logged']): Log {
  const at = (level: string) => (fields: Record<string, unknown>) => void logged.push({ level, fields });
  return { ...silentLog, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
