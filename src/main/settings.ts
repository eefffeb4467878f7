// The table of settings: every name, default, unit and help text in one place. `config.ts` reads values into it.
import { ADDRESS_CHECKS, type AddressCheck } from '../core/prove-address.ts';
import { GUARD_SETTINGS } from './guard-settings.ts';
import { SENDER_SETTINGS } from './sender-settings.ts';
import {
  text,
  optional,
  endpoint,
  list,
  integer,
  boolean,
  oneOf,
  hostName,
  network,
  token,
  masterKey,
  type Parsed,
} from './setting-values.ts';
import { LOG_LEVELS, type LogLevel } from '../lib/log.ts';

export interface Setting<T> {
  /** Key in bulkhead.toml; the environment variable is BULKHEAD_ and this in capitals. */
  readonly key: string;
  readonly fallback: string;
  readonly unit: string;
  readonly help: string;
  readonly secret?: true;
  readonly parse: (text: string) => Parsed<T>;
}

function setting<T>(key: string, shape: Omit<Setting<T>, 'key'>): Setting<T> {
  return { key, ...shape };
}

/** An empty fallback means "chosen at start"; the help says how. */
export const SETTINGS = {
  data: setting('data', {
    fallback: 'data',
    unit: 'folder',
    help: 'Where everything is kept: queues, events, keys.',
    parse: text,
  }),
  http: setting('http', {
    fallback: '127.0.0.1:8025',
    unit: 'ip:port',
    help: 'Address of the HTTP API and the start page.',
    parse: endpoint,
  }),
  smtp: setting('smtp', {
    fallback: '127.0.0.1:2525',
    unit: 'ip:port, a list',
    help: 'Addresses of the transactional SMTP host.',
    parse: list(endpoint, 1),
  }),
  smtpBroadcast: setting('smtp_broadcast', {
    fallback: '127.0.0.1:2526',
    unit: 'ip:port, a list',
    help: 'Addresses of the broadcast SMTP host. An address that both hosts share serves the host that the TLS client names (SNI).',
    parse: list(endpoint, 1),
  }),
  mx: setting('mx', {
    fallback: '127.0.0.1:2527',
    unit: 'ip:port, a list',
    help: 'Addresses of the door for mail from outside: bounces, complaints, postmaster. Port 25 of the return-path domain has to lead there. Empty: no such door.',
    parse: list(endpoint, 0),
  }),
  hostname: setting('hostname', {
    fallback: '',
    unit: 'host name',
    help: 'Name of this installation in EHLO, Message-ID and greetings. Default: the name of the machine where it has a dot, else bulkhead.localhost.',
    parse: optional(hostName),
  }),
  broadcastHostname: setting('broadcast_hostname', {
    fallback: '',
    unit: 'host name',
    help: 'Name of the broadcast SMTP host, by which TLS clients (SNI) choose it. Default: broadcasts.<hostname>.',
    parse: optional(hostName),
  }),
  returnPathDomain: setting('return_path_domain', {
    fallback: '',
    unit: 'host name',
    help: 'Domain of the return paths (VERP). Its MX must lead here, and its SPF must allow our addresses. Default: the hostname.',
    parse: optional(hostName),
  }),
  inboundDomain: setting('inbound_domain', {
    fallback: '',
    unit: 'host name',
    help: 'Domain of the inbound addresses that servers have. Its MX must lead here. Default: inbound.<hostname>.',
    parse: optional(hostName),
  }),
  serverDeletion: setting('server_deletion', {
    fallback: 'false',
    unit: 'true | false',
    help: 'Whether account tokens may delete servers over the API.',
    parse: boolean,
  }),
  delivery: setting('delivery', {
    fallback: 'capture',
    unit: 'capture | direct',
    help: 'capture keeps all mail in the built-in inbox; direct delivers it to the MX hosts of its recipients.',
    parse: oneOf(['capture', 'direct']),
  }),
  dns: setting('dns', {
    fallback: '',
    unit: 'ip:port, a list',
    help: "Resolvers to ask. Default: the system's.",
    parse: list(endpoint, 0),
  }),
  dnssec: setting('dnssec', {
    fallback: 'auto',
    unit: 'auto | off | resolver',
    help: "Whether the resolvers' word that DNSSEC proved an answer is believed, which DANE needs. auto: where all resolvers are on this machine.",
    parse: oneOf(['auto', 'off', 'resolver']),
  }),
  mxPort: setting('mx_port', {
    fallback: '25',
    unit: 'port',
    help: 'Port of remote MX hosts; other than 25 only for tests.',
    parse: integer(1, 65535),
  }),
  tlsReports: setting('tls_reports', {
    fallback: 'true',
    unit: 'true | false',
    help: 'Send daily reports about TLS to the domains that ask for them (TLS-RPT).',
    parse: boolean,
  }),
  postmaster: setting('postmaster', {
    fallback: '',
    unit: 'mail address',
    help: 'Whom other operators can write to; TLS reports name it. Default: postmaster@<hostname>.',
    parse: optional(text),
  }),
  stsPort: setting('sts_port', {
    fallback: '443',
    unit: 'port',
    help: 'HTTPS port that MTA-STS policies are fetched from; other than 443 only for tests.',
    parse: integer(1, 65535),
  }),
  allowNetworks: setting('allow_networks', {
    fallback: '',
    unit: 'CIDR, a list',
    help: 'Loopback, private and other special networks that may be MX hosts, relays or webhook targets all the same.',
    parse: list(network, 0),
  }),
  verifyWebhooks: setting('verify_webhooks', {
    fallback: 'false',
    unit: 'true | false',
    help: 'Probe webhooks that are made or changed where the request does not say whether to (Verify).',
    parse: boolean,
  }),
  addressChecks: setting('address_checks', {
    fallback: ADDRESS_CHECKS.join(','),
    unit: `${ADDRESS_CHECKS.join(' | ')}, a list`,
    help: 'What quarantines an address of a pool when it fails: not of this machine, no PTR record that leads back, an EHLO name that does not lead to it, on a block list. The others are looked at and told.',
    parse: list(oneOf<AddressCheck>(ADDRESS_CHECKS), 0),
  }),
  addressCheckEvery: setting('address_check_every', {
    fallback: '3600',
    unit: 'seconds',
    help: 'How often each address of a pool is checked; one that is quarantined every five minutes at least.',
    parse: integer(1, 86_400),
  }),
  dnsblZones: setting('dnsbl_zones', {
    fallback: '',
    unit: 'domain, a list',
    help: 'Block lists that are asked about the addresses of pools, by a resolver that they serve.',
    parse: list(hostName, 0),
  }),
  accountToken: setting('account_token', {
    fallback: '',
    unit: 'UUID',
    help: 'Account token to create at the first start instead of a random one.',
    secret: true,
    parse: optional(token),
  }),
  serverToken: setting('server_token', {
    fallback: '',
    unit: 'UUID',
    help: 'Server token to create at the first start instead of a random one.',
    secret: true,
    parse: optional(token),
  }),
  trustedDomains: setting('trusted_domains', {
    fallback: '',
    unit: 'domain, a list',
    help: "Sending domains taken as verified by the operator's word; a DKIM key is made for each.",
    parse: list(hostName, 0),
  }),
  tlsCert: setting('tls_cert', {
    fallback: '',
    unit: 'PEM file',
    help: 'Certificate chain of the SMTP hosts. Default: a self-signed one in the data folder.',
    parse: optional(text),
  }),
  tlsKey: setting('tls_key', {
    fallback: '',
    unit: 'PEM file',
    help: 'Private key of the certificate.',
    parse: optional(text),
  }),
  log: setting('log', {
    fallback: 'info',
    unit: LOG_LEVELS.join(' | '),
    help: 'How much is logged, on standard error.',
    parse: oneOf<LogLevel>(LOG_LEVELS),
  }),
  secret: setting('secret', {
    fallback: '',
    unit: '64 hex digits',
    help: 'Master key for tokens and secrets at rest. Default: made at the first start, in the data folder.',
    secret: true,
    parse: optional(masterKey),
  }),
  authWithoutTls: setting('auth_without_tls', {
    fallback: 'false',
    unit: 'true | false',
    help: 'Offer SMTP AUTH without TLS to clients beyond loopback. Their tokens then cross the network in the clear.',
    parse: boolean,
  }),
  smtpMaxConnections: setting('smtp_max_connections', {
    fallback: '1000',
    unit: 'connections',
    help: 'SMTP sessions in all.',
    parse: integer(1, 100_000),
  }),
  smtpMaxConnectionsPerClient: setting('smtp_max_connections_per_client', {
    fallback: '100',
    unit: 'connections',
    help: 'SMTP sessions of one client address.',
    parse: integer(1, 100_000),
  }),
  smtpIdleTimeout: setting('smtp_idle_timeout', {
    fallback: '300',
    unit: 'seconds',
    help: 'A silent SMTP session is ended after this.',
    parse: integer(1, 86_400),
  }),
  maxSmtpBytes: setting('max_smtp_bytes', {
    fallback: '20480000',
    unit: 'bytes',
    help: 'SIZE that SMTP announces; the rule for messages (10 MB) is below it.',
    parse: integer(1024, 100_000_000),
  }),
  maxBufferedBytes: setting('max_buffered_bytes', {
    fallback: '268435456',
    unit: 'bytes',
    help: 'Mail held in memory before it is on disk, in all. Beyond it clients are told to come back.',
    parse: integer(1_000_000, 17_179_869_184),
  }),
  queueLimit: setting('queue_limit', {
    fallback: '0',
    unit: 'bytes, 0 is none',
    help: "Size that a lane's file may reach; beyond it mail is refused for the time being.",
    parse: integer(0, 2 ** 50),
  }),
  laneWindow: setting('lane_window', {
    fallback: '1000',
    unit: 'deliveries',
    help: 'Deliveries that a lane works on at a time; the rest stay on disk.',
    parse: integer(1, 100_000),
  }),
  laneWindowBytes: setting('lane_window_bytes', {
    fallback: '67108864',
    unit: 'bytes',
    help: 'Message bodies that a lane holds in memory at a time.',
    parse: integer(1_000_000, 17_179_869_184),
  }),
  laneConnections: setting('lane_connections', {
    fallback: '100',
    unit: 'connections',
    help: 'Outbound connections of a lane.',
    parse: integer(1, 10_000),
  }),
  siteConnections: setting('site_connections', {
    fallback: '20',
    unit: 'connections',
    help: 'Outbound connections of a lane to one site (group of MX hosts).',
    parse: integer(1, 1000),
  }),
  retryFirst: setting('retry_first', {
    fallback: '60',
    unit: 'seconds',
    help: 'Wait before the second attempt; later waits grow.',
    parse: integer(1, 86_400),
  }),
  retryLongest: setting('retry_longest', {
    fallback: '21600',
    unit: 'seconds',
    help: 'Longest wait between two attempts.',
    parse: integer(1, 604_800),
  }),
  retryLifetime: setting('retry_lifetime', {
    fallback: '172800',
    unit: 'seconds',
    help: 'A message that is not delivered after this bounces.',
    parse: integer(1, 1_209_600),
  }),
  connectTimeout: setting('connect_timeout', {
    fallback: '30',
    unit: 'seconds',
    help: 'Deadline of an outbound connection.',
    parse: integer(1, 600),
  }),
  replyTimeout: setting('reply_timeout', {
    fallback: '120',
    unit: 'seconds',
    help: 'Deadline of a reply of a remote server, apart from the last one.',
    parse: integer(1, 3600),
  }),
  finalTimeout: setting('final_timeout', {
    fallback: '600',
    unit: 'seconds',
    help: 'Deadline of the reply to the final dot. Giving up early there makes duplicates.',
    parse: integer(1, 3600),
  }),
  retentionDays: setting('retention_days', {
    fallback: '45',
    unit: 'days',
    help: 'How long messages and events are kept for reading back.',
    parse: integer(7, 365),
  }),
  dataRemovals: setting('data_removals', {
    fallback: 'false',
    unit: 'true | false',
    help: 'Let account tokens ask for the data of a recipient to be erased (POST /data-removals). What was erased does not come back.',
    parse: boolean,
  }),
  rateLimit: setting('rate_limit', {
    fallback: '0',
    unit: 'requests a minute, 0 is none',
    help: "Requests over the API that a server's tokens may make, together; beyond it 429. `server set --requests-per-minute` has another limit for one server.",
    parse: integer(0, 1_000_000),
  }),
  ...GUARD_SETTINGS,
  ...SENDER_SETTINGS,
} as const;
