// What managing servers needs of this installation, for the server and the command line alike.
import { freshResolver } from './fresh-resolver.ts';
import { routeOptions } from './routing.ts';
import type { Config } from './config.ts';
import { targetProblem } from '../core/judge-target.ts';
import type { ServerTools } from '../doors/api/deps.ts';
import type { Clock } from '../lib/clock.ts';
import type { DnsAnswer, MxRecord, Resolver } from '../ports/resolver.ts';

export interface ServerToolsDeps {
  readonly config: Config;
  readonly hashToken: (token: string) => string;
  /** Base URLs that the API listens on. */
  readonly http: () => readonly string[];
  readonly clock: Clock;
}

export function serverTools({ config, hashToken, http, clock }: ServerToolsDeps): ServerTools {
  const { refusal } = routeOptions(config, clock);
  const { inboundDomain, hostname, broadcastHostname, returnPathDomain } = config;
  const asking = freshResolver(config, clock);
  return {
    deletion: config.serverDeletion,
    inboundDomain,
    ownNames: [inboundDomain, hostname, broadcastHostname, returnPathDomain],
    hashToken,
    baseUrl: () => http()[0] ?? `http://${config.http.host}:${config.http.port}`,
    urlProblem: (url) =>
      targetProblem(url, {
        refusal,
        addressesOf: (host) => asking((resolver) => addressesOf(resolver, host)),
      }),
    mxProblem: (domain) => asking(async (resolver) => mxProblem(await resolver.mx(domain), [inboundDomain, hostname])),
  };
}

async function addressesOf(resolver: Resolver, host: string): Promise<readonly string[]> {
  const answers = await Promise.all([resolver.a(host), resolver.aaaa(host)]);
  return answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
}

function mxProblem(answer: DnsAnswer<MxRecord>, ours: readonly string[]): string | undefined {
  switch (answer.kind) {
    case 'found': {
      const names = answer.records.map(({ exchange }) => exchange);
      return names.some((name) => ours.includes(name)) ? undefined : `its MX leads to ${names.slice(0, 5).join(', ')}`;
    }
    case 'none':
      return 'it has none';
    case 'nxdomain':
      return 'the domain does not exist';
    case 'temporary':
      return `DNS gave no answer (${answer.reason})`;
  }
}
