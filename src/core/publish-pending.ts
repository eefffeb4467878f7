// Moves events that were written with a change of the control data into the log outside lanes, where consumers read them.
//
// Promises: in order, each at least once; one pass at a time. What a change has written is there when `now` resolves; what a
// crash or another process (the command line) has left behind is found by looking again. A failure costs nothing but time.
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { SuppressionLists } from '../ports/suppression-lists.ts';

export interface PublishDeps {
  readonly lists: Pick<SuppressionLists, 'pendingEvents' | 'dropPendingEvents'>;
  readonly frontLog: Pick<EventLog, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Publisher {
  /** Resolves when everything that was pending is in the log, or when that failed (which is logged). */
  now(): Promise<void>;
  /** Resolves when the pass under way has ended. */
  stop(): Promise<void>;
}

const AT_A_TIME = 200;
const LOOK_EVERY_MS = 1000;

export function startPublisher({ lists, frontLog, clock, log }: PublishDeps): Publisher {
  let passing: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;
  let stopped = false;

  async function pass(): Promise<void> {
    for (;;) {
      const pending = await lists.pendingEvents(AT_A_TIME);
      const last = pending.at(-1);
      if (last === undefined) return;
      await frontLog.append(pending.map(({ event }) => event));
      await lists.dropPendingEvents(last.id);
    }
  }

  /** One after the other: two at once would write events twice. */
  function now(): Promise<void> {
    passing = passing.then(pass).catch((error: unknown) => {
      log.error({ err: error }, 'changes of suppressions could not be published; trying again');
    });
    return passing;
  }

  function lookLater(): void {
    if (!stopped) cancel = clock.after(LOOK_EVERY_MS, () => void now().then(lookLater));
  }

  void now().then(lookLater);
  return {
    now,
    async stop() {
      stopped = true;
      cancel();
      await passing;
    },
  };
}
