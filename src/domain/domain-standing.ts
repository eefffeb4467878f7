// What a look at its DKIM records means for a domain. Pure.
//
//   a record of an RSA key is right          allowed (again), whatever was before
//   the record of the signing key is absent  a warning at once; after `graceMs` of nothing but absence it may not send
//   DNS is in trouble                        nothing changes, neither way
//
// Absent is: no such name, no TXT record, or records without this key. The operator's word outlives all of it. A domain that
// was never verified has nothing to lose: it waits.
import { dkimHost, FAIR_BITS, type DkimKey } from './dkim-key.ts';
import type { DomainWatch, SendingDomain } from './sender.ts';

export interface KeyFinding {
  /** Pending or active, as it was when it was looked for. */
  readonly key: DkimKey;
  readonly state: 'right' | 'absent' | 'unknown';
  /** What was found, as the end of a sentence. */
  readonly found: string;
  /** Sentences about a record that is right and could be better. */
  readonly remarks: readonly string[];
}

export type Standing = Pick<SendingDomain, 'proof' | 'verifiedAt' | 'dkimVerifiedAt'> &
  Pick<DomainWatch, 'missingSince' | 'dkimProblems'>;

export interface StandingRules {
  readonly now: number;
  /** How long the record may be absent; 0 for ever. */
  readonly graceMs: number;
}

export function standingAfter(
  domain: SendingDomain,
  findings: readonly KeyFinding[],
  { now, graceMs }: StandingRules,
): Standing {
  const { proof, verifiedAt, dkimVerifiedAt, watch } = domain;
  const rsa = findings.filter(({ key }) => key.algorithm === 'rsa-sha256');
  const told = (standing: Omit<Standing, 'dkimProblems'>): Standing => ({
    ...standing,
    dkimProblems: findings.flatMap((finding) => problemsWith(finding, { domain, standing, findings, graceMs })),
  });
  if (rsa.some(({ state }) => state === 'right')) {
    const isNew = proof === undefined;
    return told({
      proof: proof ?? 'dns',
      verifiedAt: isNew ? now : verifiedAt,
      dkimVerifiedAt: dkimVerifiedAt ?? now,
      missingSince: undefined,
    });
  }
  const signing = rsa.find(({ key }) => key.state === 'active');
  const stays = { proof, verifiedAt, dkimVerifiedAt, missingSince: watch.missingSince };
  if (signing === undefined || signing.state === 'unknown') return told(stays);
  if (proof === 'operator') return told({ ...stays, missingSince: undefined });
  // The first look that finds it absent never ends anything, however long nobody has looked.
  const isOver = watch.missingSince !== undefined && graceMs > 0 && now - watch.missingSince >= graceMs;
  const missingSince = watch.missingSince ?? now;
  return told(
    isOver ? { ...stays, missingSince, proof: undefined, verifiedAt: undefined } : { ...stays, missingSince },
  );
}

/** `2026-11-24 10:15 UTC` */
export function shownTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A problem of keys that were made elsewhere. */
export function weakness(bits: number | undefined): readonly string[] {
  return bits === undefined || bits >= FAIR_BITS
    ? []
    : [`The DKIM key that signs has ${bits} bits only: renew it, so that receivers go on counting it.`];
}

interface Context {
  readonly domain: SendingDomain;
  readonly standing: Omit<Standing, 'dkimProblems'>;
  readonly findings: readonly KeyFinding[];
  readonly graceMs: number;
}

function problemsWith(finding: KeyFinding, context: Context): readonly string[] {
  const { key, state, found, remarks } = finding;
  const record = `The DKIM record ${dkimHost(key)}`;
  switch (state) {
    case 'right':
      return remarks;
    case 'unknown':
      return [`${record} could not be looked up: ${found}. Nothing changes by that; it is looked for again.`];
    case 'absent':
      if (key.state === 'pending')
        return [`${record} is not published yet: ${found}.${toPublish(key)}${meanwhile(finding, context)}`];
      // A key that gives way to the next one at this moment is missed by nobody.
      if (isReplaced(finding, context)) return [];
      return [`${record} of the key that signs is missing: ${found}.${whatFollows(context)}`];
  }
}

/** The API has fields for RSA keys alone. */
function toPublish({ algorithm, recordValue }: DkimKey): string {
  return algorithm === 'rsa-sha256' ? '' : ` Publish it as TXT: ${recordValue}`;
}

function meanwhile({ key }: KeyFinding, { domain, findings }: Context): string {
  const has = findings.some((other) => other.key.state === 'active' && other.key.algorithm === key.algorithm);
  if (has) return ' Until it is seen, mail is signed with the key before it.';
  return key.algorithm !== 'rsa-sha256' || domain.proof !== undefined
    ? ''
    : ' Until it is seen, mail from this domain is refused.';
}

function isReplaced({ key }: KeyFinding, { findings }: Context): boolean {
  return findings.some(
    (other) => other.key.state === 'pending' && other.key.algorithm === key.algorithm && other.state === 'right',
  );
}

function whatFollows({ standing, graceMs }: Context): string {
  if (standing.proof === 'operator')
    return " The operator's word counts all the same; receivers cannot check signatures.";
  if (standing.missingSince === undefined) return ' Receivers cannot check signatures.';
  const since = ` It has been missing since ${shownTime(standing.missingSince)}.`;
  if (standing.proof === undefined) return `${since} Mail from this domain is refused until it is seen again.`;
  if (graceMs === 0) return `${since} Publish it again.`;
  return `${since} Publish it again, or mail from this domain is refused from ${shownTime(standing.missingSince + graceMs)} on.`;
}
