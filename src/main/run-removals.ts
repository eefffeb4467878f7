// Data removals as the activity thread does them, which owns the index: soon after they were asked for, and again after a
// restart where one was under way. They are done whether or not new ones may be asked for.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';
import { systemMailOn } from './system-mail.ts';
import type { Bus } from '../backends/lanes/bus.ts';
import { createErasureMarks, type ErasureMarks } from '../core/erasure-marks.ts';
import { removalNotice } from '../core/removal-notice.ts';
import { createRemoveData } from '../core/remove-data.ts';
import type { Clock } from '../lib/clock.ts';
import { keyedHash } from '../lib/keyed-hash.ts';
import type { Log } from '../lib/log.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { Eraser } from '../ports/erasure.ts';

export function hashErased({ erasureKey }: Pick<Secrets, 'erasureKey'>): (address: string) => string {
  return (address) => keyedHash(address, erasureKey);
}

/** With all marks read: nothing may be indexed before. */
export async function openErasureMarks(
  store: Pick<ControlStore, 'removals'>,
  secrets: Pick<Secrets, 'erasureKey'>,
): Promise<ErasureMarks> {
  const marks = createErasureMarks({ store: store.removals, hashAddress: hashErased(secrets) });
  await marks.refresh();
  return marks;
}

export interface RemovalsToRun {
  readonly config: Pick<Config, 'hostname'>;
  readonly store: Pick<ControlStore, 'removals'>;
  readonly marks: ErasureMarks;
  readonly index: Eraser;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs until it is stopped. */
export function startRemovals({ config, store, marks, index, bus, clock, log }: RemovalsToRun): {
  stop(): Promise<void>;
} {
  const sendMail = systemMailOn(bus);
  const from = `data-removals@${config.hostname}`;
  const removeData = createRemoveData({
    store: store.removals,
    marks,
    index,
    tell: ({ id, requestedBy: to, at: requestedAt, erasedAt = clock.now() }) =>
      sendMail([to], removalNotice({ from, to, id, requestedAt, erasedAt })),
    pause: () => nextTurn(),
    clock,
    log,
  });
  const abort = new AbortController();
  let last: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;
  const later = (): void => {
    cancel = clock.after(LOOK_EVERY_MS, () => {
      last = removeData(abort.signal).then(() => (abort.signal.aborted ? undefined : later()));
    });
  };
  later();
  return {
    async stop() {
      abort.abort();
      cancel();
      await last;
    },
  };
}

const LOOK_EVERY_MS = 1000;
