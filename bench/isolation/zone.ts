// Who lives where in the isolation bench. Every destination domain has an MX host of its own at an address of its own, so
// that each is a destination of its own to every mail server. Transactional and broadcast mail share no destination, and
// each has a sink in a process of its own; all of them listen on one port.
import type { DomainRange } from '../load/message.ts';
import { sinkDomain } from '../load/message.ts';
import type { Zone, ZoneEntry } from '../system/dns.ts';
import type { Scenario } from './scenarios.ts';

const DIGITS = 3;
/** A healthy or troubled far side: several large providers. */
const LIVE = 8;
/** Dead ones: the long tail of an old list. */
const DEAD = 200;

export const PROBE_DOMAINS: DomainRange = { first: 900, count: 4, digits: DIGITS };
export const LANE_ADDRESSES = { transactional: '127.0.0.2', broadcast: '127.0.0.3' } as const;
export const PROBE_HOSTS = addresses(10, PROBE_DOMAINS.count);
export const BROADCAST_HOSTS = addresses(20, LIVE);
/** Nobody listens here: a connection is refused at once. */
export const CLOSED_HOST = '127.0.0.40';
export const BLACK_HOLES = addresses(50, 4);
/** For a DNS on port 53, where a peer cannot be told another. */
export const DNS_HOST = '127.0.0.60';

export function broadcastDomains({ dead }: Pick<Scenario, 'dead'>): DomainRange {
  return { first: 0, count: dead ? DEAD : LIVE, digits: DIGITS };
}

export function zoneOf(scenario: Pick<Scenario, 'dead'>): Zone {
  const zone = new Map<string, ZoneEntry>();
  for (const [index, address] of PROBE_HOSTS.entries()) {
    zone.set(sinkDomain(PROBE_DOMAINS.first + index, DIGITS), { address, manner: 'answers' });
  }
  const { first, count } = broadcastDomains(scenario);
  for (let index = 0; index < count; index += 1) {
    const entry = scenario.dead
      ? deadEntry(index)
      : ({ address: at(BROADCAST_HOSTS, index), manner: 'answers' } as const);
    zone.set(sinkDomain(first + index, DIGITS), entry);
  }
  return zone;
}

export function isProbeDomain(domain: string): boolean {
  const number = Number(/^sink(\d+)\.test$/.exec(domain)?.[1]);
  return number >= PROBE_DOMAINS.first && number < PROBE_DOMAINS.first + PROBE_DOMAINS.count;
}

/** Of ten domains two refuse connections, three swallow them, and the DNS of five is lame in one of three ways. */
function deadEntry(index: number): ZoneEntry {
  const hole = at(BLACK_HOLES, index);
  switch (index % 10) {
    case 0:
    case 1:
      return { address: CLOSED_HOST, manner: 'answers' };
    case 2:
    case 3:
    case 4:
      return { address: hole, manner: 'answers' };
    case 5:
      return { address: hole, manner: 'servfail' };
    case 6:
    case 7:
      return { address: hole, manner: 'silent' };
    default:
      return { address: index % 10 === 8 ? hole : CLOSED_HOST, manner: 'late' };
  }
}

function at(list: readonly string[], index: number): string {
  return list[index % list.length] ?? '';
}

function addresses(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.0.0.${first + index}`);
}
