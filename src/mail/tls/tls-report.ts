// TLS reports as text: who wants them (RFC 8460 section 3), and what they say (section 4).
//
// Promises: pure; bounded by what is read. Leaves to others: counting, sending.
import type { TlsFailure } from './requirement.ts';

export type ReportTarget =
  { readonly kind: 'mail'; readonly address: string } | { readonly kind: 'https'; readonly url: string };

/** The targets of the one record at `_smtp._tls.<domain>`; none where it is missing, doubled or not understood. */
export function readReportRecord(records: readonly string[]): readonly ReportTarget[] {
  const own = records.filter((record) => /^v=TLSRPTv1[ \t]*;/.test(record));
  const [record] = own;
  if (own.length !== 1 || record === undefined) return [];
  const fields = record.split(';').map((field) => field.trim());
  const rua = fields.find((field) => field.startsWith('rua='))?.slice('rua='.length) ?? '';
  return rua
    .split(',')
    .map((uri) => targetOf(uri.trim()))
    .filter((target) => target !== undefined)
    .slice(0, MAX_TARGETS);
}

/** Sessions under one policy. */
export interface PolicyCounts {
  readonly type: 'tlsa' | 'sts' | 'no-policy-found';
  /** TLSA records, or the lines of a policy. */
  readonly text: readonly string[];
  readonly mx: readonly string[];
  readonly succeeded: number;
  readonly failures: readonly FailureCount[];
}

export interface FailureCount {
  readonly failure: TlsFailure;
  readonly host: string;
  /** Empty where there was no session. */
  readonly ip: string;
  /** Empty where the system chose it. */
  readonly localIp: string;
  readonly reason: string;
  readonly count: number;
}

export interface ReportHead {
  /** The domain that is reported to. */
  readonly domain: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  /** Name of the installation that reports. */
  readonly submitter: string;
  readonly contact: string;
}

export function reportId({ domain, day, submitter }: ReportHead): string {
  return `${day}.${domain}@${submitter}`;
}

/** The JSON object (section 4.4). */
export function reportJson(head: ReportHead, policies: readonly PolicyCounts[]): unknown {
  return {
    'organization-name': head.submitter,
    'date-range': { 'start-datetime': `${head.day}T00:00:00Z`, 'end-datetime': `${head.day}T23:59:59Z` },
    'contact-info': head.contact,
    'report-id': reportId(head),
    policies: policies.map((policy) => policyJson(policy, head.domain)),
  };
}

function policyJson({ type, text, mx, succeeded, failures }: PolicyCounts, domain: string): unknown {
  return {
    policy: {
      'policy-type': type,
      ...(text.length > 0 && { 'policy-string': text }),
      'policy-domain': domain,
      ...(mx.length > 0 && { 'mx-host': mx }),
    },
    summary: {
      'total-successful-session-count': succeeded,
      'total-failure-session-count': failures.reduce((sum, { count }) => sum + count, 0),
    },
    ...(failures.length > 0 && { 'failure-details': failures.map(failureJson) }),
  };
}

function failureJson({ failure, host, ip, localIp, reason, count }: FailureCount): unknown {
  return {
    'result-type': failure,
    ...(localIp !== '' && { 'sending-mta-ip': localIp }),
    // Of a policy that could not be fetched there is no MX host.
    ...(ip !== '' && { 'receiving-mx-hostname': host, 'receiving-ip': ip }),
    'failed-session-count': count,
    ...(reason !== '' && { 'failure-reason-code': reason }),
  };
}

function targetOf(uri: string): ReportTarget | undefined {
  if (/^https:\/\//i.test(uri)) return URL.canParse(uri) ? { kind: 'https', url: uri } : undefined;
  const address = decoded(/^mailto:([^?]{1,500})$/i.exec(uri)?.[1] ?? '');
  return ADDRESS.test(address) ? { kind: 'mail', address } : undefined;
}

/** Commas, exclamation marks and others are escaped in these URIs (section 3). */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** What needs no quotes and no SMTPUTF8. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+$/;
const MAX_TARGETS = 5;
