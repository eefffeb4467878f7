// The HTTP door over a real control store in memory, with one server and its token: for the tests of streams and suppressions.
import { MemoryControlStore } from '../../src/backends/memory/control-store.ts';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import type { ServerId, StreamId } from '../../src/lib/ids.ts';
import type { Suppression } from '../../src/domain/suppression.ts';
import { openDoor, SUBMITTED_AT, TOKENS, type Door, type DoorOptions } from './api-door.ts';

export interface StreamsWorld {
  readonly door: Door;
  readonly store: MemoryControlStore;
  readonly serverId: ServerId;
  /** Moves the clock. */
  readonly clock: { at: number };
  readonly call: (
    method: 'GET' | 'POST' | 'PATCH',
    url: string,
    body?: unknown,
    token?: string,
  ) => // Answers are read as a client in a dynamic language would: tests assert on what is there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  Promise<{ status: number; code: string | undefined; body: any }>;
  suppress(address: string, change?: Partial<Suppression>): Promise<void>;
}

export async function streamsWorld(options: DoorOptions = {}): Promise<StreamsWorld> {
  const clock = { at: SUBMITTED_AT };
  const now = (): number => clock.at;
  const store = new MemoryControlStore({ now, after: () => () => undefined });
  const accountId = await store.createAccount('One');
  const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
  const other = await store.createServer(accountId, 'Other', DEFAULT_SERVER_SETTINGS);
  await store.createToken({ kind: 'server', accountId, serverId, hash: TOKENS.server, hint: '1111' });
  await store.createToken({ kind: 'server', accountId, serverId: other.id, hash: TOKENS.other, hint: '2222' });
  const door = openDoor({ store, clock: { now, after: () => () => undefined }, ...options });
  return {
    door,
    store,
    serverId,
    clock,
    async call(method, url, body, token = TOKENS.server) {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await door.app.inject({
        method,
        url,
        headers: {
          'x-postmark-server-token': token,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { payload }),
      });
      const code = answer.headers['x-pm-apierrorcode'];
      return { status: answer.statusCode, code: code === undefined ? undefined : String(code), body: answer.json() };
    },
    async suppress(address, change = {}) {
      const row = { serverId, streamId: 'outbound' as StreamId, address, createdAt: clock.at } as const;
      await store.suppress([{ ...row, reason: 'HardBounce', origin: 'Recipient', ...change }]);
    },
  };
}
