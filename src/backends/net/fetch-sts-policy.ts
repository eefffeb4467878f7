// Fetches an MTA-STS policy: HTTPS from `mta-sts.<domain>`, plain text, 64 KB at most (RFC 8461 section 3.3).
//
// Promises: those of https-request; every failure is told by its name in reports (RFC 8460 4.3.2.2).
import { parseStsPolicy, type StsPolicy } from '../../mail/tls/mta-sts.ts';
import type { TlsFlaw } from '../../mail/tls/requirement.ts';
import { httpsRequest, type HttpsOptions } from './https-request.ts';

export interface FetchPolicyOptions extends Omit<HttpsOptions, 'timeoutMs'> {
  /** 443 without it. */
  readonly port?: number;
  readonly timeoutMs?: number;
}

export type FetchedPolicy =
  { readonly kind: 'policy'; readonly policy: StsPolicy } | ({ readonly kind: 'failed' } & TlsFlaw);

export async function fetchStsPolicy(domain: string, options: FetchPolicyOptions): Promise<FetchedPolicy> {
  const { port = HTTPS_PORT, timeoutMs = TIMEOUT_MS } = options;
  const host = `mta-sts.${domain}`;
  const question = { method: 'GET', host, port, path: PATH, headers: { Accept: 'text/plain' } } as const;
  const answer = await httpsRequest({ ...question, maxBytes: MAX_BYTES }, { ...options, timeoutMs });
  if (answer.kind === 'failed') {
    return failed(answer.cause === 'certificate' ? 'sts-webpki-invalid' : 'sts-policy-fetch-error', answer.reason);
  }
  const { status, type, body } = answer;
  if (status !== OK) return failed('sts-policy-fetch-error', `${host} answered ${status}`);
  if (!/^text\/plain\s*(?:;|$)/i.test(type)) {
    const shown = type.slice(0, 60) || 'no type';
    return failed('sts-policy-fetch-error', `${host} sent ${shown} where text/plain is due`);
  }
  const parsed = parseStsPolicy(body);
  return 'policy' in parsed
    ? { kind: 'policy', policy: parsed.policy }
    : failed('sts-policy-invalid', `the policy cannot be read: ${parsed.problem}`);
}

function failed(failure: TlsFlaw['failure'], reason: string): FetchedPolicy {
  return { kind: 'failed', failure, reason };
}

const HTTPS_PORT = 443;
const PATH = '/.well-known/mta-sts.txt';
const OK = 200;
const MAX_BYTES = 65_536;
/** The RFC suggests a minute. */
const TIMEOUT_MS = 60_000;
