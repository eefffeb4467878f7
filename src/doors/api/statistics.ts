// GET /stats/outbound and its series (contract management 8): what was sent, bounced, opened and clicked, by day.
//
// Promises: a server sees its own counts only; without a stream in the query all streams count, without dates all days.
// Decided here: a time in place of a date means the Eastern day that it falls on; dates older than a year are answered (never
// 1500); an archived stream can still be asked for.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiAuth, ServerCaller } from './auth.ts';
import type { EasternTime, Edge } from './eastern-time.ts';
import { refuse } from './errors.ts';
import { presentOverview, presentSeries, STATISTICS_SERIES } from './present-statistics.ts';
import { readQuery } from './query.ts';
import type { ApiError } from '../../domain/api-error.ts';
import { createEasternDay, type EasternDay } from '../../domain/eastern-day.ts';
import { STATISTICS_ERRORS } from '../../domain/statistics-errors.ts';
import type { StreamId } from '../../lib/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { DayCounts, Statistics, StatisticsFilter } from '../../ports/statistics.ts';

export interface StatisticsDeps {
  readonly auth: ApiAuth;
  readonly eastern: EasternTime;
  readonly statistics: Statistics;
  readonly store: Pick<ControlStore, 'stream'>;
}

export function statisticsRoutes(app: FastifyInstance, deps: StatisticsDeps): void {
  const dayOf = createEasternDay();
  const serve = (path: string, present: (days: readonly DayCounts[]) => unknown): void => {
    app.get(path, async (request, reply) => {
      const caller = await deps.auth.server(request);
      if (caller.kind === 'refused') return refuse(reply, caller.error);
      const read = await readFilter({ ...deps, dayOf }, request, caller);
      if (read.kind === 'refused') return refuse(reply, read.error);
      return reply.send(present(await deps.statistics.dailyCounts(read.filter)));
    });
  };
  serve('/stats/outbound', presentOverview);
  for (const [name, keysOf] of STATISTICS_SERIES) {
    serve(`/stats/outbound/${name}`, (days) => presentSeries(days, keysOf));
  }
}

type FilterRead =
  | { readonly kind: 'filter'; readonly filter: StatisticsFilter }
  | { readonly kind: 'refused'; readonly error: ApiError };

async function readFilter(
  { eastern, dayOf, store }: Pick<StatisticsDeps, 'eastern' | 'store'> & { readonly dayOf: EasternDay },
  request: FastifyRequest,
  { serverId, principal }: ServerCaller,
): Promise<FilterRead> {
  const query = readQuery(request.query, eastern);
  const day = (name: string, edge: Edge): string | undefined => {
    const at = query.time(name, edge);
    return at === undefined ? undefined : dayOf(at);
  };
  const [tag, from, to] = [query.text('tag'), day('fromdate', 'start'), day('todate', 'end')];
  const streamId = query.text('messagestream') as StreamId | undefined;
  if (query.problem !== undefined) return refused(STATISTICS_ERRORS.invalidDate(query.problem));
  if (from !== undefined && to !== undefined && from > to) return refused(STATISTICS_ERRORS.fromAfterTo());
  // The test token has no server, and so no streams that could be missing.
  const isKnown = streamId === undefined || principal === undefined || (await store.stream(serverId, streamId));
  if (!isKnown) return refused(STATISTICS_ERRORS.unknownStream());
  return {
    kind: 'filter',
    filter: {
      serverId,
      ...(streamId !== undefined && { streamId }),
      ...(tag !== undefined && { tag }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    },
  };
}

function refused(error: ApiError): FilterRead {
  return { kind: 'refused', error };
}
