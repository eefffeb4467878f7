// The mailbox provider of a recipient's domain, where no host tells it: complaints and reports name none. Only domains whose
// mail goes to nobody else; companies' own domains are known by their hosts (shaping/provider-of.ts). Ids are those of
// shaping/providers.ts.

/** Everybody who is no large provider. */
export const OTHER_PROVIDER = 'other';

/** `domain` in lower case; undefined for domains of nobody in particular. */
export function providerOfDomain(domain: string): string | undefined {
  return BY_DOMAIN.get(domain);
}

const DOMAINS: readonly (readonly [provider: string, domains: string])[] = [
  ['google', 'gmail.com googlemail.com'],
  ['microsoft', 'outlook.com hotmail.com live.com msn.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it live.fr'],
  ['yahoo', 'yahoo.com ymail.com rocketmail.com aol.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.com.br'],
  ['apple', 'icloud.com me.com mac.com'],
  ['comcast', 'comcast.net'],
  ['united-internet', 'gmx.de gmx.net gmx.at gmx.ch gmx.com web.de mail.com'],
  ['t-online', 't-online.de magenta.de'],
  ['freenet', 'freenet.de'],
  ['orange', 'orange.fr wanadoo.fr'],
  ['free', 'free.fr'],
  ['laposte', 'laposte.net'],
  ['sfr', 'sfr.fr neuf.fr'],
  ['libero', 'libero.it'],
  ['seznam', 'seznam.cz'],
  ['wp', 'wp.pl o2.pl'],
  ['onet', 'onet.pl'],
  ['mail-ru', 'mail.ru bk.ru list.ru inbox.ru'],
  ['yandex', 'yandex.ru yandex.com ya.ru'],
  ['qq', 'qq.com foxmail.com'],
  ['netease', '163.com 126.com yeah.net'],
  ['naver', 'naver.com'],
  ['fastmail', 'fastmail.com fastmail.fm'],
  ['proton', 'proton.me protonmail.com pm.me'],
];

const BY_DOMAIN: ReadonlyMap<string, string> = new Map(
  DOMAINS.flatMap(([provider, domains]) => domains.split(' ').map((domain) => [domain, provider] as const)),
);
