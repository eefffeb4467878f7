// The submission listeners: the transactional and the broadcast host, each on its addresses. An address that is given to
// both serves whichever host the TLS client names (SNI), and the transactional one where it names none.
import type { Config } from './config.ts';
import type { Endpoint } from './settings.ts';
import { readTls } from './secrets.ts';
import type { Authenticator } from '../core/authenticate.ts';
import type { Submit } from '../core/submit.ts';
import { createSubmission, declareSubmissionCounters, watchSessions } from '../doors/smtp/submission.ts';
import type { SendingKind } from '../domain/stream.ts';
import { randomHex } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import { createConnectionLimits, isLoopback } from '../mail/smtp/connection-limits.ts';
import type { SessionContext } from '../mail/smtp/handlers.ts';
import { DEFAULT_LIMITS } from '../mail/smtp/limits.ts';
import { createByteBudget } from '../mail/smtp/message-buffer.ts';
import { createSmtpServer, type SmtpServer } from '../mail/smtp/server.ts';

export interface SmtpToRun {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly submit: Submit;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface RunningSmtp {
  readonly addresses: readonly { readonly kind: SendingKind; readonly address: string }[];
  /** Every listener listens. */
  ready(): boolean;
  close(graceMs: number): Promise<void>;
}

type Host = SendingKind | 'both';

export async function startSmtp({ config, authenticator, submit, metrics, log }: SmtpToRun): Promise<RunningSmtp> {
  const secureContext = readTls(config);
  const counters = declareSubmissionCounters(metrics);
  const connections = createConnectionLimits({
    maxConnections: config.smtpMaxConnections,
    maxConnectionsPerClient: config.smtpMaxConnectionsPerClient,
  });
  const limits = {
    ...DEFAULT_LIMITS,
    maxMessageBytes: config.maxSmtpBytes,
    // RFC 5321 4.5.3.1.8 wants 100; the API's own rule (50) is then told after the data, with its code.
    maxRecipients: 100,
    maxInFlightBytes: config.maxBufferedBytes,
    commandTimeoutMs: config.smtpIdleTimeout * 1000,
  };
  const inFlight = createByteBudget(limits.maxInFlightBytes);

  function serve(host: Host): SmtpServer {
    const kindOf = (ctx: SessionContext): SendingKind =>
      host === 'both' ? kindByName(config, ctx.tlsServerName) : host;
    return createSmtpServer({
      hostname: host === 'broadcast' ? config.broadcastHostname : config.hostname,
      greetingName: (name) =>
        host === 'both' && kindByName(config, name) === 'broadcast' ? config.broadcastHostname : undefined,
      banner: 'Bulkhead',
      tls: { secureContext },
      randomToken: () => randomHex(12),
      limits,
      connections,
      inFlight,
      allowAuthWithoutTls: (remote, local) => config.authWithoutTls || (isLoopback(remote) && isLoopback(local)),
      handlers: createSubmission({ authenticator, submit, log, counters, kindOf }),
      onFact: watchSessions({ log, counters }),
    });
  }

  const servers: SmtpServer[] = [];
  const addresses: { kind: SendingKind; address: string }[] = [];
  for (const { host, at } of listeners(config)) {
    const server = serve(host);
    const { address, family, port } = await server.listen(at);
    servers.push(server);
    const shown = `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    if (host !== 'broadcast') addresses.push({ kind: 'transactional', address: shown });
    if (host !== 'transactional') addresses.push({ kind: 'broadcast', address: shown });
  }
  return {
    addresses,
    ready: () => servers.every((server) => server.address() !== undefined),
    async close(graceMs) {
      await Promise.all(servers.map((server) => server.close(graceMs)));
    },
  };
}

function kindByName(config: Config, tlsServerName: string | undefined): SendingKind {
  return tlsServerName?.toLowerCase() === config.broadcastHostname ? 'broadcast' : 'transactional';
}

function listeners(config: Config): { host: Host; at: Endpoint }[] {
  const same = (a: Endpoint, b: Endpoint): boolean => a.host === b.host && a.port === b.port && a.port !== 0;
  const shared = config.smtp.filter((at) => config.smtpBroadcast.some((other) => same(at, other)));
  const isShared = (at: Endpoint): boolean => shared.some((other) => same(at, other));
  return [
    ...shared.map((at) => ({ host: 'both' as const, at })),
    ...config.smtp.filter((at) => !isShared(at)).map((at) => ({ host: 'transactional' as const, at })),
    ...config.smtpBroadcast.filter((at) => !isShared(at)).map((at) => ({ host: 'broadcast' as const, at })),
  ];
}
