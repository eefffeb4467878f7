// The keys that sign for a domain of an account, ready for use: parsed once, and looked up in the control store again every other
// second, so that a new or renewed key takes effect without a restart. The record of the key before it has to stay for
// longer than that, which domain/dkim-key.ts sees to.
import type { KeyObject } from 'node:crypto';
import type { SignatureDeps } from '../core/deliver.ts';
import type { SigningKey } from '../domain/dkim-key.ts';
import type { Message } from '../domain/message.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { createSemaphore } from '../lib/semaphore.ts';
import { loadDkimKey } from '../mail/dkim/keys.ts';
import { signMessage, type DkimSigner } from '../mail/dkim/sign.ts';
import type { ControlStore } from '../ports/control-store.ts';

type SignedMessage = Pick<Message, 'accountId' | 'signingDomain'>;

const KEPT_MS = 2000;
/** Reading a key from its text costs ten times as much as looking it up. */
const PARSED_KEPT_MS = 3_600_000;
const MAX_DOMAINS = 10_000;
/**
 * Signatures that a lane computes at a time. RSA runs on the threads that all lanes share (UV_THREADPOOL_SIZE is 8): with
 * three each, no lane can fill them and make another wait.
 */
const SIGNING_AT_A_TIME = 3;
const MAX_WAITING = 10_000;
const LONGEST_WAIT_MS = 60_000;

export function createSigners(store: Pick<ControlStore, 'senders'>, clock: Clock): Omit<SignatureDeps, 'cache'> {
  const known = createBoundedCache<string, Promise<readonly DkimSigner[]>>(
    { maxEntries: MAX_DOMAINS, ttlMs: KEPT_MS },
    clock,
  );
  const parsed = createBoundedCache<string, KeyObject>({ maxEntries: MAX_DOMAINS, ttlMs: PARSED_KEPT_MS }, clock);
  const budget = createSemaphore({ permits: SIGNING_AT_A_TIME, maxWaiters: MAX_WAITING }, clock);

  async function read({ accountId, signingDomain }: SignedMessage): Promise<readonly DkimSigner[]> {
    const keys = await store.senders.signingKeys(accountId, signingDomain);
    return keys.map((key) => {
      const { domain, selector, algorithm } = key;
      return { domain, selector, algorithm, key: parse(key) };
    });
  }

  /** A selector of a domain is given once, so that it names its key. */
  function parse({ domain, selector, algorithm, privateKeyPem }: SigningKey): KeyObject {
    const name = `${selector} ${domain}`;
    const made = parsed.get(name) ?? loadDkimKey(privateKeyPem, algorithm);
    parsed.set(name, made);
    return made;
  }

  return {
    signersOf(message) {
      const name = `${message.accountId} ${message.signingDomain}`;
      const found = known.get(name);
      if (found !== undefined) return found;
      const asked = read(message);
      known.set(name, asked);
      asked.catch(() => known.delete(name));
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
