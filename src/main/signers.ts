// The keys that sign for a domain, ready for use: read from the control store, parsed once, looked up again now and then
// so that a new or rotated key takes effect without a restart.
import type { SignatureDeps } from '../core/deliver.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { createSemaphore } from '../lib/semaphore.ts';
import { loadDkimKey } from '../mail/dkim/keys.ts';
import { signMessage, type DkimSigner } from '../mail/dkim/sign.ts';
import type { ControlStore } from '../ports/control-store.ts';

const KEPT_MS = 15_000;
const MAX_DOMAINS = 10_000;
/**
 * Signatures that a lane computes at a time. RSA runs on the threads that all lanes share (UV_THREADPOOL_SIZE is 8): with
 * three each, no lane can fill them and make another wait.
 */
const SIGNING_AT_A_TIME = 3;
const MAX_WAITING = 10_000;
const LONGEST_WAIT_MS = 60_000;

export function createSigners(store: Pick<ControlStore, 'dkimKeys'>, clock: Clock): Omit<SignatureDeps, 'cache'> {
  const known = createBoundedCache<string, Promise<readonly DkimSigner[]>>(
    { maxEntries: MAX_DOMAINS, ttlMs: KEPT_MS },
    clock,
  );
  const budget = createSemaphore({ permits: SIGNING_AT_A_TIME, maxWaiters: MAX_WAITING }, clock);

  async function read(domain: string): Promise<readonly DkimSigner[]> {
    const keys = await store.dkimKeys(domain);
    return keys
      .filter((key) => key.active)
      .map(({ selector, algorithm, privateKeyPem }) => ({
        domain,
        selector,
        algorithm,
        key: loadDkimKey(privateKeyPem, algorithm),
      }));
  }

  return {
    signersOf(domain) {
      const found = known.get(domain);
      if (found !== undefined) return found;
      const asked = read(domain);
      known.set(domain, asked);
      asked.catch(() => known.delete(domain));
      return asked;
    },
    async signMessage(raw, signers) {
      const permit = budget.tryAcquire() ?? (await waited());
      try {
        return await signMessage(raw, signers, { now: clock.now() });
      } finally {
        permit();
      }
    },
  };

  async function waited(): Promise<() => void> {
    const permit = await budget.acquire({ timeoutMs: LONGEST_WAIT_MS });
    if (permit.kind !== 'acquired') throw new Error('too many messages wait for their signature');
    return permit.release;
  }
}
