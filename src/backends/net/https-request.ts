// One HTTPS request to a host that somebody else named: a valid certificate for it, no redirects, to no address but those that
// the policy of networks allows. Plain HTTP, and addresses in place of names, only for those who ask for it.
//
// Promises: ends within the deadline; connects to the very address that was judged; reads no more than was allowed; what goes
// wrong is a value, and trouble with the certificate is told apart.
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import type { DnsAnswer, Resolver } from '../../ports/resolver.ts';

export interface HttpsOptions {
  readonly resolver: Pick<Resolver, 'a' | 'aaaa'>;
  /** Why an address must not be connected to; undefined where it may be. */
  readonly refusal: (address: string) => string | undefined;
  readonly clock: Clock;
  /** PEM certificates to trust; those that node trusts without them. */
  readonly roots?: readonly string[];
  /** Milliseconds in all. */
  readonly timeoutMs: number;
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal;
}

export interface HttpsQuestion {
  readonly method: 'GET' | 'POST';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Of the answer; 0 where its body is of no interest and is not read. */
  readonly maxBytes: number;
  /** Without TLS. */
  readonly plain?: boolean;
  /** What the host stands for, where it is an address or a name that needs no look-up. */
  readonly addresses?: readonly string[];
}

export type HttpsAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly type: string;
      readonly body: string;
      /** Where a redirect leads, as it was said. */
      readonly location?: string;
    }
  | { readonly kind: 'failed'; readonly cause: 'certificate' | 'other'; readonly reason: string };

export async function httpsRequest(question: HttpsQuestion, options: HttpsOptions): Promise<HttpsAnswer> {
  const { clock, timeoutMs } = options;
  const { host } = question;
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  const cancel = clock.after(timeoutMs, stop);
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();
  try {
    const addresses = await addressesOf(question, options);
    if ('kind' in addresses) return addresses;
    let last: HttpsAnswer = failed(`${host} has no address`);
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      last = await askAt(address, { question, roots: options.roots, signal: abort.signal });
      if (last.kind === 'answer') return last;
      if (abort.signal.aborted) return failed(`${host} took more than ${timeoutMs / 1000} s`);
    }
    return last;
  } finally {
    cancel();
    options.signal?.removeEventListener('abort', stop);
  }
}

type Failed = Extract<HttpsAnswer, { kind: 'failed' }>;

async function addressesOf(
  { host, addresses: known }: HttpsQuestion,
  { resolver, refusal }: HttpsOptions,
): Promise<readonly string[] | Failed> {
  if (known === undefined && isIP(host) !== 0) return failed(`${host} is an address, and no name`);
  const answers: readonly DnsAnswer<string>[] =
    known === undefined
      ? await Promise.all([resolver.aaaa(host), resolver.a(host)])
      : [{ kind: 'found', records: known }];
  const all = answers.flatMap(found);
  const allowed = all.filter((address) => refusal(address) === undefined);
  if (allowed.length > 0) return allowed;
  const refused = all[0] === undefined ? undefined : refusal(all[0]);
  if (refused !== undefined) return failed(`${host}: ${refused}`);
  const trouble = answers.find((answer) => answer.kind === 'temporary');
  const lost = trouble?.kind === 'temporary';
  return failed(lost ? `${host} cannot be looked up: ${trouble.reason}` : `${host} has no address`);
}

function found(answer: DnsAnswer<string>): readonly string[] {
  return answer.kind === 'found' ? answer.records : [];
}

interface Terms {
  readonly question: HttpsQuestion;
  readonly roots: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

function askAt(address: string, { question, roots, signal }: Terms): Promise<HttpsAnswer> {
  const { method, host, port, path, headers, body, maxBytes, plain = false } = question;
  const isUsual = port === (plain ? HTTP_PORT : HTTPS_PORT);
  const named = host.includes(':') ? `[${host}]` : host;
  const common = {
    ...{ method, host: address, port, path, agent: false, signal },
    headers: { Host: isUsual ? named : `${named}:${port}`, ...headers },
  };
  return new Promise((resolve) => {
    const asked = plain
      ? plainRequest(common)
      : request({
          ...common,
          servername: isIP(host) === 0 ? host : '',
          // Not the name that was connected to, which is an address.
          checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
          ...(roots !== undefined && { ca: [...roots] }),
        });
    asked.on('error', (error) => resolve(transportFailure(host, error)));
    asked.on('response', (response) => {
      readAnswer(response, maxBytes).then(resolve, (error: unknown) => resolve(transportFailure(host, error as Error)));
    });
    asked.end(body);
  });
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpsAnswer> {
  const { statusCode: status = 0 } = response;
  const { location } = response.headers;
  const head = { status, type: response.headers['content-type'] ?? '', ...(location !== undefined && { location }) };
  if (maxBytes === 0) {
    response.destroy();
    return { kind: 'answer', ...head, body: '' };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      return failed(`more than ${maxBytes} bytes were sent`);
    }
    chunks.push(chunk);
  }
  return { kind: 'answer', ...head, body: Buffer.concat(chunks).toString('utf8') };
}

function transportFailure(host: string, error: NodeJS.ErrnoException): Failed {
  const code = error.code ?? error.message;
  return CERTIFICATE_TROUBLE.test(code)
    ? { kind: 'failed', cause: 'certificate', reason: `the certificate of ${host} is not valid: ${code}` }
    : failed(`${host} cannot be reached: ${code}`);
}

function failed(reason: string): Failed {
  return { kind: 'failed', cause: 'other', reason };
}

/** Names of OpenSSL's verdicts, and node's own for a name that does not fit. */
const CERTIFICATE_TROUBLE = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY|INVALID_CA|HOSTNAME_MISMATCH/;
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
const MAX_ADDRESSES = 3;
