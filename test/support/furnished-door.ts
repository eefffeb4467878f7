// The door over a control store in memory with two accounts: the first has a server full of things that hold `MARK`, and a second
// server; the other account has a server of its own. For tests that walk every endpoint.
import type { InjectOptions } from 'fastify';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { BULK_ERRORS } from '../../src/domain/bulk-errors.ts';
import type { BulkRequest } from '../../src/domain/bulk.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { AccountId, MessageId, ServerId, StreamId } from '../../src/lib/ids.ts';
import type { Activity, InboundDetails } from '../../src/ports/activity.ts';
import type { BulkDesk } from '../../src/ports/bulk-desk.ts';
import { MESSAGE_ID, NO_SENDERS, openDoor, post, SERVER_ID, SUBMITTED_AT, TOKENS, type Door } from './api-door.ts';
import { bounceRow, capturedRow, outboundRow } from './api-rows.ts';
import { reader, received } from './later-events.ts';
import type { Described } from './open-api.ts';
import { keyMaker } from './sender-world.ts';

/** In everything that belongs to the first server. */
export const MARK = 'mark-of-one';
export const OTHER_ACCOUNT = '66666666-6666-4666-8666-666666666666';

export interface FurnishedDoor extends Door {
  readonly store: MemoryControlStore;
}

export async function openFurnishedDoor(): Promise<FurnishedDoor> {
  const store = new MemoryControlStore();
  const account = await store.createAccount('first');
  const other = await store.createAccount('other');
  const server = (of: AccountId, name: string) => store.createServer(of, name, DEFAULT_SERVER_SETTINGS);
  const [one, two, three] = [await server(account, MARK), await server(account, 'two'), await server(other, 'three')];
  await token(store, account, TOKENS.server, one.id);
  await token(store, account, TOKENS.other, two.id);
  await token(store, account, TOKENS.account);
  await token(store, other, OTHER_ACCOUNT);
  await token(store, other, TOKENS.orphan, three.id);
  const senders = { ...NO_SENDERS, generateKey: keyMaker() };
  const given = { store, senders, removals: true, bulk: DESK, activity: LATER, metrics: async () => '' };
  const tls = [{ domain: 'example.com', policy: undefined, sessions: [], succeeded: 1, failed: 0 }];
  const door = openDoor({ ...given, tls, servers: { deletion: true } });
  door.rows.outbound.push(outboundRow({ subject: MARK, tag: MARK }));
  door.rows.bounces.push(bounceRow({ subject: MARK, tag: MARK }));
  door.rows.captured.push(capturedRow({ subject: MARK }));
  for (const [path, body] of THINGS) await make(door, path, body, { 'x-postmark-server-token': TOKENS.server });
  for (const [path, body] of OF_ACCOUNT) await make(door, path, body, { 'x-postmark-account-token': TOKENS.account });
  return { ...door, store };
}

async function make(door: Door, path: string, body: object, headers: Record<string, string>): Promise<void> {
  const request = post(path, body);
  const made = await door.app.inject({ ...request, headers: { 'content-type': 'application/json', ...headers } });
  if (made.statusCode !== 200) throw new Error(`${path}: ${made.body}`);
}

const BULK: BulkRequest = {
  ...{ seq: 1, id: MESSAGE_ID, accountId: 1 as AccountId, serverId: SERVER_ID, streamId: 'broadcast' as StreamId },
  ...{ submittedAt: SUBMITTED_AT, status: 'Processing', subject: MARK, total: 3, released: 1, failed: 1, next: 2 },
  ...{
    reservedAt: SUBMITTED_AT,
    failures: [{ code: 406, message: MARK, count: 1 }],
    note: MARK,
    finishedAt: undefined,
  },
};

/** Of whoever asks. */
const FRESH: BulkRequest = { ...BULK, subject: 'Hello', note: undefined, failures: [], failed: 0 };

/** Reads no bodies: what a desk does with them has tests of its own. */
const DESK: BulkDesk = {
  accept: async ({ body }) =>
    body.length > 0 ? { kind: 'accepted', request: FRESH } : { kind: 'refused', error: BULK_ERRORS.streamNotFound() },
  find: async (serverId, id) => (serverId === SERVER_ID && id === MESSAGE_ID ? BULK : undefined),
  list: async (serverId) => (serverId === SERVER_ID ? [BULK] : []),
  cancel: async (serverId, id) =>
    serverId === SERVER_ID && id === MESSAGE_ID ? { kind: 'cancelled', request: BULK } : { kind: 'not-found' },
};

const TRACKED = {
  ...{ messageId: MESSAGE_ID, streamId: 'outbound', at: SUBMITTED_AT, recipient: `${MARK}@example.net`, tag: MARK },
  reader: reader(),
};
const INBOUND_ID = '01900000-0000-7000-8000-000000000009' as MessageId;
const { summary, content } = received({ subject: MARK });
const INBOUND: InboundDetails = {
  ...{ ...summary, ...content, id: INBOUND_ID, streamId: 'inbound', receivedAt: SUBMITTED_AT },
  ...{ status: 'Blocked', blockedReason: MARK },
};

const listOf = <T>(serverId: ServerId, item: T): { total: number; items: readonly T[] } =>
  serverId === SERVER_ID ? { total: 1, items: [item] } : { total: 0, items: [] };

/** What only later releases write events of. */
const LATER: Partial<Activity> = {
  opens: async ({ serverId }) => listOf(serverId, { ...TRACKED, firstOpen: true, readSeconds: 5 }),
  clicks: async ({ serverId }) =>
    listOf(serverId, { ...TRACKED, link: 'https://example.com/', location: 'HTML' as const }),
  searchInbound: async ({ serverId }) => listOf(serverId, INBOUND),
  inboundDetails: async (serverId, id) => (serverId === SERVER_ID && id === INBOUND_ID ? INBOUND : undefined),
};

const THINGS: readonly [path: string, body: object][] = [
  ['/webhooks', { Url: `https://${MARK}.example.com/`, Triggers: { Click: { Enabled: true } } }],
  ['/templates', { Name: MARK, Alias: MARK, Subject: MARK, TextBody: `Hello {{name}}, ${MARK}` }],
  ['/triggers/inboundrules', { Rule: `${MARK}.example.com` }],
  ['/message-streams', { ID: MARK, Name: MARK, MessageStreamType: 'Broadcasts' }],
  ['/message-streams/outbound/suppressions', { Suppressions: [{ EmailAddress: `${MARK}@example.com` }] }],
];

/** Of the first account. Pools are of all accounts, so the one here has no mark. */
const OF_ACCOUNT: readonly [path: string, body: object][] = [
  ['/domains', { Name: `${MARK}.example.com` }],
  ['/senders', { Name: MARK, FromEmail: `ann@${MARK}.example.org` }],
  ['/data-removals', { RequestedBy: `ann@${MARK}.example.org`, RequestedFor: `bob@${MARK}.example.org` }],
  ['/servers/1/tokens', { Streams: ['outbound'], FromDomains: [`${MARK}.example.org`] }],
  ['/pools', { ID: 'news', StreamType: 'Broadcasts' }],
  ['/addresses', { Address: '192.0.2.7', Pool: 'news', EHLO: 'mta.example.com' }],
  ['/holds', { ServerID: 1, StreamID: 'broadcast', Reason: MARK }],
];

/** Ids that things of the first server have, of every family. */
export const IDS = [
  '1',
  '3',
  MESSAGE_ID,
  INBOUND_ID,
  '700000123',
  MARK,
  'outbound',
  'broadcast',
  'news',
  'example.com',
] as const;

export interface RequestTo {
  /** For every parameter of the path. */
  readonly id: string;
  /** For the parameters of the path in their order, where they differ. */
  readonly ids?: readonly string[];
  readonly token?: string;
  readonly accountToken?: string;
  /** As it is sent; the example of the endpoint without it. */
  readonly payload?: string | Buffer;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function requestTo({ method, path, body, example }: Described, given: RequestTo): InjectOptions {
  const { id, ids = [], token: server, accountToken: account, query = 'count=50&offset=0' } = given;
  let at = 0;
  const payload = given.payload ?? (body === undefined ? undefined : JSON.stringify(example ?? {}));
  return {
    method,
    url: `${path.replace(/\{\w+\}/g, () => encodeURIComponent(ids[at++] ?? id))}?${query}`,
    headers: {
      ...(server !== undefined && { 'x-postmark-server-token': server }),
      ...(account !== undefined && { 'x-postmark-account-token': account }),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...given.headers,
    },
    ...(payload !== undefined && { payload }),
  };
}

async function token(
  store: MemoryControlStore,
  accountId: AccountId,
  text: string,
  serverId?: ServerId,
): Promise<void> {
  const kind = serverId === undefined ? 'account' : 'server';
  await store.createToken({ kind, accountId, hash: text, hint: 'xxxx', ...(serverId !== undefined && { serverId }) });
}
