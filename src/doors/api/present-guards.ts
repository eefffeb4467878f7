// Holds, rates and verdicts as JSON. Ours, not Postmark's.
import { presentTime } from './present.ts';
import { percentOf, type Measure, type Rate, type Span, type Thresholds } from '../../domain/guard.ts';
import type { Hold } from '../../domain/hold.ts';
import type { StreamGuard, StreamVerdict } from '../../ports/guard-watch.ts';

type Json = Readonly<Record<string, unknown>>;

export function presentHold({ serverId, streamId, by, reason, at }: Hold): Json {
  return {
    ServerID: serverId,
    StreamID: streamId,
    By: by === 'guard' ? 'Guard' : 'Operator',
    Reason: reason,
    HeldAt: presentTime(at),
  };
}

export function presentGuard(guard: StreamGuard, hold: Hold | undefined): Json {
  const { serverId, streamId, verdict, reason, since, bulkLike, rates } = guard;
  return {
    ServerID: serverId,
    StreamID: streamId,
    Verdict: VERDICTS[verdict],
    Reason: reason,
    Since: since === 0 ? null : presentTime(since),
    Held: hold === undefined ? null : presentHold(hold),
    BulkLike: bulkLike === undefined ? null : { Reason: bulkLike.reason, SeenAt: presentTime(bulkLike.at) },
    Rates: rates.map(presentRate),
  };
}

export function presentThresholds(thresholds: Thresholds): Json {
  const of = (measure: Measure): Json => {
    const { warn, stop, minimum } = thresholds[measure];
    return { Warn: warn, Stop: stop, Minimum: minimum };
  };
  return { HardBounces: of('bounces'), Complaints: of('complaints'), Deferrals: of('deferrals') };
}

/** What a person should know of the streams, for GET /status. */
export function presentWarnings(guards: readonly StreamVerdict[]): readonly Json[] {
  return guards.flatMap(({ serverId, streamId, verdict, reason, bulkLike }) => {
    const warning = (text: string): Json => ({ ServerID: serverId, StreamID: streamId, Reason: text });
    return [
      ...(verdict === 'warn' ? [warning(reason)] : []),
      ...(bulkLike === undefined ? [] : [warning(`mail that looks like bulk: ${bulkLike.reason}`)]),
    ];
  });
}

const VERDICTS = { fine: 'Fine', warn: 'Warn', stop: 'Stop' } as const;
const MEASURES: Readonly<Record<Measure, string>> = {
  bounces: 'HardBounces',
  complaints: 'Complaints',
  deferrals: 'Deferrals',
};
const SPAN_SECONDS: Readonly<Record<Span, number>> = { '10m': 600, '1h': 3600, '24h': 86_400, '7d': 604_800 };

function presentRate(rate: Rate): Json {
  return {
    Provider: rate.provider,
    Measure: MEASURES[rate.measure],
    WindowSeconds: SPAN_SECONDS[rate.span],
    Count: rate.part,
    Of: rate.whole,
    Percent: Number(percentOf(rate).toFixed(3)),
  };
}
