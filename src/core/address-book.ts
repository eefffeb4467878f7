// A lane's address book: which of its pool's addresses may be used now, in which order, and why there is none.
//
// Promises: only active, fit and bound addresses of the lane's own pool are ever named; there is no default and no other
// pool to fall back to: without one, `waitsBecause` says why. Those of a site are named in turn, so that each has its share.
// Leaves to others: reading the control data, and asking the system which addresses it has.
import { isIP } from 'node:net';
import { HOST_ADDRESS, type AddressState, type PoolAddress } from '../domain/pool.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { LaneId } from '../lib/ids.ts';
import type { AddressBook, LocalAddress, Site } from '../ports/egress.ts';

/** What an address that warms up may still send; see domain/warm-up.ts. */
export interface AddressBudget {
  /** Whether so many recipients can be taken today. */
  fits(addressId: number, site: Site, recipients: number): boolean;
  /** Counts so many recipients, or refuses them. */
  take(addressId: number, site: Site, recipients: number): boolean;
  /** When there is more: Unix milliseconds. */
  nextDayAt(): number;
  /** The addresses of the lane as they are now. */
  update(addresses: readonly PoolAddress[]): void;
}

export interface AddressBookOptions {
  readonly pool: LaneId;
  /** The installation's host name: what an address without a name of its own says in EHLO. */
  readonly hostname: string;
  readonly clock: Clock;
  readonly budget?: AddressBudget;
}

export interface LaneAddressBook extends AddressBook {
  /** All addresses of all pools as the control data has them, and which of them this machine has. */
  update(addresses: readonly PoolAddress[], isBound: (ip: string) => boolean): void;
  /** Why nothing can leave; undefined where something can. */
  waitsBecause(): string | undefined;
  states(): readonly AddressState[];
  /** Where all addresses have sent to the site what they may today: when there is more. Unix milliseconds. */
  spentUntil(site: Site, recipients: number): number | undefined;
}

export function createAddressBook({ pool, hostname, clock, budget }: AddressBookOptions): LaneAddressBook {
  let states: readonly AddressState[] = [];
  let usable: readonly LocalAddress[] = [];
  let ids: ReadonlySet<number> = new Set();
  let turn = 0;
  /** Of other pools, which do not share them: what the system may not choose for us. */
  let foreign: ReadonlyMap<string, LaneId> = new Map();
  let epoch = 0;
  const refused = createBoundedCache<number, true>({ maxEntries: MAX_REMEMBERED, ttlMs: REFUSED_MS }, clock);

  const isUsable = (local: LocalAddress): boolean =>
    ids.has(local.id) && (local.bind !== undefined || local.epoch === epoch);

  return {
    update(addresses, isBound) {
      const own = addresses.filter((address) => address.pool === pool);
      const others = foreignAmong(addresses, pool);
      if ([...others.keys()].join() !== [...foreign.keys()].join()) epoch += 1;
      foreign = others;
      states = own.map((address) => stateOf(address, hostname, isBound));
      usable = own.filter((_, at) => states[at]?.usable).map((address) => localOf(address, hostname, epoch));
      budget?.update(own);
      ids = new Set(usable.map(({ id }) => id));
    },
    waitsBecause: () => (usable.length > 0 ? undefined : whyNone(pool, states)),
    states: () => states,
    spentUntil(site, recipients) {
      if (budget === undefined || usable.length === 0) return undefined;
      return usable.some(({ id }) => budget.fits(id, site, recipients)) ? undefined : budget.nextDayAt();
    },
    forSite(site) {
      const fit = budget === undefined ? usable : usable.filter(({ id }) => budget.fits(id, site, 1));
      if (fit.length < 2) return fit;
      turn += 1;
      const first = turn % fit.length;
      const inTurn = [...fit.slice(first), ...fit.slice(0, first)];
      if (refused.size === 0) return inTurn;
      return inTurn.sort((a, b) => Number(refused.get(a.id) ?? false) - Number(refused.get(b.id) ?? false));
    },
    isUsable,
    claim: (local, site, recipients) => isUsable(local) && (budget?.take(local.id, site, recipients) ?? true),
    chosenProblem(ip) {
      const owner = foreign.get(ip);
      return (
        owner &&
        `the system would send from ${ip}, which belongs to the pool '${owner}' alone: give '${pool}' addresses of its own`
      );
    },
    failed: ({ id }) => refused.set(id, true),
  };
}

function foreignAmong(addresses: readonly PoolAddress[], pool: LaneId): ReadonlyMap<string, LaneId> {
  const others = addresses.filter((each) => each.pool !== pool && !each.shared);
  return new Map(others.map((each) => [each.ip, each.pool]));
}

function stateOf(address: PoolAddress, hostname: string, isBound: (ip: string) => boolean): AddressState {
  const { ip, ehlo = hostname, shared, proof } = address;
  const reasons: string[] = [];
  if (address.state === 'leaving') reasons.push('it is being taken out of the pool');
  if (ip !== HOST_ADDRESS && !isBound(ip)) reasons.push('this machine does not have the address');
  if (proof?.verdict === 'quarantined') reasons.push(...proof.reasons);
  return { ip, ehlo, shared, usable: reasons.length === 0, reasons };
}

function localOf({ id, pool, ip, ehlo, proof }: PoolAddress, hostname: string, epoch: number): LocalAddress {
  const bind = ip === HOST_ADDRESS ? undefined : ip;
  const family = isIP(ip);
  return {
    id,
    bind,
    epoch,
    family: family === 4 || family === 6 ? family : undefined,
    via: { pool, address: ip, ehlo: ehlo ?? hostname, ptr: proof?.ptr },
  };
}

function whyNone(pool: LaneId, states: readonly AddressState[]): string {
  if (states.length === 0) {
    return `the pool '${pool}' has no address: 'bulkhead address add <ip> --pool ${pool}' gives it one`;
  }
  const each = states.map(({ ip, reasons }) => `${ip}: ${reasons.join(', ')}`).join('; ');
  return `the pool '${pool}' has no address that can be used (${each})`;
}

const MAX_REMEMBERED = 1000;
const REFUSED_MS = 60_000;
