// Whether a URL may be a target that we post to: of HTTP, and not inside our own network (contract management 2.2, code 606).
//
// A name is judged by the addresses that it has now. Leaves to others: judging again, by the very address that is connected
// to, whenever something is posted, since a name may lead elsewhere by then.
import { literalAddresses, readTargetUrl, refusalOfAll } from '../domain/target-url.ts';

export interface TargetRules {
  /** Why the address is not to be connected to, in words; undefined where it may be. */
  readonly refusal: (address: string) => string | undefined;
  /** Of a host name, bounded in time; none where it has none or DNS does not say. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
}

/** In words, what is wrong with it; undefined where nothing is. */
export async function targetProblem(text: string, rules: TargetRules): Promise<string | undefined> {
  const read = readTargetUrl(text, MAX_URL);
  if ('problem' in read) return `it ${read.problem}`;
  const literal = literalAddresses(read.url);
  if (literal.length > 0) return refusalOfAll(literal, rules.refusal);
  const found = await rules.addressesOf(read.url.hostname.replace(/\.$/, ''));
  return found.map(rules.refusal).find((problem) => problem !== undefined);
}

const MAX_URL = 2048;
