// From a JSON value to the draft that submit takes: fields by the schema, empty texts as absent (contract sending 5).
import { EmailSchema } from './email.schema.ts';
import { fieldReader } from './read-fields.ts';
import type { ContentDraft } from '../../core/draft.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';

export type DraftRead =
  { readonly kind: 'draft'; readonly draft: ContentDraft } | { readonly kind: 'refused'; readonly error: ApiError };

export type DraftReader = (value: unknown) => DraftRead;

export function createDraftReader(): DraftReader {
  const read = fieldReader(EmailSchema);
  return (value) => {
    const fields = read(value);
    if (fields.kind === 'invalid') return { kind: 'refused', error: API_ERRORS.invalidFields(fields.fields) };
    return { kind: 'draft', draft: draftOf(fields.value) };
  };
}

type Fields = Extract<ReturnType<ReturnType<typeof fieldReader<typeof EmailSchema>>>, { kind: 'read' }>['value'];

export function draftOf(fields: Fields): ContentDraft {
  return {
    kind: 'content',
    from: given(fields.From),
    to: given(fields.To),
    cc: given(fields.Cc),
    bcc: given(fields.Bcc),
    replyTo: given(fields.ReplyTo),
    subject: given(fields.Subject),
    htmlBody: given(fields.HtmlBody),
    textBody: given(fields.TextBody),
    tag: given(fields.Tag),
    metadata: (fields.Metadata ?? {}) as Readonly<Record<string, string>>,
    headers: (fields.Headers ?? []).map(({ Name = '', Value = '' }) => ({ name: Name, value: Value })),
    attachments: (fields.Attachments ?? []).map((attachment) => ({
      name: attachment.Name ?? '',
      content: attachment.Content ?? '',
      contentType: attachment.ContentType ?? '',
      contentId: given(attachment.ContentID),
    })),
    trackOpens: fields.TrackOpens,
    trackLinks: fields.TrackLinks,
    streamId: given(fields.MessageStream),
    ...(fields.RequireTLS === true && { requireTls: true }),
  };
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
