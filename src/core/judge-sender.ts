// May this address stand in From, and who signs for it (contract sending 6.3).
//
//   1. a domain of the account that is allowed: any address in it. Its own keys sign
//   2. else a sender signature for the address that was confirmed: the installation's own domain signs, because no record of
//      the From domain was seen, or it is missing
//   3. else refused: 401 where there is a domain or a signature that waits, 400 where there is nothing
//
// One look-up for domains without signatures, which are most; one more for the others. A verified return path is used by
// both. Leaves the order of refusals to submit.
import { refuse } from './judge.ts';
import { API_ERRORS, apiError, type ApiError } from '../domain/api-error.ts';
import { returnPathOf, type SenderSignature, type SendingDomain } from '../domain/sender.ts';
import type { AccountId } from '../lib/ids.ts';
import type { Mailbox } from '../mail/address.ts';
import type { SenderStore } from '../ports/sender-store.ts';

export type SenderLookUp = Pick<SenderStore, 'domain' | 'signature'>;

export interface Sender {
  /** Whose DKIM keys sign. */
  readonly signingDomain: string;
  readonly returnPathDomain: string;
  /** Defaults of the address: its name and Reply-To. */
  readonly signature: SenderSignature | undefined;
}

export interface SenderRules {
  readonly accountId: AccountId;
  /** The installation's own: what signs and what bounces come back to where the domain has nothing of its own. */
  readonly hostname: string;
  readonly returnPathDomain: string;
}

export type SenderVerdict =
  { readonly kind: 'fine'; readonly sender: Sender } | { readonly kind: 'refused'; readonly error: ApiError };

/** `shown`: the From as refusals name it. */
export async function judgeSender(
  senders: SenderLookUp,
  rules: SenderRules,
  { from, shown }: { readonly from: Mailbox; readonly shown: string },
): Promise<SenderVerdict> {
  const { accountId, hostname, returnPathDomain } = rules;
  const domain = await senders.domain(accountId, from.domain);
  const asks = domain === undefined || domain.hasSignatures;
  const signature = asks ? await senders.signature(accountId, from.address) : undefined;
  const allowed = domain?.proof !== undefined;
  if (!allowed && signature?.confirmedAt === undefined) return refuse(refusal(domain, signature, shown));
  return {
    kind: 'fine',
    sender: {
      signingDomain: allowed ? domain.name : hostname,
      returnPathDomain: (domain && returnPathOf(domain)) ?? returnPathDomain,
      signature,
    },
  };
}

function refusal(domain: SendingDomain | undefined, signature: SenderSignature | undefined, shown: string): ApiError {
  if (signature !== undefined) return unconfirmed(shown);
  if (domain === undefined) return API_ERRORS.notASender(shown);
  return domain.watch.missingSince === undefined ? API_ERRORS.unconfirmedSender(shown) : missing(shown);
}

function unconfirmed(from: string): ApiError {
  return apiError(
    401,
    `The 'From' address you supplied (${from}) is a Sender Signature that is not confirmed yet. Open the link in the confirmation email that was sent to it, or have it sent again.`,
  );
}

function missing(from: string): ApiError {
  return apiError(
    401,
    `The 'From' address you supplied (${from}) belongs to a domain whose DKIM record has been missing for days. Publish it again and verify it before you send.`,
  );
}
