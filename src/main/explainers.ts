// What the API explains to people, bound to the parts of this process: why a message is where it is, and the lanes.
import type { Config } from './config.ts';
import type { Lanes } from './lanes.ts';
import { findWhy } from '../core/find-why.ts';
import { viewLanes } from '../core/lane-view.ts';
import type { ApiDeps } from '../doors/api/deps.ts';
import type { Clock } from '../lib/clock.ts';
import type { Activity } from '../ports/activity.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { GuardWatch } from '../ports/guard-watch.ts';

export interface ExplainerParts {
  readonly config: Pick<Config, 'retentionDays' | 'delivery'>;
  readonly store: ControlStore;
  readonly lanes: Pick<Lanes, 'ask' | 'reports'>;
  readonly activity: Activity & GuardWatch;
  readonly clock: Clock;
}

export function explainers({ config, store, lanes, activity, clock }: ExplainerParts): Pick<ApiDeps, 'why' | 'lanes'> {
  const common = { store, askLane: lanes.ask, now: () => clock.now() };
  const retentionMs = config.retentionDays * DAY_MS;
  return {
    why: (servers, id) => findWhy({ ...common, activity, retentionMs }, servers, id),
    lanes: (accountId) =>
      viewLanes(
        { ...common, guards: activity, lanesNow: () => lanes.reports(), captures: config.delivery === 'capture' },
        accountId,
      ),
  };
}

const DAY_MS = 86_400_000;
