// What the sessions of a door tell, counted and logged: the same for whoever submits and for the world.
import type { Log } from '../../lib/log.ts';
import type { CounterMetric, Metrics } from '../../lib/metrics.ts';
import type { ServerFact } from '../../mail/smtp/facts.ts';

export interface SessionCounters {
  readonly violations: CounterMetric<'what'>;
  readonly rejected: CounterMetric<'reason'>;
}

/** In the names of metrics: submission, and the door for mail from outside. */
export type DoorName = 'smtp' | 'mx';

const SESSIONS: Readonly<Record<DoorName, string>> = {
  smtp: 'of submission',
  mx: 'at the door for mail from outside',
};

export function declareSessionCounters(metrics: Metrics, door: DoorName): SessionCounters {
  const where = SESSIONS[door];
  return {
    violations: metrics.counter({
      name: `bulkhead_${door}_violations_total`,
      help: `SMTP sessions ${where} that broke the protocol, by how.`,
      labels: ['what'],
    }),
    rejected: metrics.counter({
      name: `bulkhead_${door}_connections_rejected_total`,
      help: `SMTP connections ${where} beyond the limits.`,
      labels: ['reason'],
    }),
  };
}

/** Counts and logs what sessions tell; nothing here holds a credential or content. */
export function watchSessions(deps: {
  readonly log: Log;
  readonly counters: SessionCounters;
}): (fact: ServerFact) => void {
  const { log, counters } = deps;
  return (fact) => {
    switch (fact.kind) {
      case 'rejected':
        counters.rejected.inc({ reason: fact.reason });
        log.warn({ client: fact.remoteAddress, reason: fact.reason }, 'SMTP connection refused: too many');
        return;
      case 'violation':
        counters.violations.inc({ what: fact.what });
        log.info({ session: fact.ctx.id, client: fact.ctx.remoteAddress, what: fact.what }, 'SMTP protocol violation');
        return;
      case 'handler-failed':
      case 'fault':
        log.error({ session: fact.ctx.id, err: fact.error }, 'SMTP session failed unexpectedly');
        return;
      case 'handler-timeout':
      case 'reply-lost':
        log.warn(
          { session: fact.ctx.id, client: fact.ctx.remoteAddress, kind: fact.kind },
          'SMTP client did not get its answer and may send again',
        );
        return;
      case 'tls-failed':
        log.info({ session: fact.ctx.id, client: fact.ctx.remoteAddress, detail: fact.detail }, 'TLS handshake failed');
        return;
      case 'opened':
      case 'closed':
      case 'tls':
      case 'authenticated':
      case 'auth-failed':
      case 'message':
        log.debug({ session: fact.ctx.id, kind: fact.kind }, 'SMTP session');
        return;
    }
  };
}
