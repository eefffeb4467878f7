// The listeners for mail from the world: bounces and complaints about what was sent, and mail for the operator. Port 25 of the
// return-path domain's MX leads here.
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';
import { createSmtpDoor, listenOn, type Listening, type SmtpDoorBounds } from './smtp-door.ts';
import { createOperatorMailbox } from '../backends/files/operator-mailbox.ts';
import { createReceive, declareReceiveCounters, type Receive } from '../core/receive.ts';
import { createInbound } from '../doors/mx/inbound.ts';
import type { BounceType } from '../domain/bounce/types.ts';
import type { Event } from '../domain/event.ts';
import type { Message } from '../domain/message.ts';
import type { Clock } from '../lib/clock.ts';
import type { LaneId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
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

const MIB = 1024 * 1024;
const BOUNDS: SmtpDoorBounds = {
  // A report may bring back all of a message; 10 MB that were turned into base64 on the way are 14.
  maxMessageBytes: 16 * MIB,
  // Apart from the submissions' budget: who floods this door takes nothing from those who send.
  maxInFlightBytes: 48 * MIB,
  maxConnections: 200,
  maxConnectionsPerClient: 20,
};
const DAY_MS = 86_400_000;
const MAX_REPORT_AGE_MS = 30 * DAY_MS;

/** Without addresses where the installation has no such door. */
export async function startMx(options: MxToRun): Promise<Listening> {
  const { config, metrics } = options;
  const log = options.log.child({ door: 'mx' });
  const create = createSmtpDoor({ name: 'mx', config, bounds: BOUNDS, metrics, log });
  const handlers = createInbound({ receive: receiving(options), log });
  return listenOn(config.mx.map((at) => ({ server: create({ hostname: config.hostname, handlers }), at })));
}

function receiving({ config, secrets, activity, record, metrics, clock, log }: MxToRun): Receive {
  return createReceive({
    rules: {
      key: returnPathKey(secrets.returnPathKey),
      domains: [...new Set([config.returnPathDomain, config.hostname, config.broadcastHostname])],
      maxAgeMs: MAX_REPORT_AGE_MS,
    },
    findMessage: (id) => activity.acceptedMessage(id),
    isKnown: (message, address, type) => isOnRecord(activity, message, { address, type }),
    record,
    mailbox: createOperatorMailbox({ folder: join(config.data, 'postmaster'), hostname: config.hostname }),
    clock,
    log,
    counters: declareReceiveCounters(metrics),
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
