// Pausing and resuming a stream by hand: its mail is accepted and kept, and nothing of it is sent until it is resumed.
//
// Promises: only streams of the account's own servers, and only those that send; a hold that is there already stays, with
// its reason. Lanes obey within a second of either.
import type { Hold } from '../domain/hold.ts';
import type { Server } from '../domain/server.ts';
import type { AccountId, ServerId, StreamId } from '../lib/ids.ts';
import type { Clock } from '../lib/clock.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface HoldDeps {
  readonly store: Pick<ControlStore, 'server' | 'stream' | 'servers'> & {
    readonly pools: Pick<ControlStore['pools'], 'hold' | 'holds' | 'resume'>;
  };
  readonly clock: Pick<Clock, 'now'>;
}

export interface StreamOfAccount {
  readonly accountId: AccountId;
  readonly serverId: ServerId;
  readonly streamId: StreamId;
}

export type Unfit = { readonly kind: 'no-server' | 'no-stream' | 'inbound' };
export type Paused =
  Unfit | { readonly kind: 'held'; readonly hold: Hold; /** It was held before. */ readonly already: boolean };
export type Resumed = Unfit | { readonly kind: 'resumed' } | { readonly kind: 'not-held' };

export async function pauseStream({ store, clock }: HoldDeps, of: StreamOfAccount, reason: string): Promise<Paused> {
  const unfit = await unfitness(store, of);
  if (unfit !== undefined) return unfit;
  const { serverId, streamId } = of;
  const hold: Hold = { serverId, streamId, by: 'operator', reason, at: clock.now() };
  if (await store.pools.hold(hold)) return { kind: 'held', hold, already: false };
  const kept = (await store.pools.holds()).find((one) => one.serverId === serverId && one.streamId === streamId);
  return { kind: 'held', hold: kept ?? hold, already: true };
}

export async function resumeStream({ store }: Pick<HoldDeps, 'store'>, of: StreamOfAccount): Promise<Resumed> {
  const unfit = await unfitness(store, of);
  if (unfit !== undefined) return unfit;
  return { kind: (await store.pools.resume(of.serverId, of.streamId)) ? 'resumed' : 'not-held' };
}

/** Those of the account's own servers. */
export async function holdsOf({ store }: Pick<HoldDeps, 'store'>, accountId: AccountId): Promise<readonly Hold[]> {
  const own = new Set((await store.servers(accountId)).map(({ id }: Server) => id));
  return (await store.pools.holds()).filter(({ serverId }) => own.has(serverId));
}

async function unfitness(store: HoldDeps['store'], of: StreamOfAccount): Promise<Unfit | undefined> {
  const server = await store.server(of.serverId);
  if (server?.accountId !== of.accountId) return { kind: 'no-server' };
  const stream = await store.stream(of.serverId, of.streamId);
  if (stream === undefined) return { kind: 'no-stream' };
  return stream.kind === 'inbound' ? { kind: 'inbound' } : undefined;
}
