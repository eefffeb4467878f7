// The HTTP door over a world of senders: an account with its token, another one with the token `OTHER`.
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { openDoor, TOKENS, type Door } from './api-door.ts';
import { senderWorld, type SenderWorld } from './sender-world.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export const OTHER = '99999999-9999-4999-8999-999999999999';

export interface SenderDoor {
  readonly world: SenderWorld;
  readonly door: Door;
  /** `raw`: the body as it is. */
  readonly call: (
    method: Method,
    url: string,
    body?: unknown,
    options?: { readonly token?: string; readonly raw?: true },
    // Answers are read as a client in a dynamic language would.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ) => Promise<{ status: number; body: any }>;
}

export async function senderDoor(): Promise<SenderDoor> {
  const world = await senderWorld();
  const { store, clock, accountId, rules, resolver, generateKey, confirmations } = world;
  const { id: serverId } = await store.createServer(accountId, 'Shop', DEFAULT_SERVER_SETTINGS);
  await store.createToken({ kind: 'account', accountId, hash: TOKENS.account, hint: '3333' });
  await store.createToken({ kind: 'server', accountId, serverId, hash: TOKENS.server, hint: '1111' });
  const other = await store.createAccount('Other');
  await store.createToken({ kind: 'account', accountId: other, hash: OTHER, hint: '9999' });
  const senders = { rules, resolver, confirmations, ...(generateKey && { generateKey }) };
  const door = openDoor({ store, clock, senders });
  return {
    world,
    door,
    async call(method, url, body, { token = TOKENS.account, raw } = {}) {
      const given = body !== undefined;
      const answer = await door.app.inject({
        method,
        url,
        headers: { 'x-postmark-account-token': token, ...(given && { 'content-type': 'application/json' }) },
        ...(given && { payload: raw ? (body as string) : JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}
