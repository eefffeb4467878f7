// The other end of lane-client, inside the lane's thread: appends batches to the queue and answers after the commit.
import { unpack, type FromLane, type LaneReport, type ToLane } from './protocol.ts';
import type { LaneQueue } from '../../ports/lane-queue.ts';

export interface LaneHostDeps {
  readonly queue: LaneQueue;
  readonly post: (message: FromLane) => void;
  readonly report: () => Promise<LaneReport>;
  /** Called after each durable append, and after settling (see `eventsWritten`). */
  readonly onAppended: () => void;
  readonly purge: (before: number, consumed: number) => Promise<void>;
  readonly stop: (graceMs: number) => Promise<void>;
}

export interface LaneHost {
  receive(message: ToLane): Promise<void>;
  /** Says once per `NOTIFY_MS` at most that events were written. */
  eventsWritten(): void;
}

export function hostLane(deps: LaneHostDeps): LaneHost {
  let notifying = false;

  function eventsWritten(): void {
    if (notifying) return;
    notifying = true;
    setTimeout(() => {
      notifying = false;
      deps.post({ kind: 'events' });
    }, NOTIFY_MS);
  }

  async function append(message: Extract<ToLane, { kind: 'append' }>): Promise<void> {
    let failed: string | undefined;
    try {
      await deps.queue.append(message.messages.map(unpack));
    } catch (error) {
      failed = error instanceof Error ? error.message : String(error);
    }
    deps.post({ kind: 'appended', batch: message.batch, failed });
    if (failed !== undefined) return;
    deps.onAppended();
    eventsWritten();
  }

  async function receive(message: ToLane): Promise<void> {
    switch (message.kind) {
      case 'append':
        return append(message);
      case 'report':
        deps.post({ kind: 'report', request: message.request, report: await deps.report() });
        return;
      case 'purge':
        return deps.purge(message.before, message.consumed);
      case 'stop':
        await deps.stop(message.graceMs);
        deps.post({ kind: 'stopped' });
        return;
    }
  }

  return { receive, eventsWritten };
}

/** Readers look at the log that often at most; far below the second within which a message is promised to be readable. */
const NOTIFY_MS = 25;
