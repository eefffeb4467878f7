// A pass for the operator's own command line: who can read the key of the installation may ask its running server, for a
// minute. Nothing is stored and nothing has to be revoked.
//
// Promises: it cannot be made without the key; it ends by itself. It stands where an account token does.
import { timingSafeEqual } from 'node:crypto';
import type { AccountId } from '../lib/ids.ts';

/** The keyed hash of tokens, which nobody without the key can compute. */
type Hash = (text: string) => string;

export function makeOperatorPass(hash: Hash, accountId: AccountId, now: number): string {
  const claim = `${PREFIX}.${accountId}.${now + LIFETIME_MS}`;
  return `${claim}.${hash(claim)}`;
}

/** The account that it is for; undefined where it is none, not ours, or too old. */
export function readOperatorPass(hash: Hash, text: string, now: number): AccountId | undefined {
  const match = PASS.exec(text.trim());
  const [, claim = '', account, until, proof = ''] = match ?? [];
  if (match === null || Number(until) < now || Number(until) > now + LIFETIME_MS) return undefined;
  const expected = Buffer.from(hash(claim));
  const given = Buffer.from(proof);
  const isProved = expected.length === given.length && timingSafeEqual(expected, given);
  return isProved ? (Number(account) as AccountId) : undefined;
}

const PREFIX = 'operator-pass';
const PASS = /^(operator-pass\.(\d{1,15})\.(\d{1,15}))\.([A-Za-z0-9_-]{1,100})$/;
const LIFETIME_MS = 60_000;
