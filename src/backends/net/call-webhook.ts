// Posts JSON to a webhook over HTTP or HTTPS and follows its redirects (contract sending 20).
//
// Promises: those of the port; every step of a redirect is judged like the first one, and what was meant for one origin (headers,
// credentials) is not told to another. A redirect that keeps the method repeats the POST, another becomes a GET (RFC 9110 15.4).
import { literalAddresses } from '../../domain/target-url.ts';
import type { HttpAuth } from '../../domain/webhook.ts';
import type { CallWebhook, WebhookAnswer, WebhookCall } from '../../ports/webhook-caller.ts';
import { httpsRequest, type HttpsAnswer, type HttpsOptions } from './https-request.ts';

export interface CallerOptions extends Omit<HttpsOptions, 'timeoutMs' | 'signal'> {
  /** Milliseconds in all, redirects included. */
  readonly timeoutMs: number;
  /** Says who calls; with the version. */
  readonly userAgent: string;
}

export function createWebhookCaller(options: CallerOptions): CallWebhook {
  return async (call) => {
    const until = options.clock.now() + options.timeoutMs;
    let step: Step = { url: URL.parse(call.url), method: 'POST', origin: URL.parse(call.url)?.origin };
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      if (step.url === null || !/^https?:$/.test(step.url.protocol)) return failed('the redirect leads to no web page');
      const left = until - options.clock.now();
      if (left <= 0) return failed(`no answer within ${options.timeoutMs / 1000} s`);
      const answer = await take(step, call, { ...options, timeoutMs: left });
      if (answer.kind === 'failed') return failed(answer.reason);
      const next = nextStep(step, answer);
      if (next === undefined) return { kind: 'answered', status: answer.status };
      step = next;
    }
    return failed(`more than ${MAX_REDIRECTS} redirects`);
  };
}

const MAX_REDIRECTS = 10;

interface Step {
  readonly url: URL | null;
  readonly method: 'GET' | 'POST';
  /** The one that the webhook names. */
  readonly origin: string | undefined;
}

function take({ url, method, origin }: Step, call: WebhookCall, options: CallerOptions): Promise<HttpsAnswer> {
  const { hostname, port, protocol, pathname, search } = url ?? new URL('http://invalid');
  const plain = protocol === 'http:';
  const body = method === 'POST' ? Buffer.from(call.body) : undefined;
  const literal = url === null ? [] : literalAddresses(url);
  return httpsRequest(
    {
      method,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (plain ? 80 : 443) : Number(port),
      path: `${pathname}${search}`,
      headers: {
        ...(url?.origin === origin && ownHeaders(call)),
        'User-Agent': options.userAgent,
        Accept: '*/*',
        ...(body && { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }),
      },
      ...(body && { body }),
      maxBytes: 0,
      plain,
      ...(literal.length > 0 && { addresses: literal }),
    },
    options,
  );
}

/** Credentials of the webhook win over those in its address. */
function ownHeaders({ url, httpAuth, httpHeaders }: WebhookCall): Record<string, string> {
  const auth = httpAuth ?? userInfo(url);
  const given = httpHeaders.filter(({ name }) => auth === undefined || name.toLowerCase() !== 'authorization');
  return {
    ...Object.fromEntries(given.map(({ name, value }) => [name, value])),
    ...(auth && { Authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` }),
  };
}

function userInfo(text: string): HttpAuth | undefined {
  const url = URL.parse(text);
  if (url === null || (url.username === '' && url.password === '')) return undefined;
  return { username: decoded(url.username), password: decoded(url.password) };
}

/** A stray percent sign stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function nextStep(step: Step, answer: Extract<HttpsAnswer, { kind: 'answer' }>): Step | undefined {
  const { status, location } = answer;
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const keepsMethod = status === 307 || status === 308;
  return { ...step, url: URL.parse(location, step.url?.href), method: keepsMethod ? step.method : 'GET' };
}

function failed(reason: string): WebhookAnswer {
  return { kind: 'failed', reason };
}
