// A lane as people see it: what it is, whether it sends, what waits, through which addresses, at which pace, and what is
// held. Put together from what its thread tells and from the control data; sentences are made here, once for all doors.
import { clockTime, fromNow } from './why-words.ts';
import type { Hold } from '../domain/hold.ts';
import type { AddressState, Lane } from '../domain/pool.ts';
import type { AskLaneNamed, LaneOverview, SitePace } from '../ports/lane-questions.ts';
import type { GuardWatch, StreamVerdict } from '../ports/guard-watch.ts';
import type { QueueDepth, StreamKey } from '../ports/lane-queue.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { AccountId, LaneId } from '../lib/ids.ts';

/** What a lane's thread reports of itself. */
export interface LaneNow {
  readonly lane: Lane;
  /** Undefined while the thread does not answer. */
  readonly report:
    | {
        readonly waitsBecause: string | undefined;
        readonly addresses: readonly AddressState[];
        readonly depth: QueueDepth;
        readonly load: {
          readonly leased: number;
          readonly jobs: number;
          readonly waiting?: number;
          readonly putOff?: number;
        };
      }
    | undefined;
}

export interface LaneView extends LaneNow {
  readonly state: 'running' | 'paused' | 'down';
  readonly words: string;
  readonly backlog: readonly (LaneOverview['backlog'][number] & { readonly serverName: string })[];
  readonly sites: readonly (SitePace & { readonly words: string })[];
  /** Of streams of the lane. */
  readonly holds: readonly (Hold & { readonly serverName: string; readonly words: string })[];
  /** What guards say of its streams that are not held: rates that come near, bulk mail where it does not belong. */
  readonly warnings: readonly (StreamKey & { readonly serverName: string; readonly words: string })[];
}

export interface LaneViewDeps {
  readonly store: Pick<ControlStore, 'pools' | 'servers'>;
  readonly lanesNow: () => Promise<readonly LaneNow[]>;
  readonly askLane: AskLaneNamed;
  readonly guards: Pick<GuardWatch, 'verdicts'>;
  readonly now: () => number;
  /** Mail goes into the built-in inbox. */
  readonly captures: boolean;
}

/** Bound to an installation: what a door is given. */
export type ShowLanes = (accountId: AccountId) => Promise<readonly LaneView[]>;

/** Streams are named where they are of the account's own servers. */
export async function viewLanes(deps: LaneViewDeps, accountId: AccountId): Promise<readonly LaneView[]> {
  const [lanes, servers, holds, guards] = await Promise.all([
    deps.lanesNow(),
    deps.store.servers(accountId),
    deps.store.pools.holds(),
    // Lanes are shown also while the thread that counts is being started again.
    deps.guards.verdicts().catch((): readonly StreamVerdict[] => []),
  ]);
  const names = new Map(servers.map(({ id, name }) => [id, name]));
  return Promise.all(
    lanes.map(async (each) => {
      const { id } = each.lane;
      const overview = await deps.askLane(id, { topic: 'overview', streams: STREAMS, sites: SITES });
      const within = await membership(deps, id);
      const held = holds.filter(within);
      return {
        ...each,
        ...standing(each, deps.captures),
        backlog: named(overview?.backlog ?? [], names),
        sites: (overview?.sites ?? []).map((site) => ({ ...site, words: siteWords(site, deps.now()) })),
        holds: named(held, names).map((hold) => ({ ...hold, words: holdWords(hold, deps.now()) })),
        warnings: named(guards.filter(within).flatMap(warningsOf), names),
      };
    }),
  );
}

const STREAMS = 10;
const SITES = 20;

/** Whether a stream is in the pool. */
async function membership({ store }: LaneViewDeps, pool: LaneId): Promise<(stream: StreamKey) => boolean> {
  const streams = await store.pools.streamsIn(pool);
  const keys = new Set(streams.map(({ serverId, streamId }) => `${serverId} ${streamId}`));
  return ({ serverId, streamId }) => keys.has(`${serverId} ${streamId}`);
}

function warningsOf({ serverId, streamId, verdict, reason, bulkLike }: StreamVerdict): LaneWarning[] {
  const words = [...(verdict === 'warn' ? [reason] : []), ...(bulkLike === undefined ? [] : [bulkLike.reason])];
  return words.map((each) => ({ serverId, streamId, words: each }));
}

type LaneWarning = StreamKey & { readonly words: string };

function named<T extends { readonly serverId: Hold['serverId'] }>(
  rows: readonly T[],
  names: ReadonlyMap<Hold['serverId'], string>,
): readonly (T & { readonly serverName: string })[] {
  return rows.flatMap((row) => {
    const serverName = names.get(row.serverId);
    return serverName === undefined ? [] : [{ ...row, serverName }];
  });
}

function standing({ report }: LaneNow, captures: boolean): Pick<LaneView, 'state' | 'words'> {
  if (report === undefined) {
    return { state: 'down', words: 'its thread does not answer; it is being started again, and nothing is lost' };
  }
  if (report.waitsBecause !== undefined) return { state: 'paused', words: report.waitsBecause };
  return { state: 'running', words: captures ? 'mail is captured and does not leave this machine' : 'mail leaves' };
}

/** `cannot be reached (refused …); nothing is tried before 12:00:00 UTC (in 4 minutes)`. */
export function siteWords(site: SitePace, now: number): string {
  const { state, concurrency, limit, perMinute, until, reason } = site;
  const at = concurrency === undefined ? [] : [`${concurrency} at a time${limit === undefined ? '' : ` of ${limit}`}`];
  const rate = perMinute === undefined ? [] : [`${perMinute} a minute`];
  const wait =
    until === undefined || until <= now ? [] : [`nothing before ${clockTime(until)} (${fromNow(until, now)})`];
  return [
    `${STATE_WORDS[state] ?? state}: ${[...wait, ...at, ...rate].join(', ')}`,
    ...(reason === undefined ? [] : [reason]),
  ].join('; ');
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  open: 'open',
  slow: 'slowed down',
  'backing-off': 'backing off',
  unreachable: 'cannot be reached',
  blocked: 'blocks us',
};

function holdWords({ by, at, reason }: Hold, now: number): string {
  return `paused by ${by === 'guard' ? 'a guard' : 'an operator'} ${fromNow(at, now)}: ${reason}`;
}
