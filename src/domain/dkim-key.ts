// The life of a DKIM key (contract sending 24.1, management 3.3; RFC 6376 3.6.1):
//
//   pending  made, its record was not seen yet; signs nothing
//   active   its record was seen, or the operator vouches for it; signs. One of an algorithm at a time
//   revoked  the next one has become active; signs nothing, its record is still needed by mail under way
//   left     its domain was taken away; signs what was accepted before, until nothing of that can be left
//
// Ways: pending → active → revoked → dropped when the next one is revoked; active → left → dropped. Nothing goes back.
import type { AccountId } from '../lib/ids.ts';

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';
export type KeyState = 'pending' | 'active' | 'revoked' | 'left';

/** What everybody may know of a key. */
export interface DkimKey {
  readonly accountId: AccountId;
  readonly domain: string;
  /** Unique for the domain, whoever has it: there is one DNS. */
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** Value of the TXT record, `k=rsa; p=…`. */
  readonly recordValue: string;
  readonly state: KeyState;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** When it came into its state. */
  readonly changedAt: number;
}

/** A key with its private half, for those who sign. */
export interface SigningKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** PKCS #8 PEM. Encrypted at rest. */
  readonly privateKeyPem: string;
}

export interface NewDkimKey extends SigningKey {
  readonly accountId: AccountId;
  readonly recordValue: string;
  readonly state: 'pending' | 'active';
}

/** Shorter ones are weak on the wire (contract management 3.2); below it receivers count no signature (RFC 8301 3.2). */
export const WEAK_BELOW_BITS = 1024;
/** What signers should have at least (RFC 8301 3.2). */
export const FAIR_BITS = 2048;

const DAY_MS = 86_400_000;
/** Others that forward mail may keep it in their queues for so long (RFC 5321 4.5.4.1), and check it after that. */
const UNDER_WAY_MS = 5 * DAY_MS;

export function dkimHost({ selector, domain }: Pick<DkimKey, 'selector' | 'domain'>): string {
  return `${selector}._domainkey.${domain}`;
}

/** The RSA key in that state: the one that the API speaks of. Ed25519 keys stand beside it. */
export function rsaKey(keys: readonly DkimKey[], state: KeyState): DkimKey | undefined {
  return keys.find((key) => key.algorithm === 'rsa-sha256' && key.state === state);
}

/** Whether no mail can be under way any more that the key has signed, so that its record may go. */
export function isSafeToRemove(revoked: DkimKey, now: number): boolean {
  return revoked.state === 'revoked' && now >= revoked.changedAt + UNDER_WAY_MS;
}

/** When its record may go. */
export function safeToRemoveAt(revoked: DkimKey): number {
  return revoked.changedAt + UNDER_WAY_MS;
}

/** `20261124101502pm`, as Postmark names them; `ed` for Ed25519. */
export function selectorFor(algorithm: DkimAlgorithm, at: number): string {
  const stamp = new Date(at).toISOString().replace(/\D/g, '').slice(0, 14);
  return `${stamp}${algorithm === 'rsa-sha256' ? 'pm' : 'ed'}`;
}
