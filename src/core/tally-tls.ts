// Counts sessions by how TLS went, as a lane opens them, and tells the desk every few seconds.
//
// Promises: a session costs one look into a map; at most a bounded number of kinds is held, further ones are not counted.
import type { Clock } from '../lib/clock.ts';
import type { TlsRequirement } from '../mail/tls/requirement.ts';
import { formatRecord } from '../mail/tls/tlsa.ts';
import type { TlsResult } from '../ports/egress.ts';
import type { PolicyType, TlsDesk, TlsTally } from '../ports/tls-desk.ts';

export interface TlsTallies {
  count(result: TlsResult): void;
  /** Tells what is left, and no more after it. */
  close(): void;
}

export function createTlsTallies(desk: Pick<TlsDesk, 'tell'>, clock: Clock): TlsTallies {
  const held = new Map<string, TlsTally>();
  let cancel: (() => void) | undefined;

  function flush(): void {
    cancel = undefined;
    desk.tell([...held.values()]);
    held.clear();
  }

  return {
    count(result) {
      const { domain, host, ip, localIp, requirement, session, flaw } = result;
      // What a message asks for beyond the policies says nothing of the domain.
      if (requirement?.kind === 'barred' && requirement.forGood === true) return;
      const policyType = policyTypeOf(requirement);
      const key = [policyType, domain, host, ip, localIp, flaw?.failure, session?.protocol].join(' ');
      const known = held.get(key);
      if (known === undefined && held.size >= MAX_HELD) return;
      held.set(key, {
        ...{ domain, policyType, host, ip, localIp, at: clock.now(), count: (known?.count ?? 0) + 1 },
        policyText: known?.policyText ?? policyTextOf(requirement),
        protocol: session?.protocol,
        cipher: session?.cipher,
        verifiedBy: session?.verifiedBy,
        failure: flaw?.failure,
        reason: flaw?.reason,
      });
      cancel ??= clock.after(FLUSH_MS, flush);
    },
    close() {
      cancel?.();
      if (held.size > 0) flush();
    },
  };
}

export function policyTypeOf(requirement: TlsRequirement | undefined): PolicyType {
  switch (requirement?.kind) {
    case undefined:
      return 'no-policy-found';
    case 'dane':
    case 'encrypted':
      return 'tlsa';
    case 'pkix':
      return requirement.by === 'mta-sts' ? 'sts' : 'no-policy-found';
    case 'barred':
      return requirement.failure === 'dnssec-invalid' ? 'tlsa' : 'sts';
  }
}

function policyTextOf(requirement: TlsRequirement | undefined): readonly string[] {
  return requirement?.kind === 'dane' ? requirement.records.map(formatRecord).sort() : [];
}

const FLUSH_MS = 2000;
const MAX_HELD = 10_000;
