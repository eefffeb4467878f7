// The mailbox provider of an event's recipient: by the recipient's domain where that is enough, else by the host that was
// spoken to, which is remembered for the domain. Complaints and reports of bounces name no host.
import { OTHER_PROVIDER, providerOfDomain } from '../../domain/mailbox-provider.ts';
import { providerOfHost } from '../../domain/shaping/provider-of.ts';
import { createBoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import type { EventOfRecipient } from './guard.ts';

const DAY_MS = 86_400_000;

export function createRecipientProvider(
  clock: Pick<Clock, 'now'>,
  maxDomains = 4096,
): (event: Pick<EventOfRecipient, 'address' | 'peer'>) => string {
  const seen = createBoundedCache<string, string>({ maxEntries: maxDomains, ttlMs: 7 * DAY_MS }, clock);
  return ({ address, peer }) => {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    const known = providerOfDomain(domain);
    if (known !== undefined) return known;
    if (peer === undefined) return seen.get(domain) ?? OTHER_PROVIDER;
    const provider = providerOfHost(peer.host.toLowerCase());
    // Only those of a provider need to be remembered.
    if (provider !== undefined) seen.set(domain, provider);
    return provider ?? OTHER_PROVIDER;
  };
}
