// Sending domains and sender signatures as JSON (contract management 3.2 and 4.2).
//
// Decided here: SPF counts as there, because mail passes it by our return path; texts that are not there are `""`.
// `Problems` is ours: sentences about what is wrong with the records, empty where all is well.
import { presentTime } from './present.ts';
import type { DomainView } from '../../core/manage-domains.ts';
import type { SignatureView } from '../../core/manage-signatures.ts';
import { dkimHost, isSafeToRemove, rsaKey, WEAK_BELOW_BITS, type DkimKey } from '../../domain/dkim-key.ts';
import { isDkimVerified, problemsOf, type SenderSignature, type SendingDomain } from '../../domain/sender.ts';
import { rsaBits } from '../../mail/dkim/keys.ts';

type Json = Readonly<Record<string, unknown>>;

export interface PresentOptions {
  /** What the CNAME of a return path leads to, and whose SPF record allows our addresses. */
  readonly returnPathTarget: string;
  readonly now: number;
}

export function presentDomainSummary({ domain, keys }: DomainView): Json {
  return {
    ID: domain.id,
    Name: domain.name,
    SPFVerified: true,
    DKIMVerified: isDkimVerified(domain),
    WeakDKIM: isWeak(keys),
    ReturnPathDomainVerified: domain.returnPathDomain !== undefined && domain.returnPathVerifiedAt !== undefined,
    Problems: problemsOf(domain),
  };
}

export function presentDomain(view: DomainView, options: PresentOptions): Json {
  return {
    ID: view.domain.id,
    Name: view.domain.name,
    ...presentAuthentication(view, options),
    Problems: problemsOf(view.domain),
  };
}

/** Without what the renewal of a key has nothing to do with (contract management 3.1). */
export function presentRenewed({ domain, keys }: DomainView, { now }: PresentOptions): Json {
  return { ID: domain.id, Name: domain.name, ...presentDkim(domain, keys, now) };
}

export function presentSpf({ name }: SendingDomain, options: PresentOptions): Json {
  return { SPFHost: name, SPFVerified: true, SPFTextValue: spfValue(options) };
}

export function presentSignatureSummary(signature: SenderSignature): Json {
  return {
    Domain: signature.domain,
    EmailAddress: signature.address,
    ReplyToEmailAddress: signature.replyTo ?? '',
    Name: signature.name,
    Confirmed: signature.confirmedAt !== undefined,
    ID: signature.id,
  };
}

export function presentSignature({ signature, domain, problems }: SignatureView, options: PresentOptions): Json {
  return {
    ...presentSignatureSummary(signature),
    ...presentAuthentication(domain ?? withoutDomain(signature), options),
    ConfirmationPersonalNote: signature.note ?? '',
    Problems: [...problems, ...(domain === undefined ? [] : problemsOf(domain.domain))],
  };
}

/** For a person on the command line and in `GET /status`. */
export function presentTrouble(domain: SendingDomain): Json {
  return {
    Domain: domain.name,
    MaySend: domain.proof !== undefined,
    MissingSince: presentTime(domain.watch.missingSince ?? domain.createdAt),
    Reason: domain.watch.dkimProblems[0] ?? 'Its DKIM record is missing.',
  };
}

function presentAuthentication({ domain, keys }: DomainView, options: PresentOptions): Json {
  return {
    ...{ SPFVerified: true, SPFHost: domain.name, SPFTextValue: spfValue(options) },
    ...presentDkim(domain, keys, options.now),
    ReturnPathDomain: domain.returnPathDomain ?? '',
    ReturnPathDomainVerified: domain.returnPathDomain !== undefined && domain.returnPathVerifiedAt !== undefined,
    ReturnPathDomainCNAMEValue: options.returnPathTarget,
  };
}

function presentDkim(domain: SendingDomain, keys: readonly DkimKey[], now: number): Json {
  const [active, pending, revoked] = [rsaKey(keys, 'active'), rsaKey(keys, 'pending'), rsaKey(keys, 'revoked')];
  return {
    DKIMVerified: isDkimVerified(domain),
    WeakDKIM: isWeak(keys),
    ...{ DKIMHost: hostOf(active), DKIMTextValue: active?.recordValue ?? '' },
    ...{ DKIMPendingHost: hostOf(pending), DKIMPendingTextValue: pending?.recordValue ?? '' },
    ...{ DKIMRevokedHost: hostOf(revoked), DKIMRevokedTextValue: revoked?.recordValue ?? '' },
    SafeToRemoveRevokedKeyFromDNS: revoked !== undefined && isSafeToRemove(revoked, now),
    DKIMUpdateStatus: pending !== undefined || active === undefined ? 'Pending' : 'Verified',
  };
}

function hostOf(key: DkimKey | undefined): string {
  return key === undefined ? '' : dkimHost(key);
}

function isWeak(keys: readonly DkimKey[]): boolean {
  const active = rsaKey(keys, 'active');
  const bits = active === undefined ? undefined : rsaBits(active.recordValue);
  return bits !== undefined && bits < WEAK_BELOW_BITS;
}

function spfValue({ returnPathTarget }: PresentOptions): string {
  return `v=spf1 a mx include:${returnPathTarget} ~all`;
}

/** A signature outlives its domain: what it shows then is what a domain without keys would. */
function withoutDomain({ accountId, domain, createdAt }: SenderSignature): DomainView {
  const watch = { checkedAt: undefined, checkAt: undefined, missingSince: undefined };
  return {
    keys: [],
    domain: {
      ...{ id: 0, accountId, name: domain, createdAt, proof: undefined, verifiedAt: undefined },
      ...{ dkimVerifiedAt: undefined, returnPathDomain: undefined, returnPathVerifiedAt: undefined },
      hasSignatures: true,
      watch: { ...watch, dkimProblems: [], returnPathProblems: [] },
    },
  };
}
