// Applies the rules for a message submitted as source over SMTP (contract sending 11): reads the X-PM-* controls, takes
// From, To and Cc from the header and the recipients from the envelope, and composes by rewriting the header only. The
// body stays as it came (signatures inside survive), except that 8-bit parts are encoded for a 7-bit path.
import { rewriteSource } from './compose-message.ts';
import type { RawDraft } from './draft.ts';
import { tooLarge } from './judge-content.ts';
import { refuse, saysNo, TLS_REQUIRED, type JudgedRecipient, type Verdict } from './judge.ts';
import { API_ERRORS, type ApiError } from '../domain/api-error.ts';
import { isForbiddenAttachment, MESSAGE_LIMITS, summaryProblem } from '../domain/limits.ts';
import type { RecipientRole } from '../domain/message.ts';
import { TRACK_LINKS, type Server, type TrackLinks } from '../domain/server.ts';
import { formatMailboxAsText, parseHeaderMailboxes, parseMailbox, type Mailbox } from '../mail/address.ts';
import { decodeWords } from '../mail/encoded-word.ts';
import type { HeaderField } from '../mail/headers.ts';
import { valueOf, valuesOf, type ReadSource } from './read-source.ts';
import { attachmentNames } from '../mail/mime/structure.ts';

export function judgeRaw(draft: RawDraft, source: ReadSource, server: Server): Verdict {
  const from = readFrom(source.fields);
  if ('error' in from) return refuse(from.error);
  const envelope = readEnvelope(draft.recipients, source.fields);
  if ('error' in envelope) return refuse(envelope.error);
  const { controls } = source;
  const names = attachmentNames(draft.raw);
  const trackLinks = readTrackLinks(controls.trackLinks);
  const summary = {
    from: formatMailboxAsText(from.mailbox),
    fromAddress: from.mailbox.address,
    subject: decodeWords(valueOf(source.fields, 'subject') ?? ''),
    tag: controls.tag,
    metadata: controls.metadata,
    attachments: names,
    trackOpens: server.settings.trackOpens || controls.trackOpens === true,
    trackLinks: trackLinks ?? server.settings.trackLinks,
  };
  const problem = rawProblem(draft, source) ?? summaryProblem(summary);
  if (problem !== undefined) return refuse(API_ERRORS.invalidMessage(problem));
  if (draft.raw.length > MESSAGE_LIMITS.messageBytes) return refuse(tooLarge());
  const forbidden = names.find(isForbiddenAttachment);
  if (forbidden !== undefined) return refuse(API_ERRORS.forbiddenAttachment(forbidden.slice(0, 200)));
  return {
    kind: 'fine',
    judged: {
      from: from.mailbox,
      recipients: envelope.recipients,
      summary,
      fakeBounce: controls.bounceType,
      tlsOptional: valuesOf(source.fields, TLS_REQUIRED).some(saysNo),
      compose: (context) =>
        rewriteSource(
          { raw: draft.raw, source, keepId: controls.keepId, tag: controls.tag, protocol: draft.protocol },
          context,
        ),
    },
  };
}

type OrError<T> = T | { readonly error: ApiError };

function readFrom(fields: readonly HeaderField[]): OrError<{ mailbox: Mailbox }> {
  const values = valuesOf(fields, 'from');
  if (values.length === 0) return { error: API_ERRORS.invalidFrom() };
  if (values.length > 1) return { error: API_ERRORS.invalidMessage("The message has more than one 'From' header.") };
  const value = values[0] ?? '';
  const list = parseHeaderMailboxes(value);
  const mailbox = list.kind === 'ok' && list.mailboxes.length === 1 ? list.mailboxes[0] : undefined;
  return mailbox === undefined ? { error: API_ERRORS.invalidAddress('From', value.slice(0, 200)) } : { mailbox };
}

/** An envelope recipient named in To is `To`, named in Cc is `Cc`, and is blind otherwise (contract sending 11.5). */
function readEnvelope(
  given: readonly string[],
  fields: readonly HeaderField[],
): OrError<{ recipients: readonly JudgedRecipient[] }> {
  if (given.length === 0) return { error: API_ERRORS.zeroRecipients() };
  if (given.length > MESSAGE_LIMITS.recipients) {
    return {
      error: API_ERRORS.invalidMessage(
        `A message can have ${MESSAGE_LIMITS.recipients} recipients at most; this one has ${given.length}.`,
      ),
    };
  }
  const named = new Map<string, { role: RecipientRole; name: string }>();
  for (const role of ['Cc', 'To'] as const) {
    for (const mailbox of mailboxesOf(fields, role.toLowerCase()))
      named.set(mailbox.address.toLowerCase(), { role, name: mailbox.name });
  }
  const recipients: JudgedRecipient[] = [];
  for (const address of given) {
    const mailbox = parseMailbox(address);
    if (mailbox === undefined) return { error: API_ERRORS.invalidAddress('To', address.slice(0, 200)) };
    const found = named.get(mailbox.address.toLowerCase());
    recipients.push({ mailbox: { ...mailbox, name: found?.name ?? '' }, role: found?.role ?? 'Bcc', given: address });
  }
  return { recipients };
}

/** Only a help for classification: a To field that cannot be read classifies nobody and refuses nothing. */
function mailboxesOf(fields: readonly HeaderField[], lowerName: string): readonly Mailbox[] {
  return valuesOf(fields, lowerName).flatMap((value) => {
    const list = parseHeaderMailboxes(value);
    return list.kind === 'ok' ? list.mailboxes : [];
  });
}

function rawProblem(draft: RawDraft, source: ReadSource): string | undefined {
  if (source.bodyOffset >= draft.raw.length) return 'Provide either email TextBody or HtmlBody or both.';
  const from = valueOf(source.fields, 'from') ?? '';
  if (from.length > MESSAGE_LIMITS.fromChars)
    return `The 'From' value is longer than ${MESSAGE_LIMITS.fromChars} characters.`;
  if (valuesOf(source.fields, 'received').length > MESSAGE_LIMITS.hops)
    return 'The message has passed too many servers: it goes round in circles.';
  const links = source.controls.trackLinks;
  if (links !== undefined && readTrackLinks(links) === undefined)
    return `The value '${links.slice(0, 40)}' of X-PM-TrackLinks is not one of ${TRACK_LINKS.join(', ')}.`;
  return undefined;
}

function readTrackLinks(text: string | undefined): TrackLinks | undefined {
  return TRACK_LINKS.find((value) => value.toLowerCase() === text?.toLowerCase());
}
