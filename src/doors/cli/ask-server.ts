// Questions of the command line to the running server, over its HTTP API: with the account token that is given, or with a
// pass that who can read the key of this installation makes on the spot.
import { withControl, type CliHost } from './command.ts';
import { makeOperatorPass } from '../../core/operator-pass.ts';

/** What the server said with 200; what it refuses is thrown, in its words. */
export async function askServer<T>(host: CliHost, path: string, token?: string): Promise<T> {
  const headers = { 'x-postmark-account-token': token ?? (await passOf(host)) };
  const answer = await reachServer(host, path, { headers });
  const body = (await answer.json()) as T & { readonly Message?: string };
  if (answer.status !== 200) throw new Error(body.Message ?? `the server answered ${answer.status}`);
  return body;
}

/** Whatever the server answers; throws where nothing does. */
export async function reachServer(host: CliHost, path: string, request: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(`${host.baseUrl}${path}`, { ...request, signal: AbortSignal.timeout(DEADLINE_MS) });
  } catch (cause) {
    const text = `nothing answers at ${host.baseUrl}: the server is not running, or BULKHEAD_HTTP differs`;
    throw new Error(text, { cause });
  }
}

function passOf(host: CliHost): Promise<string> {
  return withControl(host, async ({ hashToken, accountId, clock }) =>
    makeOperatorPass(hashToken, accountId, clock.now()),
  );
}

/** A message is answered when it is on disk, which a busy server may need a while for. */
const DEADLINE_MS = 30_000;
