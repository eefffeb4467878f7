// Who runs the mail servers of a site, and what they are known to bear. Data: suffixes of MX host names and limits.
//
// A provider is recognised by its hosts and not by the recipient's domain: a company's domain at Google is Google. Where
// `together` holds, all its sites share one pace (one back-off stops all of them); filters that give each customer
// servers of its own have the limits and the rules in common, but a pace for each site.
// Limits are for one lane. They are what providers publish or what senders agree on; the pace finds out less by itself.

export interface SiteLimits {
  /** Connections at a time; the lane's own bound holds where it is lower. */
  readonly connections: number;
  /** Connections to begin with, before anything is known. */
  readonly first: number;
  /** Transactions over one connection; undefined: the lane's own bound. */
  readonly perConnection: number | undefined;
  readonly perMinute: number | undefined;
}

export interface Provider {
  /** Kebab-case; in metrics, plans and guards. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Suffixes of its MX host names, whole labels, lower case. */
  readonly hosts: readonly string[];
  readonly together: boolean;
  readonly limits: Partial<SiteLimits>;
}

export const DEFAULT_LIMITS: SiteLimits = {
  connections: Infinity,
  first: 4,
  perConnection: undefined,
  perMinute: undefined,
};

type Row = readonly [id: string, name: string, hosts: readonly string[], limits: Partial<SiteLimits>];

const MAILBOX_PROVIDERS: readonly Row[] = [
  ['google', 'Google', ['google.com', 'googlemail.com', 'smtp.goog'], { connections: 10, perConnection: 50 }],
  ['microsoft', 'Microsoft consumer', ['olc.protection.outlook.com'], { connections: 10, perConnection: 50 }],
  [
    'microsoft-365',
    'Microsoft 365',
    ['mail.protection.outlook.com', 'mx.microsoft', 'mail.protection.partner.outlook.cn'],
    { connections: 10, perConnection: 50 },
  ],
  // Yahoo asks for no more than 20 messages over one connection.
  ['yahoo', 'Yahoo and AOL', ['yahoodns.net'], { connections: 5, perConnection: 20 }],
  ['apple', 'Apple iCloud', ['icloud.com', 'apple.com'], { connections: 10, perConnection: 20 }],
  ['comcast', 'Comcast', ['comcast.net'], { connections: 20 }],
  ['charter', 'Charter and Spectrum', ['charter.net', 'rr.com'], { connections: 5, perConnection: 50 }],
  ['cox', 'Cox', ['cox.net'], { connections: 5, perConnection: 25 }],
  ['att', 'AT&T', ['prodigy.net', 'att.net'], { connections: 5, perConnection: 50 }],
  [
    'united-internet',
    'GMX, WEB.DE, mail.com, IONOS',
    [
      'gmx.net',
      'web.de',
      'mail.com',
      'kundenserver.de',
      'ionos.de',
      'ionos.com',
      'ionos.co.uk',
      '1and1.com',
      '1and1.co.uk',
    ],
    { connections: 8, perConnection: 100 },
  ],
  ['t-online', 'Telekom', ['t-online.de'], { connections: 4, perConnection: 50 }],
  ['freenet', 'freenet', ['freenet.de'], { connections: 5 }],
  // Orange refuses the fourth connection of an address.
  ['orange', 'Orange', ['orange.fr', 'wanadoo.fr'], { connections: 3, first: 1, perConnection: 100 }],
  ['free', 'Free', ['free.fr'], { connections: 3, first: 1 }],
  ['laposte', 'La Poste', ['laposte.net'], { connections: 3, first: 1 }],
  ['sfr', 'SFR', ['sfr.fr', 'sfr.net', 'neuf.fr'], { connections: 3, first: 1 }],
  ['bouygues', 'Bouygues', ['bbox.fr', 'bouyguestelecom.fr'], { connections: 3, first: 1 }],
  ['ovh', 'OVH', ['mail.ovh.net', 'mail.ovh.ca'], { connections: 10 }],
  ['gandi', 'Gandi', ['mail.gandi.net'], { connections: 5 }],
  ['infomaniak', 'Infomaniak', ['ikmail.com', 'infomaniak.ch'], { connections: 5 }],
  ['bluewin', 'Swisscom', ['bluewin.ch'], { connections: 5 }],
  ['libero', 'Libero', ['libero.it', 'iol.it'], { connections: 3, perConnection: 50 }],
  ['seznam', 'Seznam', ['seznam.cz'], { connections: 5 }],
  ['wp', 'Wirtualna Polska and o2', ['wp.pl', 'o2.pl'], { connections: 5 }],
  ['onet', 'Onet', ['onet.pl'], { connections: 5 }],
  ['mail-ru', 'Mail.ru', ['mail.ru'], { connections: 8, perConnection: 50 }],
  ['yandex', 'Yandex', ['yandex.ru', 'yandex.net'], { connections: 8, perConnection: 50 }],
  ['rambler', 'Rambler', ['rambler.ru'], { connections: 4 }],
  ['qq', 'Tencent QQ', ['qq.com'], { connections: 3, first: 1, perConnection: 20 }],
  [
    'netease',
    'NetEase 163 and 126',
    ['netease.com', '163.com', '126.com'],
    { connections: 3, first: 1, perConnection: 20 },
  ],
  ['naver', 'Naver', ['naver.com'], { connections: 4, first: 1 }],
  ['daum', 'Daum and Hanmail', ['hanmail.net', 'daum.net'], { connections: 4, first: 1 }],
  ['docomo', 'NTT Docomo', ['docomo.ne.jp'], { connections: 3, first: 1 }],
  ['au', 'KDDI au', ['au.com', 'ezweb.ne.jp'], { connections: 3, first: 1 }],
  ['softbank', 'SoftBank', ['softbank.jp', 'softbank.ne.jp'], { connections: 3, first: 1 }],
  ['bigpond', 'Telstra', ['bigpond.com', 'telstra.com'], { connections: 4 }],
  ['zoho', 'Zoho', ['zoho.com', 'zoho.eu', 'zoho.in', 'zohomail.com'], { connections: 5, perConnection: 50 }],
  ['fastmail', 'Fastmail', ['messagingengine.com'], { connections: 10 }],
  ['proton', 'Proton', ['protonmail.ch'], { connections: 10 }],
  ['tuta', 'Tuta', ['tutanota.de'], { connections: 5 }],
  ['rackspace', 'Rackspace', ['emailsrvr.com'], { connections: 10 }],
  ['godaddy', 'GoDaddy', ['secureserver.net'], { connections: 5, perConnection: 50 }],
];

/** In front of companies: each customer, or each region, has servers of its own. */
const FILTERS: readonly Row[] = [
  ['proofpoint', 'Proofpoint', ['pphosted.com', 'ppe-hosted.com'], { connections: 10, perConnection: 100 }],
  [
    'mimecast',
    'Mimecast',
    ['mimecast.com', 'mimecast.co.za', 'mimecast-offshore.com'],
    { connections: 10, perConnection: 100 },
  ],
  ['barracuda', 'Barracuda', ['barracudanetworks.com'], { connections: 10, perConnection: 100 }],
  ['cisco', 'Cisco Secure Email', ['iphmx.com'], { connections: 10, perConnection: 100 }],
  ['trend-micro', 'Trend Micro', ['trendmicro.com', 'trendmicro.eu'], { connections: 10 }],
  ['hornetsecurity', 'Hornetsecurity', ['hornetsecurity.com', 'antispameurope.com'], { connections: 10 }],
  ['cloudflare', 'Cloudflare Email Routing', ['mx.cloudflare.net'], { connections: 10 }],
];

export const PROVIDERS: readonly Provider[] = [
  ...MAILBOX_PROVIDERS.map((row) => provider(row, { together: true })),
  ...FILTERS.map((row) => provider(row, { together: false })),
];

function provider([id, name, hosts, limits]: Row, { together }: { readonly together: boolean }): Provider {
  return { id, name, hosts, together, limits };
}
