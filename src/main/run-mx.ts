// The listeners for mail from the world: bounces and complaints about what was sent, and mail for the operator. Port 25 of the
// return-path domain's MX leads here.
import { join } from 'node:path';
import type { Config } from './config.ts';
import { readTls, type Secrets } from './secrets.ts';
import { createOperatorMailbox } from '../backends/files/operator-mailbox.ts';
import { createReceive, declareReceiveCounters, type Receive } from '../core/receive.ts';
import { createInbound, declareInboundCounters } from '../doors/mx/inbound.ts';
import { watchSessions } from '../doors/smtp/submission.ts';
import type { BounceType } from '../domain/bounce/types.ts';
import type { Event } from '../domain/event.ts';
import type { Message } from '../domain/message.ts';
import type { Clock } from '../lib/clock.ts';
import { randomHex, type LaneId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import { createConnectionLimits } from '../mail/smtp/connection-limits.ts';
import { DEFAULT_LIMITS } from '../mail/smtp/limits.ts';
import { createByteBudget } from '../mail/smtp/message-buffer.ts';
import { createSmtpServer, type SmtpServer } from '../mail/smtp/server.ts';
import { returnPathKey } from '../mail/verp.ts';
import type { Activity } from '../ports/activity.ts';

export interface MxToRun {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly activity: Activity;
  /** Writes into the log of that lane; resolves when it is on disk. */
  readonly record: (lane: LaneId, events: readonly Event[]) => Promise<void>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningMx {
  /** Empty where the installation has no such door. */
  readonly addresses: readonly string[];
  ready(): boolean;
  close(graceMs: number): Promise<void>;
}

/** Of a report: it may bring back a message of the size that is taken from clients. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
/** Apart from the submissions' budget: who floods this door takes nothing from those who send. */
const MAX_IN_FLIGHT_BYTES = 48 * 1024 * 1024;
const MAX_CONNECTIONS = 200;
const MAX_CONNECTIONS_PER_CLIENT = 20;
const MAX_RECIPIENTS = 100;
const DAY_MS = 86_400_000;
const MAX_REPORT_AGE_MS = 30 * DAY_MS;

export async function startMx(options: MxToRun): Promise<RunningMx> {
  const { config, metrics, log } = options;
  const receive = createReceive({
    rules: {
      key: returnPathKey(options.secrets.returnPathKey),
      domains: [...new Set([config.returnPathDomain, config.hostname, config.broadcastHostname])],
      maxAgeMs: MAX_REPORT_AGE_MS,
    },
    findMessage: (id) => options.activity.acceptedMessage(id),
    isKnown: (message, address, type) => isOnRecord(options.activity, message, { address, type }),
    record: options.record,
    mailbox: createOperatorMailbox({ folder: join(config.data, 'postmaster'), hostname: config.hostname }),
    clock: options.clock,
    log,
    counters: declareReceiveCounters(metrics),
  });
  const create = serverFactory(options, receive);
  const servers: { readonly server: SmtpServer; readonly address: string }[] = [];
  for (const at of config.mx) {
    const server = create();
    const { address, family, port } = await server.listen(at);
    servers.push({ server, address: `${family === 'IPv6' ? `[${address}]` : address}:${port}` });
  }
  return {
    addresses: servers.map(({ address }) => address),
    ready: () => servers.every(({ server }) => server.address() !== undefined),
    async close(graceMs) {
      await Promise.all(servers.map(({ server }) => server.close(graceMs)));
    },
  };
}

function serverFactory({ config, metrics, log }: MxToRun, receive: Receive): () => SmtpServer {
  const secureContext = readTls(config);
  const counters = declareInboundCounters(metrics);
  const bounds = { maxConnections: MAX_CONNECTIONS, maxConnectionsPerClient: MAX_CONNECTIONS_PER_CLIENT };
  const connections = createConnectionLimits(bounds);
  const inFlight = createByteBudget(MAX_IN_FLIGHT_BYTES);
  const limits = {
    ...DEFAULT_LIMITS,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
    maxRecipients: MAX_RECIPIENTS,
    commandTimeoutMs: config.smtpIdleTimeout * 1000,
  };
  return () =>
    createSmtpServer({
      hostname: config.hostname,
      banner: 'Bulkhead',
      tls: { secureContext },
      randomToken: () => randomHex(12),
      limits,
      connections,
      inFlight,
      handlers: createInbound({ receive, log }),
      onFact: watchSessions({ log: log.child({ door: 'mx' }), counters }),
    });
}

interface Fact {
  readonly address: string;
  readonly type: BounceType;
}

/** Bounces of one message are few: all of a type fit on a page. */
async function isOnRecord(activity: Activity, message: Message, { address, type }: Fact): Promise<boolean> {
  const { serverId, streamId, id: messageId } = message;
  const found = await activity.searchBounces({ serverId, streamId, messageId, type, count: MAX_FOUND, offset: 0 });
  return found.items.some(({ email }) => email.toLowerCase() === address.toLowerCase());
}

const MAX_FOUND = 100;
