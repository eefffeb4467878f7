// `bulkhead tls`: what is known of TLS to other servers. Reads the files beside the running server.
import { UsageError, type Command } from './command.ts';
import { table } from './table.ts';
import type { LastSession, StoredPolicy, TlsDestination } from '../../ports/tls-desk.ts';

export const tlsCommand: Command = {
  name: 'tls',
  summary: 'show how TLS to other servers goes',
  help: [
    'usage: bulkhead tls [<domain>]',
    '',
    'For each destination: its MTA-STS policy, the last session with each host, how the host proved who it is (DANE or MTA-STS),',
    'what failed, and the sessions of today (UTC). A few seconds behind the running server.',
  ].join('\n'),
  async run(args, host) {
    const [domain, ...more] = args;
    if (more.length > 0) throw new UsageError('one domain at a time');
    const { day, destinations } = await host.tls(domain?.toLowerCase());
    if (destinations.length === 0) {
      host.err(domain === undefined ? 'no session with another server is known yet' : `nothing is known of ${domain}`);
      return domain === undefined ? 0 : 1;
    }
    const lines = domain === undefined ? overview(destinations, day) : destinations.flatMap((each) => told(each, day));
    for (const line of lines) host.out(line);
    return 0;
  },
};

function overview(destinations: readonly TlsDestination[], day: string): string[] {
  const rows = destinations.map((destination) => {
    const failing = destination.sessions.find(({ failure }) => failure !== undefined);
    const trouble = failing === undefined ? '' : `${failing.host}: ${failing.failure ?? ''}`;
    return [destination.domain, policyOf(destination), `${destination.succeeded}`, `${destination.failed}`, trouble];
  });
  return table(['domain', 'policy', `ok ${day}`, 'failed', 'last trouble'], rows);
}

function policyOf({ policy, sessions }: TlsDestination): string {
  if (sessions.some(({ policyType }) => policyType === 'tlsa')) return 'dane';
  return policy === undefined ? 'none' : `mta-sts ${policy.policy.mode}`;
}

function told(destination: TlsDestination, day: string): string[] {
  const { domain, policy, sessions, succeeded, failed } = destination;
  return [
    `${domain}: ${succeeded} sessions went well on ${day}, ${failed} did not`,
    ...(policy === undefined ? ['  no MTA-STS policy is kept'] : toldPolicy(policy)),
    ...sessions.map((session) => `  ${toldSession(session)}`),
  ];
}

function toldPolicy({ id, policy, fetchedAt, expiresAt }: StoredPolicy): string[] {
  const names = policy.mx.length === 0 ? '' : ` for ${policy.mx.join(', ')}`;
  return [
    `  MTA-STS, mode ${policy.mode}${names}`,
    `    id ${id}, fetched ${time(fetchedAt)}, counts until ${time(expiresAt)}`,
  ];
}

function toldSession(session: LastSession): string {
  const { host, ip, at, protocol, cipher, verifiedBy, failure, reason } = session;
  const how = protocol === undefined ? 'no TLS' : `${protocol} ${cipher ?? ''}`;
  const proof = verifiedBy === undefined ? 'not verified' : `verified by ${verifiedBy}`;
  const trouble = failure === undefined ? '' : `; ${failure}: ${reason ?? ''}`;
  return `${time(at)}  ${ip === '' ? host : `${host} (${ip})`}: ${how}, ${proof}${trouble}`;
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
