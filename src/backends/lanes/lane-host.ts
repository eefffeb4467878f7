// The other end of lane-client, inside the lane's thread: writes batches to the queue and answers after the commit.
import type { Event } from '../../domain/event.ts';
import { unpack, type FromLane, type LaneReport, type ToLane } from './protocol.ts';
import type { LaneId } from '../../lib/ids.ts';
import type { LaneAnswers, LaneQuestion, LaneTopic } from '../../ports/lane-questions.ts';
import type { LaneQueue, NewMessage } from '../../ports/lane-queue.ts';

export interface LaneHostDeps {
  readonly lane: LaneId;
  readonly queue: LaneQueue;
  readonly post: (message: FromLane) => void;
  readonly report: () => Promise<LaneReport>;
  readonly answers: LaneAnswers;
  /** A question that could not be answered, or old mail that could not be dropped. */
  readonly onTrouble: (what: LaneTopic | 'purge', error: unknown) => void;
  /** Called after each durable append, and after settling (see `eventsWritten`). */
  readonly onAppended: () => void;
  readonly purge: (before: number, consumed: number) => Promise<void>;
  /** Reads the control data again. */
  readonly controlChanged: () => Promise<void>;
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

  async function append({ batch, messages }: Extract<ToLane, { kind: 'append' }>): Promise<void> {
    const failed = await failureOf(() => deps.queue.append(messages.map((packed) => own(deps.lane, unpack(packed)))));
    deps.post({ kind: 'appended', batch, failed });
    if (failed !== undefined) return;
    deps.onAppended();
    eventsWritten();
  }

  /** What people ask must not end a lane: a question that cannot be answered is one without an answer. */
  async function answer(question: LaneQuestion): Promise<unknown> {
    const tell = deps.answers[question.topic] as (question: LaneQuestion) => unknown;
    try {
      return await tell(question);
    } catch (error) {
      deps.onTrouble(question.topic, error);
      return undefined;
    }
  }

  async function record({ batch, events }: Extract<ToLane, { kind: 'record' }>): Promise<void> {
    const failed = await failureOf(() => deps.queue.record(events.flatMap((text) => JSON.parse(text) as Event[])));
    deps.post({ kind: 'recorded', batch, failed });
    if (failed === undefined) eventsWritten();
  }

  async function receive(message: ToLane): Promise<void> {
    switch (message.kind) {
      case 'append':
        return append(message);
      case 'record':
        return record(message);
      case 'report':
        deps.post({ kind: 'report', request: message.request, report: await deps.report() });
        return;
      case 'ask':
        deps.post({ kind: 'answer', request: message.request, answer: await answer(message.question) });
        return;
      case 'purge':
        // What stays is dropped the next time; it must not end the lane, least of all where the disk is full.
        return deps.purge(message.before, message.consumed).catch((error: unknown) => deps.onTrouble('purge', error));
      case 'control':
        return deps.controlChanged();
      case 'stop':
        await deps.stop(message.graceMs);
        deps.post({ kind: 'stopped' });
        return;
    }
  }

  return { receive, eventsWritten };
}

/** The last line of defence: mail of another lane never gets into this one's queue. */
function own(lane: LaneId, given: NewMessage): NewMessage {
  if (given.message.lane !== lane) throw new Error(`a message of the lane ${given.message.lane} came to ${lane}`);
  return given;
}

/** Undefined where it succeeded. */
async function failureOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Readers look at the log that often at most; far below the second within which a message is promised to be readable. */
const NOTIFY_MS = 25;
