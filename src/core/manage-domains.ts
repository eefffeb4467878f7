// Sending domains of an account: added with a DKIM key that waits for its record, given a return path, renewed, taken away, or
// trusted by the operator's word (contract management 3).
//
// Promises: what is refused is an API error, the same for the command line; no key signs whose record was not seen or vouched
// for. Renewing makes a key that waits beside the one that signs (dkim-key.ts). Leaves looking at DNS to verify-domain.ts.
import { firstLookAt } from '../domain/domain-checks.ts';
import { rsaKey, selectorFor, type DkimAlgorithm, type DkimKey, type NewDkimKey } from '../domain/dkim-key.ts';
import { isPublicDomain } from '../domain/public-domains.ts';
import { SENDER_ERRORS } from '../domain/sender-errors.ts';
import type { SendingDomain } from '../domain/sender.ts';
import type { ApiError } from '../domain/api-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { AccountId } from '../lib/ids.ts';
import { generateDkimKey, type DkimKeyPair } from '../mail/dkim/keys.ts';
import { domainToAscii } from '../mail/idna.ts';
import { NameTaken, type ControlStore } from '../ports/control-store.ts';
import { SelectorTaken, type NewDomain } from '../ports/sender-store.ts';

export interface KeyDeps {
  readonly store: Pick<ControlStore, 'senders'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Computing an RSA key takes a tenth of a second on a thread that signatures need too: who composes may queue them. */
  readonly generateKey?: (algorithm: DkimAlgorithm) => Promise<DkimKeyPair>;
}

export interface DomainRules {
  /** What the CNAME of a return path leads to: our own name for bounces. */
  readonly returnPathTarget: string;
  /** How long a record may be missing before its domain may not send; 0 for ever. */
  readonly graceMs: number;
  /** Between two looks at a domain. */
  readonly checkEveryMs: number;
}

export interface DomainDeps extends KeyDeps {
  readonly rules: DomainRules;
}

export interface DomainView {
  readonly domain: SendingDomain;
  readonly keys: readonly DkimKey[];
}

export type DomainResult =
  { readonly kind: 'done'; readonly view: DomainView } | { readonly kind: 'refused'; readonly error: ApiError };

export interface WantedDomain {
  readonly name: string | undefined;
  readonly returnPathDomain?: string | undefined;
}

/** By the order of the contract (3.3): missing, too long, malformed, public, return path, there already. */
export async function addDomain(deps: DomainDeps, accountId: AccountId, wanted: WantedDomain): Promise<DomainResult> {
  const given = wanted.name?.trim() ?? '';
  if (given === '') return refused(SENDER_ERRORS.domainNameMissing());
  if (given.length > MAX_CHARS) return refused(SENDER_ERRORS.domainNameTooLong());
  const name = domainToAscii(given);
  if (name === undefined) return refused(SENDER_ERRORS.domainNameBad(given));
  if (isPublicDomain(name)) return refused(SENDER_ERRORS.publicDomain(name));
  const returnPath = readReturnPath(wanted.returnPathDomain, name);
  if (returnPath.kind === 'refused') return returnPath;
  const { store, clock, rules } = deps;
  if ((await store.senders.domain(accountId, name)) !== undefined) return refused(SENDER_ERRORS.domainExists(name));
  const checkAt = firstLookAt(clock.now(), rules.checkEveryMs);
  const made = { accountId, name, proof: undefined, returnPathDomain: returnPath.domain, checkAt };
  try {
    return done(await viewOf(store, await createWithKey(deps, made, 'pending')));
  } catch (error) {
    if (error instanceof NameTaken) return refused(SENDER_ERRORS.domainExists(name));
    throw error;
  }
}

/** Taken as verified by the operator's word: keys that wait sign at once. Adds the domain where it is new. */
export async function trustDomain(deps: KeyDeps, accountId: AccountId, name: string): Promise<DomainView> {
  const { store, clock } = deps;
  const known =
    (await store.senders.domain(accountId, name)) ??
    (await createWithKey(deps, { accountId, name, proof: 'operator' }, 'active'));
  const { keys } = await viewOf(store, known);
  if (rsaKey(keys, 'active') === undefined && rsaKey(keys, 'pending') === undefined) {
    await addKey(deps, { accountId, domain: name, algorithm: 'rsa-sha256', state: 'active' });
  }
  for (const key of keys) if (key.state === 'pending') await store.senders.activateKey(key);
  const trusted = await store.senders.updateDomain(known.id, ({ proof, verifiedAt }) => ({
    proof: 'operator',
    verifiedAt: proof === undefined ? clock.now() : verifiedAt,
    missingSince: undefined,
    dkimProblems: [],
  }));
  return viewOf(store, trusted ?? known);
}

/** Ed25519 beside RSA (RFC 8463): many receivers cannot check it yet, so it never stands alone. */
export async function addEd25519Key(deps: KeyDeps, domain: SendingDomain): Promise<void> {
  const { accountId, name, proof } = domain;
  const keys = await deps.store.senders.keys(accountId, name);
  if (keys.some((key) => key.algorithm === 'ed25519-sha256')) return;
  const state = proof === 'operator' ? 'active' : 'pending';
  await addKey(deps, { accountId, domain: name, algorithm: 'ed25519-sha256', state });
}

/** A domain of the account, by its number. */
export async function findDomain(deps: KeyDeps, accountId: AccountId, id: number): Promise<DomainResult> {
  const domain = await deps.store.senders.domainById(id);
  if (domain === undefined) return refused(SENDER_ERRORS.domainNotFound());
  if (domain.accountId !== accountId) return refused(SENDER_ERRORS.domainNotYours());
  return done(await viewOf(deps.store, domain));
}

/** `wanted`: null or empty for none. */
export async function setReturnPath(
  deps: DomainDeps,
  domain: SendingDomain,
  wanted: string | null,
): Promise<DomainResult> {
  const read = readReturnPath(wanted ?? undefined, domain.name);
  if (read.kind === 'refused') return read;
  const { store, clock, rules } = deps;
  const soon = firstLookAt(clock.now(), rules.checkEveryMs);
  const changed = await store.senders.updateDomain(domain.id, (now) => {
    if (now.returnPathDomain === read.domain) return {};
    const checkAt = read.domain === undefined ? now.watch.checkAt : Math.min(now.watch.checkAt ?? soon, soon);
    const fresh = { returnPathVerifiedAt: undefined, returnPathProblems: [] };
    return { returnPathDomain: read.domain, ...fresh, checkAt };
  });
  return changed === undefined ? refused(SENDER_ERRORS.domainNotFound()) : done(await viewOf(store, changed));
}

/** Makes the key that comes after the one that signs; where an Ed25519 key signs beside it, the one after that, too. */
export async function renewKey(deps: DomainDeps, { domain, keys }: DomainView): Promise<DomainResult> {
  if (rsaKey(keys, 'pending') !== undefined) return refused(SENDER_ERRORS.alreadyRenewing());
  if (rsaKey(keys, 'active') === undefined) return refused(SENDER_ERRORS.notRenewable());
  const { store, clock, rules } = deps;
  const wanted = { accountId: domain.accountId, domain: domain.name, state: 'pending' } as const;
  const beside = keys.filter(({ algorithm }) => algorithm === 'ed25519-sha256').map(({ state }) => state);
  // The RSA key last: where this ends early, it can be asked for again.
  if (beside.includes('active') && !beside.includes('pending')) {
    await addKey(deps, { ...wanted, algorithm: 'ed25519-sha256' });
  }
  await addKey(deps, { ...wanted, algorithm: 'rsa-sha256' });
  const checkAt = firstLookAt(clock.now(), rules.checkEveryMs);
  const changed = await store.senders.updateDomain(domain.id, () => ({ checkAt }));
  return done(await viewOf(store, changed ?? domain));
}

export async function viewOf(store: KeyDeps['store'], domain: SendingDomain): Promise<DomainView> {
  return { domain, keys: await store.senders.keys(domain.accountId, domain.name) };
}

export function refused(error: ApiError): { readonly kind: 'refused'; readonly error: ApiError } {
  return { kind: 'refused', error };
}

function done(view: DomainView): DomainResult {
  return { kind: 'done', view };
}

/** Of names and addresses, in characters (contract management 3.3 and 4.3). */
export const MAX_CHARS = 255;

type ReturnPathRead =
  | { readonly kind: 'read'; readonly domain: string | undefined }
  | { readonly kind: 'refused'; readonly error: ApiError };

export function readReturnPath(given: string | undefined, domain: string): ReturnPathRead {
  const text = given?.trim() ?? '';
  if (text === '') return { kind: 'read', domain: undefined };
  if (text.length > MAX_CHARS) return refused(SENDER_ERRORS.fieldTooLong('ReturnPathDomain', MAX_CHARS));
  const name = domainToAscii(text);
  if (name === undefined || !name.endsWith(`.${domain}`)) return refused(SENDER_ERRORS.notASubdomain(text, domain));
  return { kind: 'read', domain: name };
}

type KeyToMake = Omit<NewDkimKey, 'selector' | 'privateKeyPem' | 'recordValue'>;

function createWithKey(deps: KeyDeps, domain: NewDomain, state: NewDkimKey['state']): Promise<SendingDomain> {
  const wanted = { accountId: domain.accountId, domain: domain.name, algorithm: 'rsa-sha256', state } as const;
  return withFreshKey(deps, wanted, (key) => deps.store.senders.createDomain({ ...domain, key }));
}

function addKey(deps: KeyDeps, wanted: KeyToMake): Promise<void> {
  return withFreshKey(deps, wanted, (key) => deps.store.senders.addKey(key));
}

/** Two accounts may add one domain within a second: then the later one's selector says the next second. */
async function withFreshKey<T>(deps: KeyDeps, wanted: KeyToMake, keep: (key: NewDkimKey) => Promise<T>): Promise<T> {
  const pair = await (deps.generateKey ?? generateDkimKey)(wanted.algorithm);
  for (let tries = 0; ; tries += 1) {
    const selector = selectorFor(wanted.algorithm, deps.clock.now() + tries * SECOND_MS);
    try {
      return await keep({ ...wanted, selector, ...pair });
    } catch (error) {
      if (!(error instanceof SelectorTaken) || tries >= MOST_TRIES) throw error;
    }
  }
}

const SECOND_MS = 1000;
const MOST_TRIES = 60;
