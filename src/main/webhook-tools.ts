// What the webhooks of this installation are probed with.
import type { Config } from './config.ts';
import { dnsServers } from './routing.ts';
import { createWebhookCaller } from '../backends/net/call-webhook.ts';
import { createResolver } from '../backends/net/resolver.ts';
import type { WebhookTools } from '../core/manage-webhooks.ts';
import type { Clock } from '../lib/clock.ts';
import { createNetworkPolicy, parseCidr } from '../lib/network-policy.ts';
import { createSemaphore } from '../lib/semaphore.ts';

export interface OpenWebhookTools extends WebhookTools {
  /** Ends look-ups under way. */
  close(): void;
}

export function openWebhookTools(
  config: Config,
  { clock, version }: { clock: Clock; version: string },
): OpenWebhookTools {
  const policy = createNetworkPolicy(config.allowNetworks.map(parseCidr).filter((cidr) => cidr !== undefined));
  const refusal = (address: string): string | undefined => policy.refusal(address);
  const resolver = createResolver({ servers: dnsServers(config), cacheSize: KEPT_ANSWERS, timeoutMs: DNS_MS, clock });
  return {
    call: createWebhookCaller({
      resolver,
      refusal,
      clock,
      timeoutMs: PROBE_MS,
      userAgent: `Bulkhead/${version}`,
    }),
    refusal,
    verifyByDefault: config.verifyWebhooks,
    probes: createSemaphore({ permits: PROBES, maxWaiters: MAX_WAITERS }, clock),
    now: () => clock.now(),
    close: () => resolver.close(),
  };
}

const KEPT_ANSWERS = 1000;
const DNS_MS = 5000;
const PROBE_MS = 10_000;
/** Webhooks probed at a time; each has six triggers at most. */
const PROBES = 10;
const MAX_WAITERS = 50;
