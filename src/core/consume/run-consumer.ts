// The loop of one consumer over one event log: read from the cursor, apply, repeat.
//
// Promises: events are applied in order, none is skipped; a failure is logged and tried again with growing waits, from
// the cursor that the consumer itself kept. The loop rests until it is woken (many wakes are one) or a fall-back timer
// runs out, and gives way to other work between batches.
// Leaves to consumers: to commit an effect together with its cursor, which is what makes restarts free of repeats.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { nominalMs } from '../../lib/backoff.ts';
import type { Backoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { LoggedEvent } from '../../domain/event.ts';
import type { EventReader } from '../../ports/event-log.ts';

export interface EventBatch {
  /** The `seq` that was reached before. */
  readonly after: number;
  /** The `seq` of the last event. */
  readonly upTo: number;
  readonly events: readonly LoggedEvent[];
}

export interface Consumer {
  readonly name: string;
  /** The `seq` of the last event whose effect is kept. */
  cursor(): Promise<number>;
  /** Keeps the effect of the batch and moves the cursor in one commit. */
  apply(batch: EventBatch): Promise<void>;
}

export interface ConsumerOptions {
  readonly consumer: Consumer;
  readonly events: Pick<EventReader, 'read'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<ConsumerLimits>;
}

export interface ConsumerLimits {
  /** Events in one batch, at most. */
  readonly batch: number;
  /** How long a wake waits for company, so that a busy log is read in batches and not event by event. Milliseconds. */
  readonly lingerMs: number;
  /** The log is looked at this often, also without a wake. Milliseconds. */
  readonly pollMs: number;
  readonly retry: Backoff;
}

export const CONSUMER_LIMITS: ConsumerLimits = {
  batch: 500,
  lingerMs: 50,
  pollMs: 1000,
  retry: { baseMs: 200, factor: 2, maxMs: 30_000, jitter: 0 },
};

export interface RunningConsumer {
  /** New events exist. Cheap; may be called for every event. */
  wake(): void;
  /** The `seq` reached; undefined before the cursor was read and after a failure. */
  position(): number | undefined;
  /** Resolves when the loop has ended after the signal; never rejects. */
  readonly stopped: Promise<void>;
}

export function runConsumer(options: ConsumerOptions, signal: AbortSignal): RunningConsumer {
  const limits = { ...CONSUMER_LIMITS, ...options.limits };
  const bell = createBell(options.clock, signal);
  const state: LoopState = { position: undefined, failures: 0 };
  return {
    wake: () => bell.ring(),
    position: () => state.position,
    stopped: loop({ ...options, limits, bell, state, signal }),
  };
}

interface LoopState {
  position: number | undefined;
  failures: number;
}

interface Loop extends ConsumerOptions {
  readonly limits: ConsumerLimits;
  readonly bell: Bell;
  readonly state: LoopState;
  readonly signal: AbortSignal;
}

async function loop(the: Loop): Promise<void> {
  while (!the.signal.aborted) {
    try {
      const more = await step(the);
      the.state.failures = 0;
      await (more ? nextTurn() : rest(the));
    } catch (error) {
      await recover(the, error);
    }
  }
}

/** Reads and applies one batch; true where there may be more. */
async function step({ consumer, events, limits, state }: Loop): Promise<boolean> {
  const after = (state.position ??= await consumer.cursor());
  const found = await events.read(after, limits.batch);
  const last = found.at(-1);
  if (last === undefined) return false;
  await consumer.apply({ after, upTo: last.seq, events: found });
  state.position = last.seq;
  return found.length >= limits.batch;
}

async function rest({ bell, limits }: Loop): Promise<void> {
  if (await bell.wait(limits.pollMs)) await bell.pause(limits.lingerMs);
}

/** The failure may have come after the commit: what the consumer kept decides where to go on. */
async function recover({ consumer, log, limits, state, bell }: Loop, error: unknown): Promise<void> {
  state.failures += 1;
  const waitMs = nominalMs(limits.retry, state.failures);
  log.error(
    { consumer: consumer.name, after: state.position, failures: state.failures, waitMs, err: error },
    'events could not be applied and will be tried again',
  );
  state.position = undefined;
  await bell.pause(waitMs);
}

interface Bell {
  ring(): void;
  /** True when rung, now or since the last wait; false after `ms` or an abort. */
  wait(ms: number): Promise<boolean>;
  /** Ends after `ms` or an abort, whatever rings. */
  pause(ms: number): Promise<void>;
}

function createBell(clock: Clock, signal: AbortSignal): Bell {
  let rung = false;
  let answer: (() => void) | undefined;

  const sleep = (ms: number, ring: 'ends it' | 'is kept'): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        answer = undefined;
        resolve();
      };
      const cancel = clock.after(ms, done);
      signal.addEventListener('abort', done, { once: true });
      if (ring === 'ends it') answer = done;
    });

  return {
    ring() {
      rung = true;
      answer?.();
    },
    async wait(ms) {
      if (!rung) await sleep(ms, 'ends it');
      const was = rung;
      rung = false;
      return was;
    },
    pause: (ms) => sleep(ms, 'is kept'),
  };
}
