// The door over a control store in memory with two accounts: the first has a server full of things that hold `MARK`, and a second
// server; the other account has a server of its own. For tests that walk every endpoint.
import type { InjectOptions } from 'fastify';
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { BULK_ERRORS } from '../../src/domain/bulk-errors.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { AccountId, ServerId } from '../../src/lib/ids.ts';
import type { BulkDesk } from '../../src/ports/bulk-desk.ts';
import { MESSAGE_ID, openDoor, post, TOKENS, type Door } from './api-door.ts';
import { bounceRow, capturedRow, outboundRow } from './api-rows.ts';
import type { Described } from './open-api.ts';

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
  const door = openDoor({ store, removals: true, bulk: NO_BULK, metrics: async () => '' });
  door.rows.outbound.push(outboundRow({ subject: MARK, tag: MARK }));
  door.rows.bounces.push(bounceRow({ subject: MARK, tag: MARK }));
  door.rows.captured.push(capturedRow({ subject: MARK }));
  for (const [path, body] of THINGS) {
    const made = await door.app.inject(post(path, body));
    if (made.statusCode !== 200) throw new Error(`${path}: ${made.body}`);
  }
  return { ...door, store };
}

/** Reads nothing: what a desk does with bodies has tests of its own. */
const NO_BULK: BulkDesk = {
  accept: async () => ({ kind: 'refused', error: BULK_ERRORS.streamNotFound() }),
  find: async () => undefined,
  list: async () => [],
  cancel: async () => ({ kind: 'not-found' }),
};

const THINGS: readonly [path: string, body: object][] = [
  ['/webhooks', { Url: `https://${MARK}.example.com/`, Triggers: { Click: { Enabled: true } } }],
  ['/templates', { Name: MARK, Alias: MARK, Subject: MARK, TextBody: `Hello {{name}}, ${MARK}` }],
];

/** Ids that things of the first server have, of every family. */
export const IDS = ['1', MESSAGE_ID, '700000123', MARK, 'outbound', 'example.com'] as const;

export interface RequestTo {
  readonly id: string;
  readonly token?: string;
  readonly accountToken?: string;
  /** As it is sent; the example of the endpoint without it. */
  readonly payload?: string | Buffer;
  readonly query?: string;
}

export function requestTo({ method, path, body, example }: Described, given: RequestTo): InjectOptions {
  const { id, token: server, accountToken: account, query = 'count=50&offset=0' } = given;
  const payload = given.payload ?? (body === undefined ? undefined : JSON.stringify(example ?? {}));
  return {
    method,
    url: `${path.replace(/\{\w+\}/g, () => encodeURIComponent(id))}?${query}`,
    headers: {
      ...(server !== undefined && { 'x-postmark-server-token': server }),
      ...(account !== undefined && { 'x-postmark-account-token': account }),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
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
