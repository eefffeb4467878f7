// Questions of the command line to the running server, over its HTTP API: with the account token that is given, or with a
// pass that who can read the key of this installation makes on the spot.
import { withControl, type CliHost } from './command.ts';
import { makeOperatorPass } from '../../core/operator-pass.ts';

/** What the server said: the body of a 200, or the message of a refusal. */
export type Asked<T> =
  { readonly kind: 'answer'; readonly body: T } | { readonly kind: 'refused'; readonly message: string };

export async function askServer<T>(host: CliHost, path: string, token?: string): Promise<Asked<T>> {
  const credential = token ?? (await passOf(host));
  let answer: Response;
  try {
    answer = await fetch(`${host.baseUrl}${path}`, {
      headers: { 'x-postmark-account-token': credential },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
  } catch {
    const message = `nothing answers at ${host.baseUrl}: the server is not running, or BULKHEAD_HTTP differs`;
    return { kind: 'refused', message };
  }
  const body = (await answer.json()) as T & { readonly Message?: string };
  if (answer.status === 200) return { kind: 'answer', body };
  return { kind: 'refused', message: body.Message ?? `the server answered ${answer.status}` };
}

async function passOf(host: CliHost): Promise<string> {
  const made = { pass: '' };
  await withControl(host, async ({ hashToken, accountId, clock }) => {
    made.pass = makeOperatorPass(hashToken, accountId, clock.now());
    return 0;
  });
  return made.pass;
}

const DEADLINE_MS = 10_000;
