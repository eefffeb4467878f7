// Addresses (RFC 5322 3.4, RFC 5321 4.1.2, RFC 6531).
export interface Mailbox {
  /** Decoded display name; '' when there is none. */
  readonly name: string;
  /** As SMTP carries it: quoted where it must be, case kept. May hold non-ASCII (RFC 6531). */
  readonly local: string;
  /** Lower-case A-label form. */
  readonly domain: string;
  /** `local@domain`, as SMTP carries it. */
  readonly address: string;
}

export type MailboxList =
  | { readonly kind: 'ok'; readonly mailboxes: readonly Mailbox[] }
  | { readonly kind: 'invalid'; readonly piece: string };

export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

export function parseMailbox(_text: string): Mailbox | undefined {
  throw new Error('not written yet');
}

export function parseMailboxList(_text: string): MailboxList {
  throw new Error('not written yet');
}

export function parseHeaderMailboxes(_value: string): MailboxList {
  throw new Error('not written yet');
}

export function formatMailbox(_mailbox: NamedAddress): string {
  throw new Error('not written yet');
}

export function formatMailboxAsText(_mailbox: NamedAddress): string {
  throw new Error('not written yet');
}

export { domainToAscii } from './idna.ts';
