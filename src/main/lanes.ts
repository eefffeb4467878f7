// The lanes of this process: one for each pool, started with it and when a pool is made later, and told when the control
// data changes. Also the one place that gives addresses back which no lane uses any more.
//
// Promises: a stream's mail goes to the lane of its own pool or nowhere; changes of the control data, whoever makes them, reach
// the lanes within `LOOK_EVERY_MS`. An address that leaves a pool is free only when that pool's lane has let go of it.
import type { Config } from './config.ts';
import { controlDigest } from './control-digest.ts';
import { startLane, type RunningLane } from './run-lane.ts';
import type { Secrets } from './secrets.ts';
import type { BusHub } from '../backends/lanes/bus-hub.ts';
import type { LaneReport } from '../backends/lanes/protocol.ts';
import { laneOf, MAX_POOL_NUMBER, type Lane, type LaneVerdict } from '../domain/pool.ts';
import type { Stream } from '../domain/stream.ts';
import type { Clock } from '../lib/clock.ts';
import type { LaneId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import { createPressureMemory } from '../lib/shared-pressure.ts';
import type { LaneDoor } from '../ports/lane-queue.ts';
import type { AskLaneNamed } from '../ports/lane-questions.ts';
import type { PoolStore } from '../ports/pool-store.ts';

export interface LanesToRun {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly pools: PoolStore;
  readonly busHub: BusHub;
  readonly clock: Clock;
  readonly log: Log;
  readonly onEvents: (lane: LaneId) => void;
  /** A pool was made while the process runs: its lane is up. */
  readonly onNew: (lane: Lane) => void;
}

export interface Lanes {
  /** Those that run, in the order of their numbers. */
  all(): readonly Lane[];
  /** Waits for the lane of a pool that was made a moment ago. */
  laneOf(stream: Pick<Stream, 'id' | 'kind' | 'pool'>): Promise<LaneVerdict>;
  /** Throws where there is no such lane. */
  door(id: LaneId): LaneDoor;
  /** Undefined for one that does not answer. */
  reports(): Promise<readonly { readonly lane: Lane; readonly report: LaneReport | undefined }[]>;
  /** Asks a lane; undefined also where there is no such lane. */
  readonly ask: AskLaneNamed;
  purge(before: number, consumed: Readonly<Record<string, number>>): void;
  stop(graceMs: number): Promise<void>;
}

const LOOK_EVERY_MS = 250;

/** Resolves when the lane of every pool is ready. */
export async function startLanes(options: LanesToRun): Promise<Lanes> {
  const { config, secrets, pools, clock, log } = options;
  const running = new Map<LaneId, RunningLane & { readonly lane: Lane }>();
  const lanes = new Map<LaneId, Lane>();
  const pressure = createPressureMemory(MAX_POOL_NUMBER + 1);
  const hasChanged = controlDigest(pools);
  let seen = pools.version();
  let cancelLook = (): void => undefined;
  let looking: Promise<void> = Promise.resolve();
  let stopping = false;

  async function start(lane: Lane): Promise<void> {
    const onEvents = (): void => options.onEvents(lane.id);
    const onReleased = (addressIds: readonly number[]): void => release(lane, addressIds);
    const started = await startLane({
      config,
      secrets,
      lane,
      pressure,
      busHub: options.busHub,
      clock,
      log,
      onEvents,
      onReleased,
    });
    running.set(lane.id, { ...started, lane });
    lanes.set(lane.id, lane);
  }

  function release(lane: Lane, addressIds: readonly number[]): void {
    for (const id of addressIds) {
      pools.dropAddress(id).then(
        () => log.info({ lane: lane.id, addressId: id }, 'an address has left its pool'),
        (error: unknown) =>
          log.error({ err: error, lane: lane.id, addressId: id }, 'an address could not be taken out'),
      );
    }
  }

  function lookLater(): void {
    cancelLook = clock.after(LOOK_EVERY_MS, () => void lookNow().then(() => (stopping ? undefined : lookLater())));
  }

  /** One look after the other; never rejects. */
  function lookNow(): Promise<void> {
    looking = looking.then(look).catch((error: unknown) => {
      log.error({ err: error }, 'pools could not be read; trying again');
    });
    return looking;
  }

  async function look(): Promise<void> {
    const version = pools.version();
    if (version === seen || stopping) return;
    const fresh = (await pools.pools()).filter(({ id }) => !running.has(id));
    for (const pool of fresh) {
      await start(pool);
      log.info({ lane: pool.id, kind: pool.kind }, 'a new pool has its lane');
      options.onNew(pool);
    }
    if (await hasChanged()) for (const lane of running.values()) lane.controlChanged();
    seen = version;
  }

  await Promise.all((await pools.pools()).map(start));
  lookLater();

  const inOrder = (): readonly (RunningLane & { readonly lane: Lane })[] =>
    [...running.values()].sort((a, b) => a.lane.number - b.lane.number);
  return {
    all: () => inOrder().map(({ lane }) => lane),
    async laneOf(stream) {
      if (stream.pool !== undefined && !lanes.has(stream.pool)) await lookNow();
      return laneOf(stream, lanes);
    },
    door(id) {
      const lane = running.get(id);
      if (lane === undefined) throw new Error(`there is no lane ${id}`);
      return lane.door;
    },
    reports: () => Promise.all(inOrder().map(async (each) => ({ lane: each.lane, report: await each.report() }))),
    ask: async (id, question) => running.get(id)?.ask(question),
    purge(before, consumed) {
      for (const [id, lane] of running) lane.purge(before, consumed[id] ?? 0);
    },
    async stop(graceMs) {
      stopping = true;
      cancelLook();
      await looking;
      await Promise.all([...running.values()].map((lane) => lane.stop(graceMs)));
    },
  };
}
