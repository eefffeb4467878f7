// What a lane tells of its sites, for people and for numbers: pictures of one moment, made when they are asked for.
import type { PaceBook, Paced } from './pace-book.ts';
import type { PaceState, PaceView } from '../domain/pacing/site-pace.ts';
import { providerOf } from '../domain/shaping/provider-of.ts';
import type { Site } from '../ports/egress.ts';
import type { SiteHold, SitePace } from '../ports/lane-questions.ts';

export interface LaneSite extends SitePace {
  readonly state: PaceState;
  /** MX hosts of the newest of the sites that share the pace. */
  readonly hosts: readonly string[];
  /** Unix milliseconds: until then deliveries that were put off come back; undefined where there are none. */
  readonly comingUntil: number | undefined;
}

export type PaceCounts = Readonly<Record<PaceState, number>>;

/** Those with trouble or work first. */
export function laneSites<Job>(book: PaceBook<Job>, limit: number, now: number): readonly LaneSite[] {
  const all = [...book.all()].map((paced) => ({ paced, weight: weightOf(paced, now) }));
  all.sort((one, other) => other.weight - one.weight);
  return all.slice(0, limit).map(({ paced }) => siteOf(paced, now));
}

/** Sites remembered, by the state of their pace. */
export function countPaces<Job>(book: PaceBook<Job>, now: number): PaceCounts {
  const counts = { open: 0, slow: 0, 'backing-off': 0, unreachable: 0, blocked: 0 };
  for (const { pace } of book.all()) counts[pace.stateAt(now)] += 1;
  return counts;
}

export interface WaitReason {
  readonly site?: string;
  readonly provider?: string;
  readonly hold?: SiteHold;
}

/** Which site it is, and what holds its deliveries; no hold where they only wait for their turn, or are not known to wait. */
export function whyWaiting<Job>(book: PaceBook<Job>, site: Site, now: number): WaitReason {
  const provider = providerOf(site.hosts.map(({ host }) => host));
  const paced = book.find(site);
  const named = { site: paced?.key ?? site.key, ...(provider === undefined ? {} : { provider }) };
  const hold = paced === undefined ? undefined : holdOf(paced, now);
  return hold === undefined ? named : { ...named, hold };
}

function weightOf<Job>({ pace, lines }: Paced<Job>, now: number): number {
  const trouble = pace.stateAt(now) === 'open' ? 0 : TROUBLE;
  return lines.size + pace.active + trouble + (lines.comingUntil(now) > 0 ? COMING : 0);
}

function siteOf<Job>({ key, provider, site, pace, lines }: Paced<Job>, now: number): LaneSite {
  const coming = lines.comingUntil(now);
  return {
    key,
    provider: provider?.id,
    hosts: site.hosts.map(({ host }) => host),
    waiting: lines.size,
    active: pace.active,
    comingUntil: coming > 0 ? coming : undefined,
    ...pace.view(now),
  };
}

function holdOf<Job>({ provider, site, pace, lines }: Paced<Job>, now: number): SiteHold | undefined {
  const view = pace.view(now);
  const name = provider?.name ?? site.hosts[0]?.host ?? site.key;
  if (view.state === 'open' && lines.size === 0 && lines.comingUntil(now) === 0) return undefined;
  return { kind: view.state === 'open' ? 'turn' : view.state, reason: inWords(name, view), until: view.until };
}

function inWords(name: string, { state, concurrency, perMinute, reason }: PaceView): string {
  const because = reason === undefined ? '' : `: ${reason}`;
  const rate = perMinute === undefined ? '' : `, ${perMinute} a minute`;
  const pace = `${concurrency} at a time${rate}`;
  switch (state) {
    case 'open':
      return `waits for its turn at ${name}, where the lane sends ${pace}`;
    case 'slow':
      return `${name} is sent to more slowly (${pace})${because}`;
    case 'backing-off':
      return `${name} asked us to wait${because}`;
    case 'unreachable':
      return `${name} cannot be reached${because}`;
    case 'blocked':
      return `${name} refuses mail from this lane's address${because}`;
  }
}

const TROUBLE = 1e9;
const COMING = 1e6;
