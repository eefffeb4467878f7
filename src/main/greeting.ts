// What `npm start` tells a person: where everything listens, the tokens (once), and commands to paste that work as printed.
import type { SetUp } from '../core/set-up.ts';
import type { InstallationFacts } from '../doors/api/deps.ts';

export function greeting(facts: InstallationFacts, setUp: SetUp, sender: string): string[] {
  const http = facts.addresses.http[0] ?? '';
  const smtp = (kind: 'transactional' | 'broadcast'): string[] =>
    facts.addresses.smtp.filter((item) => item.kind === kind).map(({ address }) => address);
  const captures = facts.delivery === 'capture';
  return [
    '',
    `Bulkhead ${facts.version} is ready.`,
    '',
    `  Start page and API      ${http}/`,
    `  SMTP, transactional     ${smtp('transactional').join(', ')}`,
    `  SMTP, broadcast         ${smtp('broadcast').join(', ')}`,
    `  Bounces come back to    ${facts.addresses.mx.length > 0 ? facts.addresses.mx.join(', ') : 'nowhere (BULKHEAD_MX is empty)'}`,
    captures
      ? `  Mail is CAPTURED        nothing leaves this machine; read it at ${http}/ (BULKHEAD_DELIVERY=direct turns delivery on)`
      : '  Mail is delivered       to the MX hosts of its recipients',
    '',
    ...(setUp.first === undefined
      ? laterStart()
      : firstStart({ http, smtp: smtp('transactional')[0] ?? '', sender, tokens: setUp.first, captures })),
    '',
  ];
}

function laterStart(): string[] {
  return [
    'Tokens are shown only when they are made: \'bin/bulkhead token create --server "My first server"\' makes another.',
  ];
}

interface FirstStart {
  readonly http: string;
  readonly smtp: string;
  readonly sender: string;
  readonly tokens: { readonly accountToken: string; readonly serverToken: string };
  readonly captures: boolean;
}

function firstStart({ http, smtp, sender, tokens, captures }: FirstStart): string[] {
  const { accountToken, serverToken } = tokens;
  return [
    'These tokens are shown this once:',
    '',
    `  Account API token       ${accountToken}   manages servers, domains, signatures`,
    `  Server API token        ${serverToken}   sends: HTTP header, or SMTP user name and password both`,
    '',
    'Send a first message over HTTP:',
    '',
    `  curl -sS ${http}/email -H 'Content-Type: application/json' -H 'X-Postmark-Server-Token: ${serverToken}' \\`,
    `    -d '{"From":"${sender}","To":"you@example.com","Subject":"Hello","TextBody":"Hello from Bulkhead"}'`,
    '',
    'or over SMTP:',
    '',
    `  swaks --server ${smtp} --tls --auth PLAIN --auth-user ${serverToken} --auth-password ${serverToken} \\`,
    `    --from ${sender} --to you@example.com --header 'Subject: Hello' --body 'Hello from Bulkhead'`,
    '',
    captures ? 'and see what was captured:' : 'and see what became of it:',
    '',
    `  curl -sS ${captures ? `${http}/capture` : `'${http}/messages/outbound?count=10&offset=0'`} -H 'X-Postmark-Server-Token: ${serverToken}'`,
  ];
}
