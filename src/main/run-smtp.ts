// The submission listeners: the transactional and the broadcast host, each on its addresses. An address that is given to
// both serves whichever host the TLS client names (SNI), and the transactional one where it names none.
import type { Config } from './config.ts';
import type { Endpoint } from './setting-values.ts';
import { createSmtpDoor, listenOn, type Listening } from './smtp-door.ts';
import type { Authenticator } from '../core/authenticate.ts';
import type { Submit } from '../core/submit.ts';
import { createSubmission, declareSubmissionCounters } from '../doors/smtp/submission.ts';
import type { SendingKind } from '../domain/stream.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import { isLoopback } from '../mail/smtp/connection-limits.ts';
import type { SessionContext } from '../mail/smtp/handlers.ts';
import type { SmtpServer } from '../mail/smtp/server.ts';

export interface SmtpToRun {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly submit: Submit;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface RunningSmtp extends Omit<Listening, 'addresses'> {
  readonly addresses: readonly { readonly kind: SendingKind; readonly address: string }[];
}

type Host = SendingKind | 'both';

export async function startSmtp({ config, authenticator, submit, metrics, log }: SmtpToRun): Promise<RunningSmtp> {
  const bounds = {
    maxMessageBytes: config.maxSmtpBytes,
    maxInFlightBytes: config.maxBufferedBytes,
    maxConnections: config.smtpMaxConnections,
    maxConnectionsPerClient: config.smtpMaxConnectionsPerClient,
  };
  const create = createSmtpDoor({ name: 'smtp', config, bounds, metrics, log });
  const counters = declareSubmissionCounters(metrics);

  function serve(host: Host): SmtpServer {
    const kindOf = (ctx: SessionContext): SendingKind =>
      host === 'both' ? kindByName(config, ctx.tlsServerName) : host;
    return create({
      hostname: host === 'broadcast' ? config.broadcastHostname : config.hostname,
      greetingName: (name) =>
        host === 'both' && kindByName(config, name) === 'broadcast' ? config.broadcastHostname : undefined,
      allowAuthWithoutTls: (remote, local) => config.authWithoutTls || (isLoopback(remote) && isLoopback(local)),
      handlers: createSubmission({ authenticator, submit, log, counters, kindOf }),
    });
  }

  const hosts = listeners(config);
  const listening = await listenOn(hosts.map(({ host, at }) => ({ server: serve(host), at })));
  const addresses = hosts.flatMap(({ host }, index) =>
    kindsOf(host).map((kind) => ({ kind, address: listening.addresses[index] ?? '' })),
  );
  return { ...listening, addresses };
}

function kindsOf(host: Host): readonly SendingKind[] {
  return host === 'both' ? ['transactional', 'broadcast'] : [host];
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
