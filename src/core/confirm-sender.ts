// Confirmation of a sender signature: a mail to the address, with a link that only its reader can have.
//
// The link holds the number of the signature, an end, and a MAC over both and the address (HMAC-SHA256, RFC 2104): it cannot be
// made up, ends by itself, and is void when the signature is gone. Opening it changes nothing, because scanners of mail open
// links; who reads the page presses a button. Promises: an address gets `MAILS_AN_HOUR` at most, whoever asks.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ContentDraft, SubmitResult } from './draft.ts';
import type { ApiError } from '../domain/api-error.ts';
import { SENDER_ERRORS } from '../domain/sender-errors.ts';
import type { SenderSignature } from '../domain/sender.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { ControlStore } from '../ports/control-store.ts';
import { confirmationMail } from './confirmation-mail.ts';

export interface ConfirmationDeps {
  readonly store: Pick<ControlStore, 'senders'>;
  /** 32 bytes, for links of this kind alone. */
  readonly key: Uint8Array;
  /** Sends in the name of the installation; undefined where it has nobody to send as. */
  readonly submit: (draft: ContentDraft) => Promise<SubmitResult | undefined>;
  /** Where people reach this installation over HTTP, without a slash at the end; undefined before it listens. */
  readonly publicUrl: () => string | undefined;
  readonly hostname: string;
  readonly clock: Clock;
  readonly log: Log;
}

export type Sent = { readonly kind: 'sent' } | { readonly kind: 'failed'; readonly error: ApiError };

export interface Confirmations {
  send(signature: SenderSignature): Promise<Sent>;
  /** What a link is for; undefined for one that is made up, over, or whose signature is gone. */
  look(token: string): Promise<SenderSignature | undefined>;
  /** Does what the link is for; again without effect. */
  confirm(token: string): Promise<SenderSignature | undefined>;
}

/** Of the page that a link leads to; the token follows. */
export const CONFIRM_PATH = '/confirm-sender';

const HOUR_MS = 3_600_000;
const LINK_LIFETIME_MS = 7 * 24 * HOUR_MS;
const MAILS_AN_HOUR = 5;
const MAX_ADDRESSES = 10_000;

export function createConfirmations(deps: ConfirmationDeps): Confirmations {
  const { store, clock, log, hostname } = deps;
  const mails = createBoundedCache<string, { count: number }>({ maxEntries: MAX_ADDRESSES, ttlMs: HOUR_MS }, clock);

  /** Counted before it is sent; what could not be sent counts too. */
  function mayHaveAnother(address: string): boolean {
    const known = mails.get(address);
    if (known === undefined) mails.set(address, { count: 1 });
    else known.count += 1;
    return (known?.count ?? 1) <= MAILS_AN_HOUR;
  }

  async function look(token: string): Promise<SenderSignature | undefined> {
    const read = readToken(token);
    if (read === undefined || read.until < clock.now()) return undefined;
    const signature = await store.senders.signatureById(read.id);
    return signature !== undefined && isProved(token, makeToken(deps.key, signature, read.until))
      ? signature
      : undefined;
  }

  return {
    look,
    async send(signature) {
      if (!mayHaveAnother(signature.address.toLowerCase()))
        return { kind: 'failed', error: SENDER_ERRORS.tooManyConfirmations(signature.address) };
      const base = deps.publicUrl();
      if (base === undefined) return failed('the server is starting');
      const until = clock.now() + LINK_LIFETIME_MS;
      const link = `${base}${CONFIRM_PATH}/${makeToken(deps.key, signature, until)}`;
      const result = await deps.submit(confirmationMail({ signature, link, hostname, until }));
      if (result?.kind === 'accepted') return { kind: 'sent' };
      log.warn({ address: signature.address, result }, 'a confirmation of a sender signature was not taken');
      if (result?.kind === 'refused') return { kind: 'failed', error: SENDER_ERRORS.confirmationRefused(result.error) };
      return failed(result?.reason ?? 'the installation has no server of its own');
    },
    async confirm(token) {
      const signature = await look(token);
      if (signature === undefined || signature.confirmedAt !== undefined) return signature;
      log.info({ address: signature.address, accountId: signature.accountId }, 'a sender signature is confirmed');
      return store.senders.updateSignature(signature.id, { confirmedAt: clock.now() });
    },
  };
}

function failed(why: string): Sent {
  return { kind: 'failed', error: SENDER_ERRORS.confirmationNotSent(why) };
}

const TOKEN = /^(\d{1,15})-(\d{1,15})-[A-Za-z0-9_-]{43}$/;
/** Keeps this use of the key apart from any other. */
const PURPOSE = 'confirm-sender:1';

function makeToken(key: Uint8Array, { id, address }: SenderSignature, until: number): string {
  const mac = createHmac('sha256', key).update([PURPOSE, id, address, until].join('\n')).digest('base64url');
  return `${id}-${until}-${mac}`;
}

function readToken(token: string): { readonly id: number; readonly until: number } | undefined {
  const [, id, until] = TOKEN.exec(token) ?? [];
  return id === undefined || until === undefined ? undefined : { id: Number(id), until: Number(until) };
}

function isProved(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
