// What a message asks of TLS beyond the policies of its destinations (RFC 8689).
//
// `required` (REQUIRETLS, section 4.2.1): each host must be known as one of the domain's, by DNSSEC or by MTA-STS, or because
// there is no MX record; it must prove its name, by DANE or by a trusted root; and it must offer REQUIRETLS itself, which the
// session sees. `optional` (TLS-Required: No, section 4.1): policies are not enforced, TLS is used as it comes.
// Sessions for `optional` are not counted: reports about TLS are sent so, and must not be about one another (RFC 8460 section 3).
// Promises: a site of its own for each, so that no connection is used for more than it proved.
import type { Message } from '../domain/message.ts';
import type { TlsRequirement } from '../mail/tls/requirement.ts';
import { keyOf, type TlsSite } from './route-with-tls.ts';

/** `domains`: those of the recipients. */
export function siteForMessage(
  site: TlsSite,
  { tls }: Pick<Message, 'tls'>,
  domains: () => readonly string[],
): TlsSite {
  if (tls === undefined) return site;
  const mxKey = site.mxKey ?? site.key;
  if (tls === 'optional') {
    const hosts = site.hosts.map(({ host, addresses }) => ({ host, addresses }));
    return { ...site, key: `${mxKey} tls-optional`, mxKey, hosts, isUntold: true };
  }
  const hosts = site.hosts.map((host) => {
    // Without an MX record the domain is its own host, and nothing stands between the two.
    const isKnown = site.secure === true || domains().every((domain) => domain === host.host);
    return { ...host, tls: stricter(host.tls, isKnown) };
  });
  return { ...site, key: `${keyOf(mxKey, hosts)} requiretls`, mxKey, hosts };
}

function stricter(tls: TlsRequirement | undefined, isKnown: boolean): TlsRequirement {
  switch (tls?.kind) {
    case 'dane':
      return tls;
    case 'pkix':
      return { ...tls, enforced: true };
    case 'barred':
      return { ...tls, enforced: true };
    case 'encrypted':
    case undefined:
      return isKnown ? VERIFIED : UNPROVED;
  }
}

const VERIFIED: TlsRequirement = { kind: 'pkix', by: 'requiretls', enforced: true };
const UNPROVED: TlsRequirement = {
  kind: 'barred',
  enforced: true,
  forGood: true,
  failure: 'validation-failure',
  reason: 'neither DNSSEC nor MTA-STS proves that it is a mail server of the domain, which REQUIRETLS asks for',
};
