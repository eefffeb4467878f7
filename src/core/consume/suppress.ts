// Turns bounces that say an address is gone for good into suppressions on the stream of the message (contract sending 17).
//
// Promises: the suppression and the cursor move in one commit, so a reader that starts again never suppresses an address
// a second time after a person has reactivated it.
import type { BouncedEvent, LoggedEvent } from '../../domain/event.ts';
import type { Suppression } from '../../domain/suppression.ts';
import type { LogName } from '../../ports/activity-index.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { Consumer } from './run-consumer.ts';

const NAME = 'suppress';

/**
 * Without a suppression there is nothing to keep, so the cursor is written only after this many events: control data is
 * synced to disk on every commit, and events without effect are harmless to read again.
 */
const EVENTS_PER_IDLE_COMMIT = 5000;

export type SuppressStore = Pick<ControlStore, 'cursor' | 'suppressAndAdvance'>;

export function createSuppressConsumer(
  store: SuppressStore,
  log: LogName,
  eventsPerIdleCommit: number = EVENTS_PER_IDLE_COMMIT,
): Consumer {
  let unwritten = 0;
  return {
    name: NAME,
    cursor: () => store.cursor(NAME, log.id),
    async apply({ events, upTo }) {
      const rows = suppressionsOf(events);
      unwritten += events.length;
      if (rows.length === 0 && unwritten < eventsPerIdleCommit) return;
      await store.suppressAndAdvance(rows, NAME, log.id, upTo);
      unwritten = 0;
    },
  };
}

export function suppressionsOf(events: readonly LoggedEvent[]): readonly Suppression[] {
  return events.flatMap(({ event }) => (event.kind === 'bounced' && event.deactivates ? [suppression(event)] : []));
}

function suppression(event: BouncedEvent): Suppression {
  return {
    serverId: event.serverId,
    streamId: event.streamId,
    address: event.address.toLowerCase(),
    reason: event.type === 'SpamComplaint' ? 'SpamComplaint' : 'HardBounce',
    origin: 'Recipient',
    createdAt: event.at,
  };
}
