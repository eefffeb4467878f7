// Sender signatures of an account: single addresses that may send once their mailbox has confirmed it (contract management 4).
//
// Decided here: the domain of a signature is added to the account where it is new, with a key that waits, because a signature
// shows the DKIM of its domain; a signature waits for its confirmation also where its domain may send anyway. A signature
// outlives its domain. Promises: what is refused is an API error. A confirmation that could not be sent is told, and the
// signature stays: it can be sent again.
import { isPublicDomain } from '../domain/public-domains.ts';
import { SENDER_ERRORS } from '../domain/sender-errors.ts';
import type { SenderSignature } from '../domain/sender.ts';
import type { ApiError } from '../domain/api-error.ts';
import type { AccountId } from '../lib/ids.ts';
import { parseMailbox, type Mailbox } from '../mail/address.ts';
import { NameTaken } from '../ports/control-store.ts';
import type { SignatureChange } from '../ports/sender-store.ts';
import type { Confirmations } from './confirm-sender.ts';
import {
  addDomain,
  MAX_CHARS,
  readReturnPath,
  refused,
  renewKey,
  setReturnPath,
  viewOf,
  type DomainDeps,
  type DomainView,
} from './manage-domains.ts';
import type { VerifyDeps } from './verify-domain.ts';

export interface SignatureDeps extends DomainDeps {
  readonly confirmations: Confirmations;
}

/** What working with senders needs of an installation beside its store and clock. */
export type SenderTools = Pick<VerifyDeps, 'rules' | 'resolver' | 'generateKey'> & Pick<SignatureDeps, 'confirmations'>;

export interface SignatureView {
  readonly signature: SenderSignature;
  /** Undefined where the domain was taken away. */
  readonly domain: DomainView | undefined;
  /** Sentences for people. */
  readonly problems: readonly string[];
}

type Refused = { readonly kind: 'refused'; readonly error: ApiError };
export type SignatureResult = { readonly kind: 'done'; readonly view: SignatureView } | Refused;

/** Empty texts clear what can be cleared; undefined leaves it. */
export interface SignatureFields {
  readonly name: string | undefined;
  readonly replyTo: string | undefined;
  readonly returnPathDomain: string | undefined;
  readonly note: string | undefined;
}

export const MAX_NOTE = 400;

export async function createSignature(
  deps: SignatureDeps,
  accountId: AccountId,
  wanted: SignatureFields & { readonly address: string | undefined },
): Promise<SignatureResult> {
  const read = readFields(wanted, { wantsAddress: wanted.address ?? '' });
  if (read.kind === 'refused') return read;
  const { mailbox } = read;
  if (mailbox === undefined) return refused(SENDER_ERRORS.fieldMissing('FromEmail'));
  if (isPublicDomain(mailbox.domain)) return refused(SENDER_ERRORS.publicDomain(mailbox.domain));
  const returnPath = readReturnPath(wanted.returnPathDomain, mailbox.domain);
  if (returnPath.kind === 'refused') return returnPath;
  const { senders } = deps.store;
  const { address, domain } = mailbox;
  if ((await senders.signature(accountId, address)) !== undefined)
    return refused(SENDER_ERRORS.signatureExists(address));
  const prepared = await prepareDomain(deps, accountId, { name: domain, returnPathDomain: returnPath.domain });
  if (prepared !== undefined) return prepared;
  try {
    const { name, replyTo, note } = read;
    const signature = await senders.createSignature({ accountId, address, domain, name, replyTo, note });
    const sent = await deps.confirmations.send(signature);
    return done(deps, signature, sent.kind === 'sent' ? [] : [sent.error.message]);
  } catch (error) {
    if (error instanceof NameTaken) return refused(SENDER_ERRORS.signatureExists(address));
    throw error;
  }
}

export async function editSignature(
  deps: SignatureDeps,
  signature: SenderSignature,
  wanted: SignatureFields,
): Promise<SignatureResult> {
  const read = readFields(wanted, {});
  if (read.kind === 'refused') return read;
  if (wanted.returnPathDomain !== undefined) {
    const { domain } = await viewOfSignature(deps, signature);
    if (domain === undefined) return refused(SENDER_ERRORS.signatureWithoutDkim());
    const changed = await setReturnPath(deps, domain.domain, wanted.returnPathDomain);
    if (changed.kind === 'refused') return changed;
  }
  const change: SignatureChange = {
    name: read.name,
    ...(wanted.replyTo !== undefined && { replyTo: read.replyTo }),
    ...(wanted.note !== undefined && { note: read.note }),
  };
  const changed = await deps.store.senders.updateSignature(signature.id, change);
  return changed === undefined ? refused(SENDER_ERRORS.signatureNotFound()) : done(deps, changed);
}

/** A signature of the account, by its number. */
export async function findSignature(deps: DomainDeps, accountId: AccountId, id: number): Promise<SignatureResult> {
  const signature = await deps.store.senders.signatureById(id);
  if (signature === undefined) return refused(SENDER_ERRORS.signatureNotFound());
  return signature.accountId === accountId ? done(deps, signature) : refused(SENDER_ERRORS.signatureNotYours());
}

/** Refused where it is confirmed, and where mail cannot be sent now. */
export async function resendConfirmation(
  deps: SignatureDeps,
  signature: SenderSignature,
): Promise<{ readonly kind: 'sent' } | Refused> {
  if (signature.confirmedAt !== undefined) return refused(SENDER_ERRORS.alreadyConfirmed());
  const sent = await deps.confirmations.send(signature);
  return sent.kind === 'sent' ? sent : refused(sent.error);
}

/** Renews the key of its domain. */
export async function renewKeyOf(deps: SignatureDeps, { signature, domain }: SignatureView): Promise<SignatureResult> {
  if (domain === undefined) return refused(SENDER_ERRORS.signatureWithoutDkim());
  const renewed = await renewKey(deps, domain);
  return renewed.kind === 'refused' ? renewed : done(deps, signature);
}

async function done(
  deps: DomainDeps,
  signature: SenderSignature,
  problems: readonly string[] = [],
): Promise<SignatureResult> {
  return { kind: 'done', view: { ...(await viewOfSignature(deps, signature)), problems } };
}

async function viewOfSignature({ store }: DomainDeps, signature: SenderSignature): Promise<SignatureView> {
  const domain = await store.senders.domain(signature.accountId, signature.domain);
  return { signature, domain: domain && (await viewOf(store, domain)), problems: [] };
}

/** The domain is there afterwards, with the return path where one is wanted. */
async function prepareDomain(
  deps: DomainDeps,
  accountId: AccountId,
  wanted: { readonly name: string; readonly returnPathDomain: string | undefined },
): Promise<Refused | undefined> {
  const known = await deps.store.senders.domain(accountId, wanted.name);
  if (known === undefined) {
    const added = await addDomain(deps, accountId, wanted);
    // Somebody may have added it in the same moment.
    return added.kind === 'refused' && added.error.code !== 512 ? added : undefined;
  }
  if (wanted.returnPathDomain === undefined) return undefined;
  const changed = await setReturnPath(deps, known, wanted.returnPathDomain);
  return changed.kind === 'refused' ? changed : undefined;
}

type FieldsRead =
  | {
      readonly kind: 'read';
      readonly mailbox: Mailbox | undefined;
      readonly name: string;
      readonly replyTo: string | undefined;
      readonly note: string | undefined;
    }
  | Refused;

/** By the order of the contract's codes (4.3): missing, too long, invalid. */
function readFields(
  { name = '', replyTo = '', note = '' }: SignatureFields,
  { wantsAddress }: { readonly wantsAddress?: string },
): FieldsRead {
  if (wantsAddress?.trim() === '') return refused(SENDER_ERRORS.fieldMissing('FromEmail'));
  if (name.trim() === '') return refused(SENDER_ERRORS.fieldMissing('Name'));
  const lengths = [
    ['FromEmail', wantsAddress ?? '', MAX_CHARS],
    ['Name', name, MAX_CHARS],
    ['ReplyToEmail', replyTo, MAX_CHARS],
    ['ConfirmationPersonalNote', note, MAX_NOTE],
  ] as const;
  const tooLong = lengths.find(([, text, most]) => text.length > most);
  if (tooLong !== undefined) return refused(SENDER_ERRORS.fieldTooLong(tooLong[0], tooLong[2]));
  const from = readAddress('FromEmail', wantsAddress);
  if (from !== undefined && 'kind' in from) return from;
  const answers = readAddress('ReplyToEmail', replyTo.trim() === '' ? undefined : replyTo);
  if (answers !== undefined && 'kind' in answers) return answers;
  return { kind: 'read', mailbox: from, name: name.trim(), replyTo: answers?.address, note: note.trim() || undefined };
}

/** An address alone: its name is a field of its own. */
function readAddress(field: string, given: string | undefined): Mailbox | Refused | undefined {
  if (given === undefined) return undefined;
  const mailbox = parseMailbox(given);
  const isBare = mailbox !== undefined && mailbox.name === '' && !given.trim().endsWith('>');
  return isBare ? mailbox : refused(SENDER_ERRORS.notAnAddress(field, given.trim()));
}
