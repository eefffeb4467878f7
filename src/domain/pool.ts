// Pools, their addresses, and which lane a stream's mail leaves through. A lane works for exactly one pool and bears its
// name; a stream belongs to one pool of its own kind, from its creation on.
//
// Promises: `laneOf` is total and knows no default: what does not fit together is a problem for a person to solve, never
// another pool.
import type { LaneId } from '../lib/ids.ts';
import type { SendingKind, Stream } from './stream.ts';

export interface Lane {
  /** Also the name of its pool: lower-case letters, digits and hyphens. */
  readonly id: LaneId;
  readonly kind: SendingKind;
  /** Small number that is never given to another lane; it is the low part of bounce ids (see event.ts). */
  readonly number: number;
}

export interface Pool extends Lane {
  readonly createdAt: number;
}

/** The pools of a new installation: where streams go that nobody attached elsewhere. */
export const TRANSACTIONAL_LANE: Lane = { id: 'transactional' as LaneId, kind: 'transactional', number: 1 };
export const BROADCAST_LANE: Lane = { id: 'broadcast' as LaneId, kind: 'broadcast', number: 2 };

/** 6 bits of a bounce id, and 0 is the log outside lanes. */
export const MAX_POOL_NUMBER = 63;
export const POOL_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** The pool that a stream is put into when its server has none of its own for the kind. */
export function homePool(kind: SendingKind): Lane {
  switch (kind) {
    case 'transactional':
      return TRANSACTIONAL_LANE;
    case 'broadcast':
      return BROADCAST_LANE;
  }
}

/** In place of an IP address: whichever the system chooses, on a machine that has one only. Always shared. */
export const HOST_ADDRESS = 'host';

export interface PoolAddress {
  readonly id: number;
  readonly pool: LaneId;
  /** IPv4 or IPv6 in its usual spelling, or `host`. */
  readonly ip: string;
  /** What it says in EHLO; undefined where it is the installation's host name. */
  readonly ehlo: string | undefined;
  /** In more than one pool by the operator's word: queues are isolated, reputation is not. */
  readonly shared: boolean;
  /** `leaving`: taken out of the pool; nobody else gets it until the lane has let go of it. */
  readonly state: 'active' | 'leaving';
  /** Unix milliseconds. */
  readonly addedAt: number;
  readonly proof: AddressProof | undefined;
  readonly warmUp: WarmUp | undefined;
}

/** What the last check of an address found. */
export interface AddressProof {
  readonly checkedAt: number;
  readonly verdict: 'fit' | 'quarantined';
  /** For people; empty where it is fit. */
  readonly reasons: readonly string[];
  /** Which check each of the reasons is of (see prove-address.ts). */
  readonly failed?: readonly string[];
  /** For people: what could not be found out, and what is amiss without being a reason. */
  readonly notes?: readonly string[];
  /** Something could not be found out: worth another look soon. */
  readonly unsure?: boolean;
  /** The name that its PTR record gives, where there is one. */
  readonly ptr: string | undefined;
}

export interface WarmUp {
  /** Name of a plan (see warm-up.ts). */
  readonly plan: string;
  readonly startedAt: number;
}

/** How an address stands in its lane, for people. */
export interface AddressState {
  readonly ip: string;
  readonly ehlo: string;
  /** Other pools have it too: queues are isolated, reputation is not. */
  readonly shared: boolean;
  readonly usable: boolean;
  /** Why it is not used; empty where it is. */
  readonly reasons: readonly string[];
}

/** What an attempt left through; part of its event. */
export interface Via {
  readonly pool: LaneId;
  readonly address: string;
  readonly ehlo: string;
  readonly ptr: string | undefined;
}

export type LaneVerdict =
  { readonly kind: 'lane'; readonly lane: Lane } | { readonly kind: 'none'; readonly reason: string };

/** The lane of a stream's mail. `pools` are those that exist. */
export function laneOf(stream: Pick<Stream, 'id' | 'kind' | 'pool'>, pools: ReadonlyMap<LaneId, Lane>): LaneVerdict {
  const none = (reason: string): LaneVerdict => ({ kind: 'none', reason });
  if (stream.pool === undefined) return none(`the stream '${stream.id}' belongs to no pool`);
  const lane = pools.get(stream.pool);
  if (lane === undefined) return none(`the pool '${stream.pool}' of the stream '${stream.id}' does not exist`);
  if (lane.kind !== stream.kind) {
    return none(`the pool '${lane.id}' is for ${lane.kind} mail, and the stream '${stream.id}' is ${stream.kind}`);
  }
  return { kind: 'lane', lane };
}

/** The machine's own address where it is in use in the pool: what a pool gives up for addresses of its own. */
export function activeHost(pool: LaneId, present: readonly PoolAddress[]): PoolAddress | undefined {
  return present.find((each) => each.pool === pool && each.ip === HOST_ADDRESS && each.state === 'active');
}

/** Why the address cannot be added beside those that are there; undefined where it can. */
export function addressConflict(
  { pool, ip, shared }: Pick<PoolAddress, 'pool' | 'ip' | 'shared'>,
  present: readonly PoolAddress[],
): string | undefined {
  if (ip === HOST_ADDRESS && !shared) return "the machine's own address ('host') can only be shared";
  for (const other of present) {
    const leaves = other.state === 'leaving' ? ', which is still letting go of it' : '';
    if (other.ip === ip && other.pool === pool) return `the pool '${pool}' has ${ip} already${leaves}`;
    if (other.ip === ip && !(shared && other.shared)) return `${ip} belongs to the pool '${other.pool}'${leaves}`;
    const mixes = other.pool === pool && (other.ip === HOST_ADDRESS) !== (ip === HOST_ADDRESS);
    if (mixes && other.state === 'active') {
      return `the pool '${pool}' has ${other.ip === HOST_ADDRESS ? "the machine's own address ('host')" : 'addresses'}: take ${other.ip} out first`;
    }
  }
  return undefined;
}
