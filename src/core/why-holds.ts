// What keeps a delivery from being tried right now, in words, the strongest first: its stream, its lane, its site, its own
// last attempt. Pure. Part of why.ts.
import { attemptsOf } from './why-attempts.ts';
import { fromNow, sentence, stopped } from './why-words.ts';
import type { DeferredEvent } from '../domain/event.ts';
import type { Hold } from '../domain/hold.ts';
import type { HeldDelivery } from '../ports/lane-questions.ts';

export interface HoldWhy {
  /** `stream` and `lane` end by somebody's doing; the others by time, or when the site takes more. */
  readonly kind: 'stream' | 'lane' | 'site' | 'turn' | 'retry';
  readonly words: string;
  readonly until: number | undefined;
}

export interface HoldFacts {
  readonly delivery: HeldDelivery;
  /** Its last attempt, where it was made and put off. */
  readonly last: DeferredEvent | undefined;
  readonly hold: Hold | undefined;
  readonly now: number;
}

export function holdsOn(facts: HoldFacts): readonly HoldWhy[] {
  return [...streamHold(facts), ...laneHold(facts), ...siteHold(facts), ...retryHold(facts), ...turnHold(facts)];
}

/** What is leased already goes on. */
function streamHold({ hold, delivery, now }: HoldFacts): readonly HoldWhy[] {
  if (hold === undefined || delivery.leased) return [];
  const who = hold.by === 'guard' ? 'a guard' : 'an operator';
  const words =
    `The stream '${hold.streamId}' was paused by ${who} ${fromNow(hold.at, now)}: ${stopped(hold.reason)} ` +
    `Its mail is kept; 'bulkhead stream resume ${hold.serverId} ${hold.streamId}' sends it.`;
  return [{ kind: 'stream', words, until: undefined }];
}

function laneHold({ delivery: { hold } }: HoldFacts): readonly HoldWhy[] {
  if (hold?.kind !== 'paused') return [];
  return [{ kind: 'lane', words: `Its lane sends nothing: ${stopped(hold.reason)}`, until: hold.until }];
}

function siteHold({ delivery: { hold } }: HoldFacts): readonly HoldWhy[] {
  if (hold === undefined || hold.kind === 'paused' || hold.kind === 'turn') return [];
  return [{ kind: 'site', words: sentence(hold.reason), until: hold.until }];
}

function retryHold({ delivery, last, now }: HoldFacts): readonly HoldWhy[] {
  if (delivery.attempts === 0 || delivery.leased || delivery.dueAt <= now) return [];
  // The queue knows of an attempt a moment before the index does, and keeps its number longer.
  const told =
    last?.attempt === delivery.attempts
      ? attemptsOf([last], [last])[0]?.words
      : 'what was said is not filed yet, or no longer kept.';
  return [{ kind: 'retry', words: `Attempt ${delivery.attempts} did not succeed: ${told}`, until: delivery.dueAt }];
}

/** Ready, and others are before it. */
function turnHold({ delivery: { hold, leased, dueAt }, now }: HoldFacts): readonly HoldWhy[] {
  if (hold?.kind !== 'turn' || (!leased && dueAt > now)) return [];
  return [{ kind: 'turn', words: `It ${stopped(hold.reason)}`, until: hold.until }];
}
