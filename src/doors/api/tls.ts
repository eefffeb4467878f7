// GET /tls and /tls/{domain}: what is known of TLS to each destination. For account tokens; ours, not Postmark's.
//
// Decided here: it is about the installation, not about one account's mail; a domain that nothing is known of is 404.
import type { FastifyInstance } from 'fastify';
import type { ApiAuth } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { refuse } from './errors.ts';
import { presentTime } from './present.ts';
import { API_ERRORS } from '../../domain/api-error.ts';
import type { LastSession, PolicyType, StoredPolicy, TlsDestination } from '../../ports/tls-desk.ts';

interface ByDomain {
  Params: { domain: string };
}

export function tlsRoutes(app: FastifyInstance, { auth, tls }: { auth: ApiAuth } & Pick<ApiDeps, 'tls'>): void {
  app.get('/tls', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const shown = await tls.show(undefined);
    const destinations = shown.destinations.map(presentDestination);
    return reply.send({ Day: shown.day, TotalCount: destinations.length, Destinations: destinations });
  });

  app.get<ByDomain>('/tls/:domain', async (request, reply) => {
    const caller = await auth.account(request);
    if (caller.kind === 'refused') return refuse(reply, caller.error);
    const domain = request.params.domain.toLowerCase();
    const shown = await tls.show(domain);
    const [destination] = shown.destinations;
    if (destination === undefined) return refuse(reply, API_ERRORS.noSuchThing(`No session with ${domain} is known.`));
    return reply.send({ Day: shown.day, ...presentDestination(destination) });
  });
}

type Json = Readonly<Record<string, unknown>>;

function presentDestination({ domain, policy, sessions, succeeded, failed }: TlsDestination): Json {
  return {
    Domain: domain,
    Policy: policy === undefined ? null : presentPolicy(policy),
    SucceededToday: succeeded,
    FailedToday: failed,
    Hosts: sessions.map(presentSession),
  };
}

function presentPolicy({ id, policy, fetchedAt, expiresAt }: StoredPolicy): Json {
  return {
    Type: 'MTA-STS',
    Mode: policy.mode,
    ID: id,
    MX: policy.mx,
    FetchedAt: presentTime(fetchedAt),
    ExpiresAt: presentTime(expiresAt),
  };
}

function presentSession(session: LastSession): Json {
  return {
    Host: session.host,
    IP: session.ip === '' ? null : session.ip,
    At: presentTime(session.at),
    Policy: POLICIES[session.policyType],
    Protocol: session.protocol ?? null,
    Cipher: session.cipher ?? null,
    VerifiedBy: session.verifiedBy ?? null,
    Failure: session.failure ?? null,
    Reason: session.reason ?? null,
  };
}

const POLICIES: Readonly<Record<PolicyType, string | null>> = {
  tlsa: 'DANE',
  sts: 'MTA-STS',
  'no-policy-found': null,
};
