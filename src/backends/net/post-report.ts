// Posts a TLS report to where a domain wants it (RFC 8460 section 5.4): whatever 2xx is answered, it was taken.
import { httpsRequest, type HttpsOptions } from './https-request.ts';

export async function postReport(
  url: string,
  compressed: Uint8Array,
  options: Omit<HttpsOptions, 'timeoutMs'>,
): Promise<boolean> {
  const { hostname: host, port, pathname, search } = new URL(url);
  const answer = await httpsRequest(
    {
      ...{ method: 'POST', host, port: port === '' ? HTTPS_PORT : Number(port), path: `${pathname}${search}` },
      headers: { 'Content-Type': 'application/tlsrpt+gzip', 'Content-Length': String(compressed.length) },
      body: compressed,
      maxBytes: MAX_ANSWER,
    },
    { ...options, timeoutMs: TIMEOUT_MS },
  );
  return answer.kind === 'answer' && answer.status >= 200 && answer.status < 300;
}

const HTTPS_PORT = 443;
const MAX_ANSWER = 65_536;
const TIMEOUT_MS = 30_000;
