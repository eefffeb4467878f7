// Puts the process together: every role on its port, every port on its backend. The one place that knows everything.
//
// Order of a start: secrets, control store, set-up, front log, lanes, activity index, and the doors last, so that nothing
// is accepted before it can be kept. A stop goes the other way round.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startAddressProof } from './address-proof.ts';
import { addressTools } from './address-tools.ts';
import type { Config } from './config.ts';
import { explainers } from './explainers.ts';
import { logFile } from './files.ts';
import { gaugeGuards } from './guard-metrics.ts';
import { guardThresholds } from './guard-settings.ts';
import { installationFacts } from './installation-facts.ts';
import { startLanes } from './lanes.ts';
import { serverTools } from './server-tools.ts';
import { startActivity, type RunningActivity } from './run-activity.ts';
import { startBulk } from './run-bulk.ts';
import { startMx } from './run-mx.ts';
import { startSenders } from './run-senders.ts';
import { peopleDoors } from './people-doors.ts';
import { startSmtp } from './run-smtp.ts';
import { runTemplates } from './run-templates.ts';
import { hashErased } from './run-removals.ts';
import { hostAndPort } from './smtp-door.ts';
import { serveSystemMail } from './system-mail.ts';
import { openWebhookTools } from './webhook-tools.ts';
import { prepare } from './prepare.ts';
import { openControl } from './open-control.ts';
import { createCssInliner } from '../backends/css/css-inliner.ts';
import { tlsDeskOn } from '../backends/lanes/tls-desk.ts';
import { joinBus } from '../backends/lanes/bus.ts';
import { createBusHub } from '../backends/lanes/bus-hub.ts';
import { openEventLog } from '../backends/sqlite/event-log.ts';
import { createRequeueInbound } from '../core/requeue-inbound.ts';
import { createTemplates } from '../core/sendable-template.ts';
import { setUp, type SetUp } from '../core/set-up.ts';
import { createSubmit, type Submit } from '../core/submit.ts';
import { createApiServer } from '../doors/api/api-server.ts';
import type { InstallationFacts } from '../doors/api/deps.ts';
import type { Event } from '../domain/event.ts';
import { FRONT_LOG } from '../domain/event.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { createIdleCollector, type IdleCollector } from '../lib/idle-collector.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics, renderMetrics, type Metrics } from '../lib/metrics.ts';
import type { EventLog } from '../ports/event-log.ts';

export interface Running {
  readonly setUp: SetUp;
  readonly facts: () => Promise<InstallationFacts>;
  /** Finishes what is in flight within `graceMs`; nothing accepted is lost either way. */
  stop(graceMs: number): Promise<void>;
}

export async function startBulkhead(config: Config): Promise<Running> {
  const clock = systemClock;
  const startedAt = clock.now();
  const log = createLog(config.log);
  const control = await openControl(config);
  await prepare(config);
  const { store, secrets, authenticator, hashToken } = control;
  const done = await setUp(
    { store, clock, hashToken },
    { accountToken: config.accountToken, serverToken: config.serverToken, trustedDomains: trusted(config) },
  );

  const frontFile = openEventLog(logFile(config.data, FRONT_LOG));
  // Lanes go to work on what they find before there is an index; it reads what it missed when it comes.
  const index: { now: RunningActivity | undefined } = { now: undefined };
  const busHub = createBusHub();
  const lanes = await startLanes({
    config,
    secrets,
    pools: store.pools,
    busHub,
    clock,
    log,
    onEvents: (lane) => index.now?.wake(lane),
    onNew: (lane) => index.now?.follow(lane),
  });
  const activity = await startActivity({
    config,
    secrets,
    busHub,
    logs: () => [FRONT_LOG, ...lanes.all()],
    clock,
    log,
    onConsumed: (cursors) => {
      const before = clock.now() - config.retentionDays * DAY_MS;
      lanes.purge(before, cursors);
      void frontFile
        .purge({ before, consumed: cursors[FRONT_LOG.id] ?? 0, limit: PURGE_ROWS })
        .catch((error: unknown) => {
          log.error({ err: error }, 'old events could not be dropped');
        });
    },
  });
  index.now = activity;

  const idle = createIdleCollector({ clock });
  const metrics = createMetrics();
  const bus = joinBus({ port: busHub.port(), clock });
  const addresses = addressTools(config, clock);
  const everyMs = config.addressCheckEvery * SECOND_MS;
  const proof = startAddressProof({ store: store.pools, prove: addresses.prove, clock, log, metrics, everyMs });
  const frontLog = waking(frontFile, () => activity.wake(FRONT_LOG.id));
  const listening = { http: [] as string[] };
  const people = peopleDoors({
    config,
    secrets,
    store,
    activity: activity.index,
    frontLog,
    http: () => listening.http[0],
    clock,
    log,
  });
  let urgentUntil = 0;
  const judged = createSubmit({
    store: control.submitStore,
    laneOf: (stream) => lanes.laneOf(stream),
    lane: (id) => lanes.door(id),
    frontLog,
    onUrgent: () => (urgentUntil = clock.now() + URGENT_MS),
    unsubscribeUrl: people.unsubscribeUrl,
    hostname: config.hostname,
    returnPathDomain: config.returnPathDomain,
    clock,
    log,
  });

  const submit = counted(judged, metrics, idle);
  const measureGuards = gaugeGuards(metrics, activity.index, store.pools);

  const senders = startSenders({ config, secrets, store, submit, http: () => listening.http[0], clock, log });
  serveSystemMail(bus, senders.submitOwn, log);
  const smtp = await startSmtp({ config, authenticator, submit, metrics, log });
  const mx = await startMx({
    config,
    secrets,
    activity: activity.index,
    // What comes back for a lane that is no more belongs to none.
    record: (id, events) =>
      lanes.all().some((lane) => lane.id === id) ? lanes.door(id).record(events) : frontLog.append(events),
    metrics,
    clock,
    log,
  });
  const webhooks = openWebhookTools(config, { clock, version: VERSION });
  const bulk = await startBulk({
    config,
    secrets,
    door: (id) => lanes.door(id),
    ask: (id, question) => lanes.ask(id, question),
    record: (events) => frontLog.append(events),
    urgent: () => clock.now() < urgentUntil,
    metrics,
    clock,
    log,
  });
  const templates = runTemplates({ config, secrets, clock, log });
  const facts = installationFacts({
    version: VERSION,
    config,
    startedAt,
    http: () => listening.http,
    smtp,
    mx,
    lanes,
    activity,
    onDemand: { bulk, templates },
  });
  const api = createApiServer({
    authenticator,
    submit,
    bulk: bulk.desk,
    templates: createTemplates({ store: store.templates, inliner: createCssInliner(), clock }),
    heavyTemplates: templates.heavy,
    activity: activity.index,
    requeueInbound: createRequeueInbound({ activity: activity.index, frontLog, clock, log }),
    store,
    addresses,
    senders: senders.tools,
    servers: serverTools({ config, hashToken, http: () => listening.http, clock }),
    guards: activity.index,
    thresholds: guardThresholds(config),
    statistics: activity.index,
    ...(config.dataRemovals && { hashErased: hashErased(secrets) }),
    tls: tlsDeskOn(bus),
    webhooks,
    lists: activity.index,
    publish: people.publish,
    answers: people.answers,
    unsubscribe: people.unsubscribe,
    limits: { requestsPerMinute: config.rateLimit },
    ...explainers({ config, store, lanes, activity: activity.index, clock }),
    facts,
    metrics: async () => {
      const reports = await lanes.reports();
      await measureGuards();
      return renderMetrics([
        await metrics.snapshot(),
        ...reports.flatMap(({ report }) => (report === undefined ? [] : [report.metrics])),
      ]);
    },
    urgent: () => clock.now() < urgentUntil,
    log,
    clock,
  });
  await api.listen({ host: config.http.host, port: config.http.port });
  api.server.on('request', () => idle.worked());
  listening.http = api.addresses().map(baseUrl);

  return {
    setUp: done,
    facts,
    async stop(graceMs) {
      idle.stop();
      const until = clock.now() + graceMs;
      const left = (): number => Math.max(until - clock.now(), 0);
      // The other half is for deliveries in flight, however long a client takes.
      const forDoors = graceMs / 2;
      // Begun at once: a check may wait ten seconds for DNS.
      const checksEnded = Promise.all([proof.stop(), senders.stop()]);
      await Promise.all([smtp.close(forDoors), mx.close(forDoors), closeApi(api, forDoors, clock)]);
      webhooks.close();
      await Promise.all([bulk.stop(left()), templates.stop(left())]);
      await lanes.stop(left());
      await checksEnded;
      await activity.stop(left());
      bus.close();
      await people.stop();
      await frontFile.close();
      await control.used.stop();
      await store.close();
    },
  };
}

const SECOND_MS = 1000;
/** For so long after a transactional message batches make room. */
const URGENT_MS = 1000;
const DAY_MS = 86_400_000;
const PURGE_ROWS = 200;

/** Answers what was asked; breaks off what is left after `graceMs`. */
async function closeApi(api: ReturnType<typeof createApiServer>, graceMs: number, clock: Clock): Promise<void> {
  const cancel = clock.after(graceMs, () => api.server.closeAllConnections());
  await api.close();
  cancel();
}

/** The installation's own name is the operator's by definition: it is what the first test message comes from. */
function trusted(config: Config): readonly string[] {
  return [...new Set([...config.trustedDomains, config.hostname])];
}

function counted(submit: Submit, metrics: Metrics, idle: IdleCollector): Submit {
  const submissions = metrics.counter({
    name: 'bulkhead_submissions_total',
    help: 'Messages submitted, by door and result.',
    labels: ['via', 'result'],
  });
  return async (principal, draft, options) => {
    idle.worked();
    const result = await submit(principal, draft, options);
    submissions.inc({ via: options.via, result: result.kind });
    return result;
  };
}

function baseUrl(at: AddressInfo | string): string {
  return typeof at === 'string' ? at : `http://${hostAndPort(at)}`;
}

function waking(log: EventLog, wake: () => void): EventLog {
  return {
    read: (after, limit) => log.read(after, limit),
    latest: () => log.latest(),
    at: (seqs) => log.at(seqs),
    body: (id) => log.body(id),
    async append(events: readonly Event[]) {
      await log.append(events);
      wake();
    },
  };
}

const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
).version;
