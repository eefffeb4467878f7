// An operator's hands on pools: make one, see what is in it, attach a stream or a whole server to it.
//
// Promises: what is refused is a value in plain words, the same for the command line and the API. Attaching changes where
// mail goes that is accepted from then on; what was accepted before stays in its lane.
import { POOL_NAME, activeHost, type Pool, type PoolAddress } from '../domain/pool.ts';
import type { Server } from '../domain/server.ts';
import type { SendingKind } from '../domain/stream.ts';
import type { AccountId, LaneId, ServerId, StreamId } from '../lib/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';
import { PoolConflict } from '../ports/pool-store.ts';

/** `missing`: what was named does not exist; `impossible`: it is against the rules. `message` is for people. */
export interface Refused {
  readonly kind: 'refused';
  readonly why: 'missing' | 'impossible';
  readonly message: string;
}

export function refused(why: Refused['why'], message: string): Refused {
  return { kind: 'refused', why, message };
}

/** Of one account: pools are the installation's, streams are those of its servers. */
export interface PoolDeps {
  readonly store: ControlStore;
  readonly accountId: AccountId;
}

export interface PoolView {
  readonly pool: Pool;
  readonly addresses: readonly PoolAddress[];
  /** Of the account. */
  readonly streams: readonly { readonly server: Server; readonly streamId: StreamId }[];
  /** For people: what is weaker than it could be. */
  readonly remarks: readonly string[];
}

export async function createPool(
  { store }: PoolDeps,
  wanted: { readonly id: string; readonly kind: SendingKind },
): Promise<{ readonly kind: 'created'; readonly pool: Pool } | Refused> {
  const id = wanted.id.trim();
  if (!POOL_NAME.test(id)) {
    return refused(
      'impossible',
      'the name of a pool is 1 to 40 lower-case letters, digits and hyphens, a letter first',
    );
  }
  return conflictsAsValues(async () => {
    const pool = await store.pools.createPool(id as LaneId, wanted.kind);
    return { kind: 'created', pool } as const;
  });
}

export async function listPools(deps: PoolDeps): Promise<readonly PoolView[]> {
  const { store, accountId } = deps;
  const [pools, addresses, servers] = await Promise.all([
    store.pools.pools(),
    store.pools.addresses(),
    store.servers(accountId),
  ]);
  const byId = new Map(servers.map((server) => [server.id, server]));
  return Promise.all(
    pools.map(async (pool) => {
      const streams = (await store.pools.streamsIn(pool.id)).flatMap(({ serverId, streamId }) => {
        const server = byId.get(serverId);
        return server === undefined ? [] : [{ server, streamId }];
      });
      const own = addresses.filter((address) => address.pool === pool.id);
      return { pool, addresses: own, streams, remarks: remarksOn(pool.id, addresses) };
    }),
  );
}

export async function showPool(deps: PoolDeps, id: string): Promise<PoolView | Refused> {
  return (await listPools(deps)).find(({ pool }) => pool.id === id) ?? noSuchPool(id);
}

export function noSuchPool(id: string): Refused {
  return refused('missing', `there is no pool '${id}'`);
}

export interface Attachment {
  readonly serverId: ServerId;
  /** Without it all streams of the server that are of the pool's kind, and those that are made later. */
  readonly streamId: StreamId | undefined;
  readonly pool: string;
}

export interface Attached {
  readonly kind: 'attached';
  readonly pool: Pool;
  readonly server: Server;
  /** Those that are in the pool now, by this or before. */
  readonly streams: readonly StreamId[];
}

/** Said with every attachment. */
export const ATTACHMENT_NOTE =
  'Messages accepted from now on (within a second) leave through it; those accepted before stay in the lane that they are in.';

export async function attach(
  deps: PoolDeps,
  { serverId, streamId, pool: id }: Attachment,
): Promise<Attached | Refused> {
  const { store, accountId } = deps;
  const pool = (await store.pools.pools()).find((each) => each.id === id);
  if (pool === undefined) return noSuchPool(id);
  const server = await store.server(serverId);
  if (server === undefined || server.accountId !== accountId) {
    return refused('missing', `there is no server ${serverId}`);
  }
  const stream = streamId === undefined ? undefined : await store.stream(serverId, streamId);
  if (streamId !== undefined && (stream === undefined || stream.archivedAt !== undefined)) {
    return refused('missing', `the server '${server.name}' has no stream '${streamId}'`);
  }
  return conflictsAsValues(async () => {
    if (streamId === undefined) await store.pools.attachServer(serverId, pool.id);
    else await store.pools.attachStream(serverId, streamId, pool.id);
    const inPool = (await store.pools.streamsIn(pool.id)).filter((each) => each.serverId === serverId);
    return { kind: 'attached', pool, server, streams: inPool.map((each) => each.streamId) } as const;
  });
}

/** What the store refuses by its rules; everything else is thrown on. */
export async function conflictsAsValues<T>(work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PoolConflict) return refused('impossible', error.message);
    throw error;
  }
}

/** The truth about a pool that a person might not see by its addresses alone. */
export function remarksOn(pool: LaneId, addresses: readonly PoolAddress[]): string[] {
  const own = addresses.filter((each) => each.pool === pool && each.state === 'active');
  if (own.length === 0) return ['it has no address: its mail waits'];
  const remarks: string[] = [];
  const shared = own.filter((each) => each.shared);
  if (shared.length > 0) {
    remarks.push(`${shared.map(({ ip }) => ip).join(', ')}: shared, so that queues are isolated and reputation is not`);
  }
  remarks.push(...remarkOnChoice(pool, addresses));
  if (own.every((each) => each.proof?.verdict === 'quarantined')) {
    remarks.push('all its addresses are quarantined: its mail waits');
  }
  return remarks;
}

/** What a pool that leaves its address to the system has to do with the addresses of others. */
export function remarkOnChoice(pool: LaneId, addresses: readonly PoolAddress[]): string[] {
  const others = new Set(addresses.filter((each) => each.pool !== pool && !each.shared).map(({ ip }) => ip));
  if (activeHost(pool, addresses) === undefined || others.size === 0) return [];
  return [
    `the system chooses its address; where that is ${[...others].join(' or ')}, of another pool, its mail waits: give it addresses of its own`,
  ];
}
