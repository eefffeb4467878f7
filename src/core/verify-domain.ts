// Looks at the DNS records of a sending domain and keeps to what they say (contract management 3.3; RFC 6376 3.6).
//
//   DKIM         each key that waits or signs is looked for; one that waits and is found signs from then on, and the one before
//                it is revoked; what that means for the domain says domain-standing.ts
//   return path  its CNAME, over a few aliases, must end at our own name for bounces; else the installation's is used
//
// Promises: bounded by the resolver's deadline; DNS in trouble changes nothing; everything wrong is a sentence in the domain's
// problems.
import { dkimHost, rsaKey, type DkimKey } from '../domain/dkim-key.ts';
import { standingAfter, weakness, type KeyFinding } from '../domain/domain-standing.ts';
import type { SendingDomain } from '../domain/sender.ts';
import { rsaBits } from '../mail/dkim/keys.ts';
import { judgeKeyRecords } from '../mail/dkim/record.ts';
import type { Resolver } from '../ports/resolver.ts';
import { viewOf, type DomainDeps, type DomainView } from './manage-domains.ts';

export interface VerifyDeps extends DomainDeps {
  readonly resolver: Pick<Resolver, 'txt' | 'cname'>;
}

export interface DkimVerified extends DomainView {
  readonly findings: readonly KeyFinding[];
}

export async function verifyDkim(deps: VerifyDeps, domain: SendingDomain): Promise<DkimVerified> {
  const { store, clock, rules, resolver } = deps;
  const { keys } = await viewOf(store, domain);
  const sought = keys.filter(({ state }) => state === 'pending' || state === 'active');
  const findings = await Promise.all(sought.map((key) => lookForKey(resolver, key)));
  for (const { key, state } of findings) {
    if (state === 'right' && key.state === 'pending') await store.senders.activateKey(key);
  }
  const now = clock.now();
  const signing = rsaKey(keys, 'active');
  const weak = signing === undefined ? [] : weakness(rsaBits(signing.recordValue));
  const changed = await store.senders.updateDomain(domain.id, (current) => {
    const standing = standingAfter(current, findings, { now, graceMs: rules.graceMs });
    return { ...standing, dkimProblems: [...standing.dkimProblems, ...weak], checkedAt: now };
  });
  return { ...(await viewOf(store, changed ?? domain)), findings };
}

export interface ReturnPathVerified extends DomainView {
  /** Undefined where the domain has no return path of its own, or DNS could not say. */
  readonly isRight: boolean | undefined;
}

export async function verifyReturnPath(deps: VerifyDeps, domain: SendingDomain): Promise<ReturnPathVerified> {
  const { store, clock, rules, resolver } = deps;
  const name = domain.returnPathDomain;
  if (name === undefined) return { ...(await viewOf(store, domain)), isRight: undefined };
  const found = await lookForAlias(resolver, name, rules.returnPathTarget);
  const changed = await store.senders.updateDomain(domain.id, (current) => {
    // Another return path may have been chosen while DNS was asked.
    if (current.returnPathDomain !== name) return {};
    const checkedAt = clock.now();
    if (found.kind === 'unknown') {
      const text = `The CNAME record ${name} could not be looked up: ${found.why}. Nothing changes by that.`;
      return { returnPathProblems: [text], checkedAt };
    }
    if (found.kind === 'right') {
      return { returnPathVerifiedAt: current.returnPathVerifiedAt ?? checkedAt, returnPathProblems: [], checkedAt };
    }
    const text = `The CNAME record ${name} does not lead to ${rules.returnPathTarget}: ${found.why}. Until it does, bounces of this domain come back to ${rules.returnPathTarget} itself, and SPF does not align.`;
    return { returnPathVerifiedAt: undefined, returnPathProblems: [text], checkedAt };
  });
  const isRight = found.kind === 'unknown' ? undefined : found.kind === 'right';
  return { ...(await viewOf(store, changed ?? domain)), isRight };
}

async function lookForKey(resolver: VerifyDeps['resolver'], key: DkimKey): Promise<KeyFinding> {
  const answer = await resolver.txt(dkimHost(key));
  switch (answer.kind) {
    case 'nxdomain':
      return { key, state: 'absent', found: 'the name does not exist in DNS', remarks: [] };
    case 'none':
      return { key, state: 'absent', found: 'there is no TXT record at this name', remarks: [] };
    case 'temporary':
      return { key, state: 'unknown', found: answer.reason, remarks: [] };
    case 'found': {
      const verdict = judgeKeyRecords(answer.records, key.recordValue);
      return verdict.kind === 'right'
        ? { key, state: 'right', found: 'the record is right', remarks: verdict.remarks }
        : { key, state: 'absent', found: verdict.why, remarks: [] };
    }
  }
}

type Alias = { readonly kind: 'right' } | { readonly kind: 'wrong' | 'unknown'; readonly why: string };

async function lookForAlias(resolver: VerifyDeps['resolver'], name: string, target: string): Promise<Alias> {
  let at = name;
  for (let hops = 0; hops < MOST_HOPS; hops += 1) {
    const answer = await resolver.cname(at);
    if (answer.kind === 'temporary') return { kind: 'unknown', why: answer.reason };
    const next = answer.kind === 'found' ? answer.records[0] : undefined;
    if (next === target) return { kind: 'right' };
    if (next === undefined) return { kind: 'wrong', why: hops > 0 ? `it leads to ${at}` : noAlias(answer.kind) };
    at = next;
  }
  return { kind: 'wrong', why: `it leads to ${at} over ${MOST_HOPS} aliases` };
}

function noAlias(kind: 'nxdomain' | 'none' | 'found'): string {
  return kind === 'nxdomain' ? 'the name does not exist in DNS' : 'there is no CNAME record at this name';
}

const MOST_HOPS = 5;
