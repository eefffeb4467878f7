// The guards: count what becomes of every stream's mail, and pause a stream, and only that one, whose bounces, complaints
// or deferrals would ruin the reputation of its addresses. Its mail is accepted and kept until a person resumes it.
//
// Promises: an event counts once, over restarts and replays: counts and cursors are saved in one commit, and what was read
// since is read again. What could not be judged or saved is tried again with every tick. A resumed stream is counted anew
// within a tick. Leaves to lanes: to obey holds. To domain/guard: what is too much. To guard-verdicts: holds and words.
import type { Thresholds } from '../../domain/guard.ts';
import { guardFactOf } from '../../domain/guard-fact.ts';
import type { Event } from '../../domain/event.ts';
import type { Clock } from '../../lib/clock.ts';
import { timeOfUuid } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { LogName } from '../../ports/activity-index.ts';
import type { GuardStore, StreamKey } from '../../ports/guard-store.ts';
import type { GuardWatch, StreamVerdict } from '../../ports/guard-watch.ts';
import type { PoolStore } from '../../ports/pool-store.ts';
import { createGuardBook, type GuardBook } from './guard-book.ts';
import { createGuardNotes, streamName, type GuardNotes } from './guard-notes.ts';
import { createGuardVerdicts, type GuardVerdicts } from './guard-verdicts.ts';
import type { Hygiene, ReadBody } from './hygiene.ts';
import type { Consumer } from './run-consumer.ts';

export interface GuardOptions {
  readonly store: GuardStore;
  readonly pools: Pick<PoolStore, 'hold' | 'resumptions' | 'version'>;
  readonly thresholds: Thresholds;
  /** Name of the mailbox provider that an event is about. */
  readonly providerOf: (event: EventOfRecipient) => string;
  /** Looks for bulk mail on transactional streams. */
  readonly hygiene: Hygiene;
  /** Addresses whose bounces are made up. */
  readonly isTestAddress: (address: string) => boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly limits?: Partial<GuardLimits>;
}

export type EventOfRecipient = Extract<Event, { readonly address: string; readonly attempt: number }>;

export interface GuardLimits {
  /** Windows by provider, over all streams; 4 KB each at most. */
  readonly maxWindows: number;
  /** How often counts are written, at most; more rarely where there are many. Milliseconds. */
  readonly saveEveryMs: number;
  /** How often streams that are not fine are judged again without an event. Milliseconds. */
  readonly reviewEveryMs: number;
}

const GUARD_LIMITS: GuardLimits = { maxWindows: 4096, saveEveryMs: 1000, reviewEveryMs: 60_000 };

export interface Guard extends GuardWatch {
  /** Reads one log. */
  consumer(log: LogName, body: ReadBody): Consumer;
  /** To be called about once a second. Never rejects. */
  tick(): Promise<void>;
  /** Saves what is left. */
  close(): Promise<void>;
}

interface State extends GuardOptions {
  readonly limits: GuardLimits;
  readonly book: GuardBook;
  readonly notes: GuardNotes;
  readonly verdicts: GuardVerdicts;
  /** By log: the last event that is counted. */
  readonly positions: Map<string, number>;
  hasMoved: boolean;
  /** No earlier than this is saved again. */
  saveAfter: number;
  reviewedAt: number;
  isSaving: boolean;
}

export async function openGuard(options: GuardOptions): Promise<Guard> {
  const memory = await options.store.load();
  const limits = { ...GUARD_LIMITS, ...options.limits };
  const book = createGuardBook(memory, limits.maxWindows);
  const notes = createGuardNotes(memory.notes);
  const now = options.clock.now();
  const state: State = {
    ...options,
    limits,
    book,
    notes,
    verdicts: createGuardVerdicts({ ...options, book, notes }),
    positions: new Map(memory.cursors),
    hasMoved: false,
    saveAfter: now + limits.saveEveryMs,
    reviewedAt: now,
    isSaving: false,
  };
  await state.verdicts.heedResumptions();
  return {
    consumer: (log, body) => consumerOf(state, log, body),
    async guards() {
      const at = options.clock.now();
      return verdictsOf(state).map((stream) => ({ ...stream, rates: book.rates(stream, at) }));
    },
    verdicts: async () => verdictsOf(state),
    tick: () => tick(state),
    async close() {
      await save(state);
      await options.store.close();
    },
  };
}

function consumerOf(state: State, log: LogName, body: ReadBody): Consumer {
  return {
    name: 'guard',
    cursor: async () => state.positions.get(log.id) ?? 0,
    async apply({ upTo, events }) {
      const from = state.positions.get(log.id) ?? 0;
      for (const { seq, event } of events) {
        if (seq <= from) continue;
        if (event.kind === 'accepted') state.hygiene.note(event, body);
        else count(state, event);
      }
      state.positions.set(log.id, Math.max(upTo, from));
      state.hasMoved = true;
      for (const stream of state.book.takeWorsened()) state.verdicts.makeDue(stream);
      // The position has moved with the counts, so what fails from here on is left to `tick`, and is not counted again.
      await tryJudging(state);
      await trySaving(state);
    },
  };
}

function count(state: State, event: Event): void {
  const fact = guardFactOf(event);
  if (fact === undefined || !('attempt' in event)) return;
  if (event.kind === 'bounced' && state.isTestAddress(event.address)) return;
  const { serverId, streamId, at, messageId } = event;
  const provider = state.providerOf(event);
  const isLate = event.kind === 'bounced' && event.source === 'report';
  const counted = { serverId, streamId, provider, fact, at, acceptedAt: timeOfUuid(messageId), isLate };
  state.book.count(counted, state.clock.now());
}

async function tick(state: State): Promise<void> {
  await attempt(state, 'resumed streams could not be looked for', () => state.verdicts.heedResumptions());
  if (state.clock.now() - state.reviewedAt >= state.limits.reviewEveryMs) review(state);
  await tryJudging(state);
  await attempt(state, 'content could not be looked at', () => lookForBulk(state));
  await trySaving(state);
}

/** Said once a day of a stream. */
async function lookForBulk({ hygiene, notes, clock, log }: State): Promise<void> {
  for (const { serverId, streamId, reason } of await hygiene.look()) {
    const stream = { serverId, streamId };
    const now = clock.now();
    const told = notes.of(stream).bulkLike;
    if (told !== undefined && told.at > now - DAY_MS) continue;
    notes.change(stream, { bulkLike: { at: now, reason } }, now);
    log.warn({ serverId, stream: streamId, reason }, 'mail that looks like bulk goes through a transactional stream');
  }
}

const DAY_MS = 86_400_000;

/** Time alone makes rates better: facts leave their spans. */
function review(state: State): void {
  state.reviewedAt = state.clock.now();
  state.book.sweep(state.reviewedAt);
  for (const note of state.notes.all()) {
    if (note.verdict !== 'fine') state.verdicts.makeDue(note);
    const isOver = note.bulkLike !== undefined && note.bulkLike.at < state.reviewedAt - 2 * DAY_MS;
    if (isOver) state.notes.change(note, { bulkLike: undefined }, state.reviewedAt);
  }
}

async function tryJudging(state: State): Promise<void> {
  await attempt(state, 'streams could not be judged by their guards', () => state.verdicts.judgeDue());
}

async function trySaving(state: State): Promise<void> {
  if (state.clock.now() < state.saveAfter) return;
  await attempt(state, 'what the guards have counted could not be saved', () => save(state));
}

async function attempt({ log }: State, failure: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ err: error }, `${failure}; it will be tried again`);
  }
}

/** Thousands of windows take a fifth of a second to write; saving takes a twentieth of the thread's time at most. */
const SAVE_SHARE = 20;

async function save(state: State): Promise<void> {
  const { book, notes, store, clock, limits } = state;
  const saidAnew = notes.takeUnsaved();
  if (state.isSaving || (!state.hasMoved && saidAnew.length === 0)) return notes.putBack(saidAnew);
  state.isSaving = true;
  state.hasMoved = false;
  const startedAt = clock.now();
  const changes = book.takeChanges(startedAt);
  try {
    // Counts of all logs are written together, so the cursors of all of them are, too.
    await store.save({ ...changes, notes: saidAnew, cursors: new Map(state.positions) });
  } catch (error) {
    book.putBack(changes);
    notes.putBack(saidAnew);
    state.hasMoved = true;
    throw error;
  } finally {
    state.saveAfter = startedAt + Math.max(limits.saveEveryMs, (clock.now() - startedAt) * SAVE_SHARE);
    state.isSaving = false;
  }
}

function verdictsOf({ book, notes }: State): readonly StreamVerdict[] {
  const streams = new Map<string, StreamKey>();
  for (const stream of [...book.streams(), ...notes.all()]) streams.set(streamName(stream), stream);
  return [...streams.values()]
    .sort((a, b) => a.serverId - b.serverId || (a.streamId < b.streamId ? -1 : 1))
    .map((stream) => {
      const { serverId, streamId, verdict, reason, since, bulkLike } = notes.of(stream);
      return { serverId, streamId, verdict, reason, since, bulkLike };
    });
}
