// Which large mailbox provider takes a recipient's mail: by the name of the MX host, which also knows the domains of
// companies, or by the recipient's own domain where no host was reached. Everybody else is `other`.

export const OTHER_PROVIDER = 'other';

type Row = readonly [provider: string, hosts: readonly string[], domains: readonly string[]];

const PROVIDERS: readonly Row[] = [
  ['google', ['google.com', 'googlemail.com'], ['gmail.com', 'googlemail.com']],
  [
    'microsoft',
    ['outlook.com', 'hotmail.com', 'office365.us'],
    ['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'hotmail.co.uk', 'hotmail.fr', 'outlook.de'],
  ],
  [
    'yahoo',
    ['yahoodns.net'],
    ['yahoo.com', 'ymail.com', 'rocketmail.com', 'aol.com', 'yahoo.co.uk', 'yahoo.de', 'yahoo.fr', 'att.net'],
  ],
  ['apple', ['icloud.com', 'apple.com'], ['icloud.com', 'me.com', 'mac.com']],
  ['comcast', ['comcast.net'], ['comcast.net']],
  ['gmx', ['gmx.net', 'web.de', 'kundenserver.de'], ['gmx.de', 'gmx.net', 'gmx.at', 'web.de', '1und1.de']],
  ['t-online', ['t-online.de'], ['t-online.de', 'magenta.de']],
  ['orange', ['orange.fr'], ['orange.fr', 'wanadoo.fr']],
  ['mail.ru', ['mail.ru'], ['mail.ru', 'bk.ru', 'list.ru', 'inbox.ru']],
  ['yandex', ['yandex.ru', 'yandex.net'], ['yandex.ru', 'yandex.com', 'ya.ru']],
  ['qq', ['qq.com'], ['qq.com', 'foxmail.com']],
  ['proton', ['protonmail.ch'], ['proton.me', 'protonmail.com', 'pm.me']],
];

/** Undefined for hosts of nobody in particular. */
export function providerOfHost(host: string): string | undefined {
  return bySuffix(HOSTS, host.toLowerCase());
}

/** `domain` in lower case. */
export function providerOfDomain(domain: string): string | undefined {
  return DOMAINS.get(domain);
}

const HOSTS = new Map(PROVIDERS.flatMap(([provider, hosts]) => hosts.map((host) => [host, provider] as const)));
const DOMAINS = new Map(PROVIDERS.flatMap(([provider, , domains]) => domains.map((name) => [name, provider] as const)));

function bySuffix(table: ReadonlyMap<string, string>, name: string): string | undefined {
  for (let at = 0; at >= 0; at = name.indexOf('.', at) + 1 || -1) {
    const found = table.get(name.slice(at));
    if (found !== undefined) return found;
  }
  return undefined;
}
