// Sending domains: added with a DKIM key that waits for its record, trusted by the operator's word, or verified by DNS
// (contract sending 24.1, management 3.3; RFC 6376 3.6). Never signs with a key whose record was not seen or vouched for.
import type { DkimAlgorithm, DkimKeyRecord, SendingDomain } from '../domain/sender.ts';
import type { Clock } from '../lib/clock.ts';
import type { AccountId } from '../lib/ids.ts';
import { generateDkimKey } from '../mail/dkim/keys.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { Resolver } from '../ports/resolver.ts';

export interface DomainDeps {
  readonly store: ControlStore;
  readonly clock: Clock;
}

export interface DomainView {
  readonly domain: SendingDomain;
  readonly keys: readonly DkimKeyRecord[];
}

export async function addDomain(deps: DomainDeps, accountId: AccountId, name: string): Promise<DomainView> {
  const domain = await deps.store.createDomain({ accountId, name, proof: undefined });
  await makeKey(deps, { domain: name, algorithm: 'rsa-sha256', active: false });
  return viewOf(deps.store, domain);
}

/** Taken as verified by the operator's word: the keys sign at once. Adds the domain where it is new. */
export async function trustDomain(deps: DomainDeps, accountId: AccountId, name: string): Promise<DomainView> {
  const known =
    (await deps.store.domain(accountId, name)) ??
    (await deps.store.createDomain({ accountId, name, proof: undefined }));
  if (known.proof === undefined) await deps.store.setDomainProof(known.id, 'operator', deps.clock.now());
  const keys = await deps.store.dkimKeys(name);
  if (keys.length === 0) await makeKey(deps, { domain: name, algorithm: 'rsa-sha256', active: true });
  for (const key of keys.filter((k) => !k.active)) await deps.store.activateDkimKey(name, key.selector);
  return viewOf(deps.store, (await deps.store.domain(accountId, name)) ?? known);
}

/** Ed25519 beside RSA (RFC 8463): many receivers cannot check it yet, so it never stands alone. */
export async function addEd25519Key(deps: DomainDeps, domain: SendingDomain): Promise<void> {
  const keys = await deps.store.dkimKeys(domain.name);
  if (keys.some((key) => key.algorithm === 'ed25519-sha256')) return;
  await makeKey(deps, { domain: domain.name, algorithm: 'ed25519-sha256', active: domain.proof === 'operator' });
}

export interface KeyCheck {
  readonly host: string;
  readonly expected: string;
  readonly ok: boolean;
  /** For people: what was found instead. */
  readonly found: string;
}

/** Asks DNS for each key's record, activates the keys whose record is right, and marks the domain as verified. */
export async function verifyDomain(
  deps: DomainDeps & { readonly resolver: Resolver },
  domain: SendingDomain,
): Promise<readonly KeyCheck[]> {
  const checks: KeyCheck[] = [];
  for (const key of await deps.store.dkimKeys(domain.name)) {
    const check = await checkKey(deps.resolver, key);
    checks.push(check);
    if (!check.ok) continue;
    if (!key.active) await deps.store.activateDkimKey(domain.name, key.selector);
    if (key.algorithm === 'rsa-sha256') await deps.store.setDomainProof(domain.id, 'dns', deps.clock.now());
  }
  return checks;
}

export function dkimHost(key: DkimKeyRecord): string {
  return `${key.selector}._domainkey.${key.domain}`;
}

async function checkKey(resolver: Resolver, key: DkimKeyRecord): Promise<KeyCheck> {
  const host = dkimHost(key);
  const answer = await resolver.txt(host);
  const base = { host, expected: key.recordValue };
  switch (answer.kind) {
    case 'nxdomain':
    case 'none':
      return { ...base, ok: false, found: 'there is no TXT record at this name yet' };
    case 'temporary':
      return { ...base, ok: false, found: `the name could not be looked up: ${answer.reason}` };
    case 'found': {
      const ok = answer.records.some((record) => publicKeyOf(record) === publicKeyOf(key.recordValue));
      return {
        ...base,
        ok,
        found: ok
          ? 'the record is right'
          : `the TXT record holds another key: ${answer.records.join(' | ').slice(0, 200)}`,
      };
    }
  }
}

/** The p= tag without white space: DNS panels wrap and reorder the rest (RFC 6376 3.6.1). */
function publicKeyOf(record: string): string | undefined {
  return /(?:^|;)\s*p\s*=\s*([A-Za-z0-9+/=\s]+)/.exec(record)?.[1]?.replace(/\s+/g, '');
}

interface KeyToMake {
  readonly domain: string;
  readonly algorithm: DkimAlgorithm;
  readonly active: boolean;
}

async function makeKey(deps: DomainDeps, wanted: KeyToMake): Promise<void> {
  const pair = await generateDkimKey(wanted.algorithm);
  const stamp = new Date(deps.clock.now()).toISOString().replace(/\D/g, '').slice(0, 14);
  const selector = `${stamp}${wanted.algorithm === 'rsa-sha256' ? 'pm' : 'ed'}`;
  await deps.store.addDkimKey({
    ...wanted,
    selector,
    privateKeyPem: pair.privateKeyPem,
    recordValue: pair.recordValue,
  });
}

async function viewOf(store: ControlStore, domain: SendingDomain): Promise<DomainView> {
  return { domain, keys: await store.dkimKeys(domain.name) };
}
