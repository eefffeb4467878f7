// The mail that asks a mailbox to confirm a sender signature: plain words for somebody who may not know of it, the personal note
// as somebody else's words, one link. What others wrote is escaped and cannot bring a link of its own to life in HTML.
import type { ContentDraft } from './draft.ts';
import type { SenderSignature } from '../domain/sender.ts';
import { escapeHtml } from '../domain/template/escape-html.ts';
import { shownTime } from '../domain/domain-standing.ts';

export interface ConfirmationToWrite {
  readonly signature: Pick<SenderSignature, 'address' | 'name' | 'note'>;
  readonly link: string;
  readonly hostname: string;
  /** Unix milliseconds: when the link ends. */
  readonly until: number;
}

export function confirmationMail({ signature, link, hostname, until }: ConfirmationToWrite): ContentDraft {
  const { address, name, note } = signature;
  const asks = `Somebody wants to send email as "${name}" <${address}> through ${hostname}.`;
  const ask = 'If you know of this and allow it, open this link and confirm:';
  const ends = `The link works until ${shownTime(until)}. If you do not know of this, do nothing: then nobody can send as you.`;
  return {
    kind: 'content',
    from: `postmaster@${hostname}`,
    to: address,
    subject: `Confirm that ${hostname} may send email as ${address}`,
    textBody: [asks, ...(note === undefined ? [] : [`They say:\n\n${quoted(note)}`]), ask, link, ends].join('\n\n'),
    htmlBody: page([
      paragraph(asks),
      ...(note === undefined ? [] : [paragraph('They say:'), `<blockquote>${lines(note)}</blockquote>`]),
      paragraph(ask),
      `<p><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`,
      paragraph(ends),
    ]),
    headers: [{ name: 'Auto-Submitted', value: 'auto-generated' }],
    tag: 'sender-confirmation',
    ...NOTHING_ELSE,
  };
}

const NOTHING_ELSE = {
  cc: undefined,
  bcc: undefined,
  replyTo: undefined,
  metadata: {},
  attachments: [],
  // The link is a secret of the reader: no redirect of ours may see it.
  trackOpens: false,
  trackLinks: 'None',
  streamId: undefined,
} as const;

function quoted(note: string): string {
  return note
    .split(/\r\n|\r|\n/)
    .map((line) => `> ${line}`)
    .join('\n');
}

function lines(note: string): string {
  return note
    .split(/\r\n|\r|\n/)
    .map((line) => escapeHtml(line))
    .join('<br>');
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

function page(parts: readonly string[]): string {
  return `<!doctype html><html lang="en"><body>${parts.join('\n')}</body></html>`;
}
