// Turns rates into verdicts, and verdicts into holds and lines of the log: one for each change.
//
// Promises: a stream is held at most once for the same facts, also when several logs are read at the same time; a hold is
// durable before it is logged; a failure leaves the stream to be judged again. What was counted of a stream before a person
// resumed it pauses it no second time.
import { easing, judge, percentOf, rateInWords, stopReason } from '../../domain/guard.ts';
import type { Thresholds, Verdict } from '../../domain/guard.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { StreamKey } from '../../ports/guard-store.ts';
import type { PoolStore } from '../../ports/pool-store.ts';
import type { GuardBook } from './guard-book.ts';
import { streamName, type GuardNotes } from './guard-notes.ts';

export interface VerdictOptions {
  readonly book: GuardBook;
  readonly notes: GuardNotes;
  readonly pools: Pick<PoolStore, 'hold' | 'resumptions' | 'version'>;
  readonly thresholds: Thresholds;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface GuardVerdicts {
  /** The stream is to be judged by the next `judgeDue`. */
  makeDue(stream: StreamKey): void;
  judgeDue(): Promise<void>;
  /** Looks for resumptions where the control data has changed since the last call. */
  heedResumptions(): Promise<void>;
}

interface State extends VerdictOptions {
  readonly due: Map<string, StreamKey>;
  /** Of the control data, when resumptions were read last. */
  version: number | undefined;
  isJudging: boolean;
}

export function createGuardVerdicts(options: VerdictOptions): GuardVerdicts {
  const state: State = { ...options, due: new Map(), version: undefined, isJudging: false };
  return {
    makeDue: (stream) => void state.due.set(streamName(stream), stream),
    judgeDue: () => judgeDue(state),
    heedResumptions: () => heedResumptions(state),
  };
}

/** Another call that runs already takes what is added meanwhile, too: a Map is iterated up to its last entry. */
async function judgeDue(state: State): Promise<void> {
  if (state.isJudging) return;
  state.isJudging = true;
  try {
    for (const [name, stream] of state.due) {
      state.due.delete(name);
      await judgeStream(state, stream).catch((error: unknown) => {
        state.due.set(name, stream);
        throw error;
      });
    }
  } finally {
    state.isJudging = false;
  }
}

type NotFine = Exclude<Verdict, { kind: 'fine' }>;

const RANK: Readonly<Record<Verdict['kind'], number>> = { fine: 0, warn: 1, stop: 2 };

async function judgeStream(state: State, stream: StreamKey): Promise<void> {
  const said = state.notes.of(stream).verdict;
  if (verdictOf(state, stream).kind === said) return;
  // A person may have resumed it a moment ago: then what was counted does not hold any more.
  await heedResumptions(state);
  const verdict = verdictOf(state, stream);
  const before = state.notes.of(stream).verdict;
  if (verdict.kind === 'stop' && before !== 'stop') return stop(state, stream, verdict);
  if (verdict.kind === 'warn' && before === 'fine') return warn(state, stream, verdict);
  if (RANK[verdict.kind] < RANK[before]) ease(state, stream);
}

function verdictOf({ book, clock, thresholds }: State, stream: StreamKey): Verdict {
  return judge(book.rates(stream, clock.now()), thresholds);
}

async function stop(state: State, stream: StreamKey, verdict: NotFine): Promise<void> {
  const { notes, pools, clock, log } = state;
  const { serverId, streamId } = stream;
  const reason = stopReason(verdict.rate, verdict.threshold, `${serverId} ${streamId}`);
  const isNew = await pools.hold({ serverId, streamId, by: 'guard', reason, at: clock.now() });
  notes.change(stream, { verdict: 'stop', reason }, clock.now());
  const what = isNew
    ? 'a guard has paused a stream'
    : 'a guard would pause a stream that is paused already, or was deleted';
  log.error({ ...fieldsOf(stream, verdict), reason }, what);
}

function warn({ notes, clock, log }: State, stream: StreamKey, verdict: NotFine): void {
  const reason = `${rateInWords(verdict.rate)}; a guard warns from ${verdict.threshold} % on`;
  notes.change(stream, { verdict: 'warn', reason }, clock.now());
  log.warn({ ...fieldsOf(stream, verdict), reason }, 'a guard warns of a stream');
}

/** Told only when it is well below the threshold, so that a stream at the border is not told about again and again. */
function ease({ book, notes, clock, log, thresholds }: State, stream: StreamKey): void {
  const lower = judge(book.rates(stream, clock.now()), easing(thresholds));
  const before = notes.of(stream).verdict;
  if (RANK[lower.kind] >= RANK[before]) return;
  const reason = lower.kind === 'fine' ? '' : rateInWords(lower.rate);
  notes.change(stream, { verdict: lower.kind, reason }, clock.now());
  const fields = { serverId: stream.serverId, stream: stream.streamId, before, verdict: lower.kind };
  log.info(fields, 'the rates of a stream are better');
}

function fieldsOf({ serverId, streamId }: StreamKey, { rate, threshold }: NotFine): Record<string, unknown> {
  const { measure, provider, span, part, whole } = rate;
  const percent = Number(percentOf(rate).toFixed(2));
  return { serverId, stream: streamId, measure, provider, span, part, whole, percent, threshold };
}

async function heedResumptions(state: State): Promise<void> {
  const { pools, book, notes, clock, log } = state;
  const version = pools.version();
  if (version === state.version) return;
  for (const { serverId, streamId, heldAt, at } of await pools.resumptions()) {
    const stream = { serverId, streamId };
    if (notes.of(stream).resumedAt >= at) {
      book.ignoreBefore(stream, { at, heldAt });
      continue;
    }
    book.forget(stream, { at, heldAt });
    notes.change(stream, { verdict: 'fine', reason: '', resumedAt: at }, clock.now());
    log.info({ serverId, stream: streamId }, 'a stream was resumed; its guard counts anew');
  }
  state.version = version;
}
