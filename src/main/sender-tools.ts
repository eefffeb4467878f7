// What working with sending domains needs of this installation, for the server and the command line alike.
import type { Config } from './config.ts';
import { freshResolver } from './fresh-resolver.ts';
import type { DomainRules, KeyDeps } from '../core/manage-domains.ts';
import type { VerifyDeps } from '../core/verify-domain.ts';
import type { Clock } from '../lib/clock.ts';
import { createSemaphore } from '../lib/semaphore.ts';
import { generateDkimKey } from '../mail/dkim/keys.ts';

export interface DomainTools extends Required<Pick<KeyDeps, 'generateKey'>>, Pick<VerifyDeps, 'resolver'> {
  readonly rules: DomainRules;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const MAX_KEYS_WAITING = 100;
const KEY_WAIT_MS = 30_000;

export function senderTools(config: Config, clock: Clock): DomainTools {
  const afresh = freshResolver(config, clock);
  return {
    rules: {
      returnPathTarget: config.returnPathDomain,
      graceMs: config.domainGraceDays * DAY_MS,
      checkEveryMs: config.domainCheckEvery * SECOND_MS,
    },
    resolver: { txt: (name) => afresh((dns) => dns.txt(name)), cname: (name) => afresh((dns) => dns.cname(name)) },
    generateKey: oneAtATime(clock),
  };
}

/** Keys are computed on the threads that sign mail: who adds many domains at once must not take them all. */
function oneAtATime(clock: Clock): typeof generateDkimKey {
  const turn = createSemaphore({ permits: 1, maxWaiters: MAX_KEYS_WAITING }, clock);
  return async (algorithm) => {
    const permit = await turn.acquire({ timeoutMs: KEY_WAIT_MS });
    if (permit.kind !== 'acquired') throw new Error('too many DKIM keys are being made');
    try {
      return await generateDkimKey(algorithm);
    } finally {
      permit.release();
    }
  };
}
