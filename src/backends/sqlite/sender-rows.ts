// Rows of sending domains, DKIM keys and sender signatures as the domain's values.
import type { DkimAlgorithm, DkimKey, KeyState } from '../../domain/dkim-key.ts';
import type { DomainProof, SenderSignature, SendingDomain } from '../../domain/sender.ts';
import type { AccountId } from '../../lib/ids.ts';

export interface DomainRow {
  readonly id: number;
  readonly account_id: number;
  readonly name: string;
  readonly proof: string | null;
  readonly verified_at: number | null;
  readonly dkim_verified_at: number | null;
  readonly return_path_domain: string | null;
  readonly return_path_verified_at: number | null;
  readonly checked_at: number | null;
  readonly check_at: number | null;
  readonly missing_since: number | null;
  readonly dkim_problems: string | null;
  readonly return_path_problems: string | null;
  readonly created_at: number;
  readonly has_signatures: number;
}

/** With whether there are signatures, which most domains have none of: so submitting need not ask. */
export const DOMAIN_COLUMNS = `d.*, exists (select 1 from sender_signature s
  where s.account_id = d.account_id and s.domain = d.name) as has_signatures`;

export function readDomain(row: DomainRow): SendingDomain {
  return {
    id: row.id,
    accountId: row.account_id as AccountId,
    name: row.name,
    proof: (row.proof ?? undefined) as DomainProof | undefined,
    verifiedAt: row.verified_at ?? undefined,
    dkimVerifiedAt: row.dkim_verified_at ?? undefined,
    returnPathDomain: row.return_path_domain ?? undefined,
    returnPathVerifiedAt: row.return_path_verified_at ?? undefined,
    hasSignatures: row.has_signatures === 1,
    watch: {
      checkedAt: row.checked_at ?? undefined,
      checkAt: row.check_at ?? undefined,
      missingSince: row.missing_since ?? undefined,
      dkimProblems: readSentences(row.dkim_problems),
      returnPathProblems: readSentences(row.return_path_problems),
    },
    createdAt: row.created_at,
  };
}

/** The columns that a change may touch, in the order of the statement that writes them. */
export function domainValues(domain: SendingDomain): readonly unknown[] {
  const { watch } = domain;
  return [
    domain.proof ?? null,
    domain.verifiedAt ?? null,
    domain.dkimVerifiedAt ?? null,
    domain.returnPathDomain ?? null,
    domain.returnPathVerifiedAt ?? null,
    watch.checkedAt ?? null,
    watch.checkAt ?? null,
    watch.missingSince ?? null,
    writeSentences(watch.dkimProblems),
    writeSentences(watch.returnPathProblems),
  ];
}

/** Null where there are none, as nearly always. */
function writeSentences(sentences: readonly string[]): string | null {
  return sentences.length === 0 ? null : JSON.stringify(sentences);
}

function readSentences(json: string | null): readonly string[] {
  return json === null ? [] : (JSON.parse(json) as readonly string[]);
}

export interface DkimKeyRow {
  readonly account_id: number;
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: string;
  readonly sealed_private_key: string;
  readonly record_value: string;
  readonly state: string;
  readonly created_at: number;
  readonly changed_at: number;
}

export function readDkimKey(row: DkimKeyRow): DkimKey {
  return {
    accountId: row.account_id as AccountId,
    domain: row.domain,
    selector: row.selector,
    algorithm: row.algorithm as DkimAlgorithm,
    recordValue: row.record_value,
    state: row.state as KeyState,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}

export interface SignatureRow {
  readonly id: number;
  readonly account_id: number;
  readonly address: string;
  readonly domain: string;
  readonly name: string;
  readonly reply_to: string | null;
  readonly note: string | null;
  readonly confirmed_at: number | null;
  readonly created_at: number;
}

export function readSignature(row: SignatureRow): SenderSignature {
  return {
    id: row.id,
    accountId: row.account_id as AccountId,
    address: row.address,
    domain: row.domain,
    name: row.name,
    replyTo: row.reply_to ?? undefined,
    note: row.note ?? undefined,
    confirmedAt: row.confirmed_at ?? undefined,
    createdAt: row.created_at,
  };
}
