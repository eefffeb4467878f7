// What every door that speaks SMTP has: one certificate, limits over all its listeners, its addresses, and its end.
// Which names it has, and what it does with mail, is for run-smtp and run-mx to say.
import type { AddressInfo } from 'node:net';
import type { Config } from './config.ts';
import { readTls } from './secrets.ts';
import type { Endpoint } from './setting-values.ts';
import { declareSessionCounters, watchSessions, type DoorName } from '../doors/smtp/watch-sessions.ts';
import { randomHex } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import { createConnectionLimits } from '../mail/smtp/connection-limits.ts';
import { DEFAULT_LIMITS } from '../mail/smtp/limits.ts';
import { createByteBudget } from '../mail/smtp/message-buffer.ts';
import { createSmtpServer, type SmtpServer, type SmtpServerOptions } from '../mail/smtp/server.ts';

export interface SmtpDoor {
  readonly name: DoorName;
  readonly config: Config;
  readonly bounds: SmtpDoorBounds;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Over all listeners of the door together. */
export interface SmtpDoorBounds {
  readonly maxMessageBytes: number;
  readonly maxInFlightBytes: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
}

/** Options that differ between the listeners of a door. */
export type OfListener<P> = Pick<
  SmtpServerOptions<P>,
  'hostname' | 'greetingName' | 'allowAuthWithoutTls' | 'handlers'
>;

/** RFC 5321 4.5.3.1.8 wants 100; the API's own rule (50) is then told after the data, with its code. */
const MAX_RECIPIENTS = 100;

/** Makes the servers of one door, which share its bounds. */
export function createSmtpDoor({
  name,
  config,
  bounds,
  metrics,
  log,
}: SmtpDoor): <P>(own: OfListener<P>) => SmtpServer {
  const { maxMessageBytes, maxInFlightBytes } = bounds;
  const shared = {
    banner: 'Bulkhead',
    tls: { secureContext: readTls(config) },
    randomToken: () => randomHex(12),
    limits: {
      ...DEFAULT_LIMITS,
      maxMessageBytes,
      maxInFlightBytes,
      maxRecipients: MAX_RECIPIENTS,
      commandTimeoutMs: config.smtpIdleTimeout * 1000,
    },
    connections: createConnectionLimits(bounds),
    inFlight: createByteBudget(maxInFlightBytes),
    onFact: watchSessions({ log, counters: declareSessionCounters(metrics, name) }),
  };
  return (own) => createSmtpServer({ ...shared, ...own });
}

export interface Listening {
  /** One for each listener, in their order. */
  readonly addresses: readonly string[];
  /** Every listener listens. */
  ready(): boolean;
  close(graceMs: number): Promise<void>;
}

/** Rejects where one of the addresses cannot be had. */
export async function listenOn(
  listeners: readonly { readonly server: SmtpServer; readonly at: Endpoint }[],
): Promise<Listening> {
  const addresses: string[] = [];
  for (const { server, at } of listeners) addresses.push(hostAndPort(await server.listen(at)));
  return {
    addresses,
    ready: () => listeners.every(({ server }) => server.address() !== undefined),
    async close(graceMs) {
      await Promise.all(listeners.map(({ server }) => server.close(graceMs)));
    },
  };
}

/** `127.0.0.1:25`, `[::1]:25` */
export function hostAndPort({ address, family, port }: AddressInfo): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
