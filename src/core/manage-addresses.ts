// An operator's hands on the addresses of pools: add, check, warm up, take out.
//
// Promises: an address is checked when it is added, so that what is wrong is said at once and not by the first bounce; an
// address that does not pass is kept and quarantined, because DNS is often set up afterwards. Taking out has two steps: from
// the first on nothing new leaves through it, and with the second, when the lane has let go of it, it is gone.
import {
  noSuchPool,
  conflictsAsValues,
  refused,
  remarkOnChoice,
  remarksOn,
  type PoolDeps,
  type Refused,
} from './manage-pools.ts';
import { readOwnAddress } from '../domain/own-address.ts';
import { HOST_ADDRESS, activeHost, type AddressProof, type PoolAddress, type WarmUp } from '../domain/pool.ts';
import { WARM_UP_PLANS, allowance, startedOn, utcDay, warmUpPlan, type Allowance } from '../domain/warm-up.ts';
import { domainToAscii } from '../mail/idna.ts';

/** What working with addresses needs of the machine and the installation. */
export interface AddressTools {
  readonly now: () => number;
  readonly prove: (address: PoolAddress) => Promise<AddressProof>;
  /** Recipients that a warming address has sent to on the day (since 1970, UTC). */
  readonly sentOn: (address: Pick<PoolAddress, 'pool' | 'ip'>, day: number) => number;
}

export type AddressDeps = PoolDeps & AddressTools;

export interface AddressView {
  readonly address: PoolAddress;
  /** Undefined where it has no plan. */
  readonly warmUp: WarmUpView | undefined;
}

export interface WarmUpView extends Allowance {
  readonly plan: string;
  readonly days: number;
  /** Recipients today, of all providers. */
  readonly sent: number;
}

export async function listAddresses(deps: AddressDeps, pool?: string): Promise<readonly AddressView[]> {
  const addresses = await deps.store.pools.addresses();
  return addresses.filter((each) => pool === undefined || each.pool === pool).map((each) => viewOf(deps, each));
}

export function viewOf({ now, sentOn }: AddressDeps, address: PoolAddress): AddressView {
  const plan = address.warmUp && warmUpPlan(address.warmUp.plan);
  if (address.warmUp === undefined || plan === undefined) return { address, warmUp: undefined };
  const today = allowance(plan, address.warmUp.startedAt, now());
  const sent = sentOn(address, utcDay(now()));
  return { address, warmUp: { plan: plan.name, days: plan.perProvider.length, ...today, sent } };
}

export interface WantedAddress {
  readonly ip: string;
  readonly pool: string;
  /** Undefined for the installation's host name. */
  readonly ehlo: string | undefined;
  readonly shared: boolean;
  /** Undefined sends without bounds from the first message on. */
  readonly warmUp?: WantedWarmUp | undefined;
}

export interface WantedWarmUp {
  readonly plan: string;
  /** Of the plan, that today is to be; 1 without it. */
  readonly day?: number | undefined;
}

export interface AddedAddress {
  readonly kind: 'added';
  readonly address: PoolAddress;
  /** The machine's own address was taken out of the pool for it. */
  readonly replacedHost: PoolAddress | undefined;
  /** For people: what else they should know. */
  readonly remarks: readonly string[];
}

export async function addAddress(deps: AddressDeps, wanted: WantedAddress): Promise<AddedAddress | Refused> {
  const { pools } = deps.store;
  const read = readOwnAddress(wanted.ip);
  if ('problem' in read) return refused('impossible', read.problem);
  const ehlo = wanted.ehlo === undefined ? undefined : domainToAscii(wanted.ehlo.trim());
  if (wanted.ehlo !== undefined && ehlo === undefined) {
    return refused('impossible', `the EHLO name must be a host name with a dot, such as mta1.example.com`);
  }
  const warmUp = wanted.warmUp && warmUpFrom(deps, wanted.warmUp);
  if (warmUp !== undefined && 'kind' in warmUp) return warmUp;
  const pool = (await pools.pools()).find(({ id }) => id === wanted.pool);
  if (pool === undefined) return noSuchPool(wanted.pool);
  const host = activeHost(pool.id, await pools.addresses());
  return conflictsAsValues(async () => {
    const { shared } = wanted;
    const added = await pools.addAddress({ pool: pool.id, ip: read.ip, ehlo, shared, warmUp, replacesHost: true });
    const address = await proveNow(deps, added);
    const all = await pools.addresses();
    const others = [...new Set(all.map((each) => each.pool))].filter((id) => id !== pool.id);
    const remarks = others.flatMap((id) => remarkOnChoice(id, all).map((remark) => `pool '${id}': ${remark}`));
    return { kind: 'added', address, replacedHost: read.ip === HOST_ADDRESS ? undefined : host, remarks } as const;
  });
}

/** An address by its number, or by itself and its pool where it is in several. */
export interface AddressRef {
  readonly id?: number;
  readonly ip?: string;
  readonly pool?: string | undefined;
}

export type Found = { readonly kind: 'found'; readonly address: PoolAddress };

export async function findAddress({ store }: PoolDeps, { id, ip, pool }: AddressRef): Promise<Found | Refused> {
  const read = ip === undefined ? undefined : readOwnAddress(ip);
  if (read !== undefined && 'problem' in read) return refused('impossible', read.problem);
  const matching = (await store.pools.addresses()).filter(
    (each) =>
      (id === undefined || each.id === id) &&
      (read === undefined || each.ip === read.ip) &&
      (pool === undefined || each.pool === pool),
  );
  const [only, ...more] = matching;
  const name = read?.ip ?? `with the number ${id}`;
  if (only === undefined) {
    return refused('missing', `there is no address ${name}${pool === undefined ? '' : ` in the pool '${pool}'`}`);
  }
  if (more.length > 0) {
    const pools = matching.map((each) => `'${each.pool}'`).join(', ');
    return refused('impossible', `${name} is in several pools (${pools}): say which one`);
  }
  return { kind: 'found', address: only };
}

export interface RemovedAddress {
  readonly kind: 'leaving';
  readonly address: PoolAddress;
  /** What the pool is like without it. */
  readonly remarks: readonly string[];
}

export async function removeAddress(deps: PoolDeps, ref: AddressRef): Promise<RemovedAddress | Refused> {
  const found = await findAddress(deps, ref);
  if (found.kind === 'refused') return found;
  const { pools } = deps.store;
  await pools.beginLeaving(found.address.id);
  const remarks = remarksOn(found.address.pool, await pools.addresses());
  return { kind: 'leaving', address: { ...found.address, state: 'leaving' }, remarks };
}

export async function checkAddress(deps: AddressDeps, ref: AddressRef): Promise<Found | Refused> {
  const found = await findAddress(deps, ref);
  return found.kind === 'refused' ? found : { kind: 'found', address: await proveNow(deps, found.address) };
}

async function proveNow({ store, prove }: AddressDeps, address: PoolAddress): Promise<PoolAddress> {
  const proof = await prove(address);
  await store.pools.setProof(address.id, proof);
  return { ...address, proof };
}

/** `undefined` ends the warm-up. */
export async function setWarmUp(
  deps: AddressDeps,
  ref: AddressRef,
  wanted: WantedWarmUp | undefined,
): Promise<AddressView | Refused> {
  const found = await findAddress(deps, ref);
  if (found.kind === 'refused') return found;
  const warmUp = wanted && warmUpFrom(deps, wanted);
  if (warmUp !== undefined && 'kind' in warmUp) return warmUp;
  await deps.store.pools.setWarmUp(found.address.id, warmUp);
  return viewOf(deps, { ...found.address, warmUp });
}

function warmUpFrom({ now }: AddressDeps, { plan: name, day = 1 }: WantedWarmUp): WarmUp | Refused {
  const plan = warmUpPlan(name);
  if (plan === undefined) {
    const names = WARM_UP_PLANS.map((each) => `'${each.name}'`).join(', ');
    return refused('impossible', `there is no warm-up plan '${name}'; there are ${names}`);
  }
  if (!(Number.isInteger(day) && day >= 1 && day <= plan.perProvider.length)) {
    return refused('impossible', `the plan '${plan.name}' has days 1 to ${plan.perProvider.length}`);
  }
  return { plan: plan.name, startedAt: startedOn(now(), day) };
}
