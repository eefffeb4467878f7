// Whether a URL may be a target that we post to: of HTTP, and not inside our own network (contract management 2.2, code 606).
//
// A name is judged by the addresses that it has now. Leaves to others: judging again, by the very address that is connected
// to, whenever something is posted, since a name may lead elsewhere by then.
import { isIP } from 'node:net';

export interface TargetRules {
  /** Why the address is not to be connected to, in words; undefined where it may be. */
  readonly refusal: (address: string) => string | undefined;
  /** Of a host name, bounded in time; none where it has none or DNS does not say. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
}

/** In words, what is wrong with it; undefined where nothing is. */
export async function targetProblem(text: string, rules: TargetRules): Promise<string | undefined> {
  if (text.length > MAX_URL) return `it is longer than ${MAX_URL} characters`;
  if (!URL.canParse(text)) return 'it is not a URL';
  const { protocol, hostname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'it must begin with http:// or https://';
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return rules.refusal(host);
  // Whatever DNS says of it, programs take it for this machine.
  if (/(?:^|\.)localhost$/i.test(host)) return rules.refusal('127.0.0.1');
  for (const address of await rules.addressesOf(host)) {
    const problem = rules.refusal(address);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const MAX_URL = 2048;
