// The guards as the activity thread runs them: over their file, with the thresholds of the settings, and a tick a second.
import type { Config } from './config.ts';
import { guardFile } from './files.ts';
import { guardThresholds } from './guard-settings.ts';
import { openGuardStore } from '../backends/sqlite/guard-store.ts';
import { openGuard, type Guard } from '../core/consume/guard.ts';
import { createHygiene } from '../core/consume/hygiene.ts';
import { createRecipientProvider } from '../core/consume/recipient-provider.ts';
import { testRecipient } from '../domain/test-address.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { readBodies } from '../mail/mime/parse.ts';
import type { PoolStore } from '../ports/pool-store.ts';

export interface GuardToRun {
  readonly config: Config;
  readonly pools: PoolStore;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningGuard extends Guard {
  /** Ends the ticks and saves what is left; the consumers must have ended. */
  close(): Promise<void>;
}

const TICK_MS = 500;

export async function startGuard({ config, pools, clock, log }: GuardToRun): Promise<RunningGuard> {
  const guard = await openGuard({
    store: openGuardStore(guardFile(config.data)),
    pools,
    thresholds: guardThresholds(config),
    providerOf: createRecipientProvider(clock),
    hygiene: createHygiene({ recipients: config.guardBulkRecipients, readBodies, random: Math.random, clock }),
    isTestAddress: (address) => testRecipient(address, undefined, [config.hostname]) !== undefined,
    clock,
    log,
  });
  let last: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;
  let stopped = false;
  const tickLater = (): void => {
    cancel = clock.after(TICK_MS, () => {
      last = guard.tick().then(() => (stopped ? undefined : tickLater()));
    });
  };
  tickLater();
  return {
    ...guard,
    async close() {
      stopped = true;
      cancel();
      await last;
      await guard.close();
    },
  };
}
