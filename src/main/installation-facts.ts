// What the installation says of itself: which roles are up, where they listen, how its lanes stand. Asked for by /health,
// /status, the start page and the greeting.
import type { AskedThread } from './ask-thread.ts';
import type { Config } from './config.ts';
import type { Lanes } from './lanes.ts';
import type { RunningActivity } from './run-activity.ts';
import type { RunningSmtp } from './run-smtp.ts';
import type { Listening } from './smtp-door.ts';
import type { LaneReport } from '../backends/lanes/protocol.ts';
import type { InstallationFacts, LaneFact, RoleFact } from '../doors/api/deps.ts';
import type { Lane } from '../domain/pool.ts';

export interface FactsDeps {
  readonly version: string;
  readonly config: Pick<Config, 'hostname' | 'delivery'>;
  readonly startedAt: number;
  /** Base URLs of the API; empty before it listens. */
  readonly http: () => readonly string[];
  readonly smtp: RunningSmtp;
  readonly mx: Listening;
  readonly lanes: Pick<Lanes, 'reports'>;
  readonly activity: Pick<RunningActivity, 'ready'>;
  /** Threads that run only where they are needed, by the names of their roles. */
  readonly onDemand: Readonly<Record<string, Pick<AskedThread, 'ready'>>>;
}

export function installationFacts(deps: FactsDeps): () => Promise<InstallationFacts> {
  const { version, config, startedAt, http, smtp, mx, lanes, activity, onDemand } = deps;
  return async () => {
    const reports = await lanes.reports();
    return {
      version,
      hostname: config.hostname,
      delivery: config.delivery,
      startedAt,
      addresses: { http: http(), smtp: smtp.addresses, mx: mx.addresses },
      roles: [
        { name: 'http', ready: http().length > 0 },
        { name: 'smtp', ready: smtp.ready() },
        { name: 'mx', ready: mx.ready() },
        ...reports.map(({ lane, report }) => ({ name: `lane ${lane.id}`, ready: report !== undefined })),
        { name: 'activity', ready: activity.ready() },
        ...rolesOf(onDemand),
      ],
      lanes: reports.map(({ lane, report }) => laneFact(lane, report)),
    };
  };
}

/** One that was never needed is no role. */
function rolesOf(threads: FactsDeps['onDemand']): readonly RoleFact[] {
  return Object.entries(threads).flatMap(([name, thread]) => {
    const ready = thread.ready();
    return ready === undefined ? [] : [{ name, ready }];
  });
}

function laneFact({ id, kind }: Lane, report: LaneReport | undefined): LaneFact {
  return {
    id,
    kind,
    queued: report?.depth.messages ?? 0,
    inFlight: report?.load.jobs ?? 0,
    nextDueAt: report?.depth.nextDueAt,
    waitsBecause: report?.waitsBecause,
    addresses: report?.addresses ?? [],
  };
}
