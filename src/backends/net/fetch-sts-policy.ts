// Fetches an MTA-STS policy: HTTPS with a certificate of a trusted root for `mta-sts.<domain>`, no redirects, plain text
// (RFC 8461 section 3.3).
//
// Promises: ends within the deadline; reads no more than 64 KB; connects only to addresses that the policy of networks allows,
// and to the very address that was judged. Every failure is told by its name in reports (RFC 8460 4.3.2.2).
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import { parseStsPolicy, type StsPolicy } from '../../mail/tls/mta-sts.ts';
import type { TlsFlaw } from '../../mail/tls/requirement.ts';
import type { DnsAnswer, Resolver } from '../../ports/resolver.ts';

export interface FetchPolicyOptions {
  readonly resolver: Pick<Resolver, 'a' | 'aaaa'>;
  /** Why an address must not be connected to; undefined where it may be. */
  readonly refusal: (address: string) => string | undefined;
  readonly clock: Clock;
  /** 443 without it. */
  readonly port?: number;
  /** PEM certificates to trust; those that node trusts without them. */
  readonly roots?: readonly string[];
  /** Milliseconds in all. */
  readonly timeoutMs?: number;
}

export type FetchedPolicy =
  { readonly kind: 'policy'; readonly policy: StsPolicy } | ({ readonly kind: 'failed' } & TlsFlaw);

export async function fetchStsPolicy(domain: string, options: FetchPolicyOptions): Promise<FetchedPolicy> {
  const { clock, timeoutMs = TIMEOUT_MS } = options;
  const abort = new AbortController();
  const cancel = clock.after(timeoutMs, () => abort.abort());
  try {
    const host = `mta-sts.${domain}`;
    const addresses = await addressesOf(host, options);
    if ('kind' in addresses) return addresses;
    let last = failed('sts-policy-fetch-error', `${host} has no address`);
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      const answer = await get({ host, address, signal: abort.signal }, options);
      if (typeof answer === 'string') return policyIn(answer);
      last = answer;
      if (abort.signal.aborted) return failed('sts-policy-fetch-error', `${host} took more than ${timeoutMs / 1000} s`);
    }
    return last;
  } finally {
    cancel();
  }
}

type Failed = Extract<FetchedPolicy, { kind: 'failed' }>;

async function addressesOf(
  host: string,
  { resolver, refusal }: FetchPolicyOptions,
): Promise<readonly string[] | Failed> {
  const answers = await Promise.all([resolver.aaaa(host), resolver.a(host)]);
  const all = answers.flatMap(found);
  const allowed = all.filter((address) => refusal(address) === undefined);
  if (allowed.length > 0) return allowed;
  const refused = all[0] === undefined ? undefined : refusal(all[0]);
  if (refused !== undefined) return failed('sts-policy-fetch-error', `${host}: ${refused}`);
  const trouble = answers.find((answer) => answer.kind === 'temporary');
  const why =
    trouble?.kind === 'temporary' ? `${host} cannot be looked up: ${trouble.reason}` : `${host} has no address`;
  return failed('sts-policy-fetch-error', why);
}

function found(answer: DnsAnswer<string>): readonly string[] {
  return answer.kind === 'found' ? answer.records : [];
}

interface Target {
  readonly host: string;
  readonly address: string;
  readonly signal: AbortSignal;
}

/** The text of the policy. */
function get(
  { host, address, signal }: Target,
  { port = HTTPS_PORT, roots }: FetchPolicyOptions,
): Promise<string | Failed> {
  return new Promise((resolve) => {
    const asked = request({
      host: address,
      port,
      path: '/.well-known/mta-sts.txt',
      servername: host,
      headers: { Host: host, Accept: 'text/plain' },
      // Not the name that was connected to, which is an address.
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
      agent: false,
      signal,
      ...(roots !== undefined && { ca: [...roots] }),
    });
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(transportFailure(host, error)));
    asked.on('response', (response) => {
      readText(response, host).then(resolve, (error: unknown) => resolve(transportFailure(host, error as Error)));
    });
    asked.end();
  });
}

async function readText(response: IncomingMessage, host: string): Promise<string | Failed> {
  const { statusCode = 0 } = response;
  const type = response.headers['content-type'] ?? '';
  const refuse = (reason: string): Failed => {
    response.destroy();
    return failed('sts-policy-fetch-error', `${host} ${reason}`);
  };
  if (statusCode !== OK) return refuse(`answered ${statusCode}`);
  if (!/^text\/plain\s*(?:;|$)/i.test(type))
    return refuse(`sent ${type.slice(0, 60) || 'no type'} where text/plain is due`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return refuse(`sent more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function policyIn(text: string): FetchedPolicy {
  const parsed = parseStsPolicy(text);
  return 'policy' in parsed
    ? { kind: 'policy', policy: parsed.policy }
    : failed('sts-policy-invalid', `the policy cannot be read: ${parsed.problem}`);
}

function transportFailure(host: string, error: NodeJS.ErrnoException): Failed {
  const code = error.code ?? error.message;
  return CERTIFICATE_TROUBLE.test(code)
    ? failed('sts-webpki-invalid', `the certificate of ${host} is not valid: ${code}`)
    : failed('sts-policy-fetch-error', `${host} cannot be reached: ${code}`);
}

function failed(failure: Failed['failure'], reason: string): Failed {
  return { kind: 'failed', failure, reason };
}

/** Names of OpenSSL's verdicts, and node's own for a name that does not fit. */
const CERTIFICATE_TROUBLE = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY|INVALID_CA|HOSTNAME_MISMATCH/;
const HTTPS_PORT = 443;
const OK = 200;
const MAX_BYTES = 65_536;
const MAX_ADDRESSES = 3;
/** The RFC suggests a minute. */
const TIMEOUT_MS = 60_000;
