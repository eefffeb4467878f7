// Deletes streams that were archived long ago, with what belongs to them (contract sending 13). What was sent through them
// goes when retention ends.
//
// Promises: a bounded number at a time, so that nobody who waits for the control data waits for long; a failure is logged and
// the next look tries again.
import { PURGE_AFTER_MS } from '../domain/stream.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface PurgeStreamsDeps {
  readonly store: { readonly messageStreams: Pick<ControlStore['messageStreams'], 'purge'> };
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs?: number;
}

const HOUR_MS = 3_600_000;
const STREAMS_AT_A_TIME = 20;

/** Looks at once, and then every hour; the returned function ends it. */
export function keepPurgingStreams(deps: PurgeStreamsDeps): () => void {
  const { clock, log, everyMs = HOUR_MS } = deps;
  let cancel = (): void => undefined;
  let ended = false;
  const look = async (): Promise<void> => {
    try {
      await purgeStreams(deps);
    } catch (error) {
      log.error({ err: error }, 'archived streams could not be deleted; trying again later');
    }
    if (!ended) cancel = clock.after(everyMs, () => void look());
  };
  void look();
  return () => {
    ended = true;
    cancel();
  };
}

export async function purgeStreams({ store, clock, log }: PurgeStreamsDeps): Promise<void> {
  const purged = await store.messageStreams.purge(clock.now() - PURGE_AFTER_MS, STREAMS_AT_A_TIME);
  for (const { serverId, streamId } of purged) {
    log.info({ serverId, stream: streamId }, 'a stream that was archived long ago is deleted');
  }
}
