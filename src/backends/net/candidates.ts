// The addresses of a site in the order in which a new connection tries them, and what is remembered of recent failures.
//
// Order: as the site gives it, but addresses that could not be reached a moment ago come last, so that a dead primary
// host costs its time-out once a minute and not once a message. Each comes with the lane's own addresses of its family, the
// next ones for the case that the system refuses the first; without any it is left out: a lane never falls back to an
// address that is not its own.
import { isIP } from 'node:net';
import { createBoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TlsRequirement } from '../../mail/tls/requirement.ts';
import type { AddressBook, LocalAddress, Site } from '../../ports/egress.ts';

export interface Candidate {
  readonly host: string;
  readonly address: string;
  readonly local: LocalAddress;
  readonly requirement: TlsRequirement | undefined;
}

export interface Candidates {
  of(site: Site): readonly Candidate[];
  /** It could not be reached. */
  failed(address: string): void;
  reached(address: string): void;
  /** Its STARTTLS is broken: for a while it is not tried again. */
  tlsFailed(address: string): void;
  skipsTls(address: string): boolean;
  /** Content sent unasked did not do well there: for a while it is asked first. */
  askFirst(address: string): void;
  isAskedFirst(address: string): boolean;
}

export function createCandidates(book: AddressBook, clock: Clock): Candidates {
  const unreachable = createBoundedCache<string, true>({ maxEntries: MAX_REMEMBERED, ttlMs: UNREACHABLE_MS }, clock);
  const withoutTls = createBoundedCache<string, true>({ maxEntries: MAX_REMEMBERED, ttlMs: BROKEN_TLS_MS }, clock);
  const asked = createBoundedCache<string, true>({ maxEntries: MAX_REMEMBERED, ttlMs: ASKED_FIRST_MS }, clock);

  return {
    of: (site) => {
      const locals = book.forSite(site);
      const all = site.hosts.flatMap(({ host, addresses, tls }) =>
        addresses.flatMap((address) => {
          const family = isIP(address);
          const fitting = locals.filter((local) => local.family === undefined || local.family === family);
          return fitting.map((local) => ({ host, address, local, requirement: tls }));
        }),
      );
      if (unreachable.size === 0) return all;
      const late = all.filter(({ address }) => unreachable.get(address));
      return late.length === 0 ? all : [...all.filter((candidate) => !late.includes(candidate)), ...late];
    },
    failed: (address) => unreachable.set(address, true),
    reached: (address) => void unreachable.delete(address),
    tlsFailed: (address) => withoutTls.set(address, true),
    skipsTls: (address) => withoutTls.get(address) ?? false,
    askFirst: (address) => asked.set(address, true),
    isAskedFirst: (address) => asked.get(address) ?? false,
  };
}

const MAX_REMEMBERED = 10_000;
const UNREACHABLE_MS = 60_000;
const BROKEN_TLS_MS = 600_000;
const ASKED_FIRST_MS = 86_400_000;
