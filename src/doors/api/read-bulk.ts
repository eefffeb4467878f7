// From the bytes of a bulk request to the draft that core/bulk takes. Messages are read one by one and kept as little as can
// be: fifty megabytes of them must not become some hundreds in memory.
//
// Decided here: wrong types are one error 403 with the JSON paths of the first ten, in all of the request, before any rule is
// applied. Names match without regard to case, the exact spelling preferred; `null` is absent.
import { isUtf8 } from 'node:buffer';
import { BulkContentSchema, BulkMessageSchema } from './bulk.schema.ts';
import { NOT_UTF8, parseText, withoutByteOrderMark } from './parse-json.ts';
import { fieldReader } from './read-fields.ts';
import { splitObject, type Malformed, type Member } from './split-object.ts';
import type { Turns } from './turns.ts';
import { visitArray } from './visit-array.ts';
import type { BulkDraft, BulkEntryDraft } from '../../core/bulk/bulk-draft.ts';
import { readModel } from '../../core/read-model.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import type { BulkTemplate } from '../../domain/bulk.ts';
import { BULK_ERRORS } from '../../domain/bulk-errors.ts';

export type BulkRead =
  { readonly kind: 'draft'; readonly draft: BulkDraft } | { readonly kind: 'refused'; readonly error: ApiError };

/** Ours: of fifty megabytes each would have fifty bytes. */
export const MAX_BULK_MESSAGES = 1_000_000;

const MOST_BAD_FIELDS = 10;

export async function readBulk(bytes: Buffer, turns: Turns): Promise<BulkRead> {
  const body = withoutByteOrderMark(bytes);
  if (body.length === 0) return malformed({ kind: 'malformed', detail: 'the body is empty.' });
  if (!isUtf8(body)) return malformed(NOT_UTF8);
  const split = await splitObject(body, turns);
  if (split.kind === 'malformed') return malformed(split);
  if (split.kind !== 'members') return wholeIsWrong(body);
  const parts = await partsOf(body, split.members, turns);
  if (parts.kind === 'malformed') return malformed(parts);
  const bad: string[] = [];
  const content = readInto(bad, contentReader(), parts.shared);
  const messages = await readMessages(body, parts.messages, { turns, bad });
  if (messages.kind === 'refused') return messages;
  if (bad.length > 0) return refused(API_ERRORS.invalidFields(bad));
  return { kind: 'draft', draft: { ...draftOf(content ?? {}), entries: messages.entries, bytes: body.length } };
}

interface Parts {
  readonly kind: 'parts';
  readonly shared: Readonly<Record<string, unknown>>;
  readonly messages: Member | undefined;
}

/** All members as values but the messages, of which it is known where they are. */
async function partsOf(body: Buffer, members: readonly Member[], turns: Turns): Promise<Parts | Malformed> {
  const chosen = messagesAmong(body, members);
  const shared: [string, unknown][] = [];
  for (const member of members) {
    if (member === chosen) continue;
    await turns.take();
    const parsed = parseText(body.toString('utf8', member.from, member.to));
    if (parsed.kind === 'malformed') return parsed;
    shared.push([member.name, parsed.value]);
  }
  return { kind: 'parts', shared: Object.fromEntries(shared), messages: chosen };
}

/** As JSON.parse and the reader of fields would choose: the last of those that are spelled right, null is none. */
function messagesAmong(body: Buffer, members: readonly Member[]): Member | undefined {
  const named = members.filter(({ name }) => name.toLowerCase() === 'messages');
  const lastOf = (name: string): Member | undefined => named.findLast((member) => member.name === name);
  const exact = lastOf('Messages');
  const others = named.map(({ name }) => lastOf(name));
  return [exact, ...others].find((member) => member !== undefined && !isNull(body, member));
}

function isNull(body: Buffer, { from, to }: Member): boolean {
  return to - from < LONGEST_NULL && body.toString('latin1', from, to).trim() === 'null';
}

/** With much white space around it. */
const LONGEST_NULL = 64;

type MessagesRead =
  | { readonly kind: 'entries'; readonly entries: readonly BulkEntryDraft[] }
  | { readonly kind: 'refused'; readonly error: ApiError };

interface Reading {
  readonly turns: Turns;
  readonly bad: string[];
}

async function readMessages(body: Buffer, member: Member | undefined, reading: Reading): Promise<MessagesRead> {
  const { turns, bad } = reading;
  const entries: BulkEntryDraft[] = [];
  if (member === undefined) return { kind: 'entries', entries };
  const read = fieldReader(BulkMessageSchema);
  const visited = await visitArray(body.subarray(member.from, member.to), {
    maxItems: MAX_BULK_MESSAGES,
    turns,
    visit(value, index) {
      const entry = readEntry(read, value);
      if ('entry' in entry) entries.push(entry.entry);
      else for (const path of entry.fields) note(bad, `$.Messages[${index}]${path.slice(1)}`);
      return bad.length < MOST_BAD_FIELDS;
    },
  });
  switch (visited.kind) {
    case 'visited':
      return { kind: 'entries', entries };
    case 'malformed':
      return malformed({ ...visited, detail: `in Messages: ${visited.detail}` });
    case 'too-many':
      return refused(BULK_ERRORS.tooManyMessages(MAX_BULK_MESSAGES));
    case 'not-an-array':
      return noArray(body, member, bad);
  }
}

function noArray(body: Buffer, { from, to }: Member, bad: string[]): MessagesRead {
  const parsed = parseText(body.toString('utf8', from, to));
  if (parsed.kind === 'malformed') return malformed(parsed);
  note(bad, '$.Messages');
  return { kind: 'entries', entries: [] };
}

type MessageReader = ReturnType<typeof fieldReader<typeof BulkMessageSchema>>;

function readEntry(
  read: MessageReader,
  value: unknown,
): { readonly entry: BulkEntryDraft } | { readonly fields: readonly string[] } {
  const fields = read(value);
  if (fields.kind === 'invalid') return { fields: fields.fields };
  const { To, Cc, Bcc, TemplateModel, Metadata, Headers } = fields.value;
  const model = TemplateModel === undefined || TemplateModel === '' ? undefined : readModel(TemplateModel);
  if (model?.kind === 'refused' && model.error.code === WRONG_TYPE) return { fields: ['$.TemplateModel'] };
  return {
    entry: {
      ...(To && { to: To }),
      ...(Cc && { cc: Cc }),
      ...(Bcc && { bcc: Bcc }),
      // What is nested too deeply cannot be written as text either.
      ...(model?.kind === 'model' && { model: JSON.stringify(model.model) }),
      ...(model?.kind === 'refused' && { modelError: model.error }),
      ...(Metadata !== undefined && { metadata: Metadata as Readonly<Record<string, string>> }),
      ...(Headers !== undefined && { headers: Headers.map(headerOf) }),
    },
  };
}

/** Neither an object nor the text of one. */
const WRONG_TYPE = 403;

function contentReader() {
  return fieldReader(BulkContentSchema);
}

type Content = Extract<ReturnType<ReturnType<typeof contentReader>>, { kind: 'read' }>['value'];

function readInto(bad: string[], read: ReturnType<typeof contentReader>, value: unknown): Content | undefined {
  const fields = read(value);
  if (fields.kind === 'read') return fields.value;
  for (const path of fields.fields) note(bad, path);
  return undefined;
}

function note(bad: string[], path: string): void {
  if (bad.length < MOST_BAD_FIELDS) bad.push(path);
}

function draftOf(fields: Content): Omit<BulkDraft, 'entries' | 'bytes'> {
  const template = templateOf(fields);
  return {
    streamId: given(fields.MessageStream),
    content: {
      from: given(fields.From),
      replyTo: given(fields.ReplyTo),
      subject: given(fields.Subject),
      htmlBody: given(fields.HtmlBody),
      textBody: given(fields.TextBody),
      ...(template !== undefined && { template }),
      inlineCss: fields.InlineCss,
      tag: given(fields.Tag),
      metadata: (fields.Metadata ?? {}) as Readonly<Record<string, string>>,
      headers: (fields.Headers ?? []).map(headerOf),
      attachments: (fields.Attachments ?? []).map((attachment) => ({
        name: attachment.Name ?? '',
        content: attachment.Content ?? '',
        contentType: attachment.ContentType ?? '',
        contentId: given(attachment.ContentID),
      })),
      trackOpens: fields.TrackOpens,
      trackLinks: fields.TrackLinks,
      ...(fields.RequireTLS === true && { requireTls: true }),
    },
  };
}

/** The id wins when both are given (contract sending 8.1). */
function templateOf({ TemplateId, TemplateAlias }: Content): BulkTemplate | undefined {
  if (TemplateId !== undefined) return { id: TemplateId };
  const alias = given(TemplateAlias);
  return alias === undefined ? undefined : { alias };
}

function headerOf({ Name = '', Value = '' }: { readonly Name?: string; readonly Value?: string }) {
  return { name: Name, value: Value };
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** A text that is no object is wrong as a whole, or no JSON at all. */
function wholeIsWrong(body: Buffer): BulkRead {
  const parsed = body.length > LARGEST_WHOLE ? undefined : parseText(body.toString('utf8'));
  return parsed?.kind === 'malformed' ? malformed(parsed) : refused(API_ERRORS.invalidFields(['$']));
}

const LARGEST_WHOLE = 1024 * 1024;

type Refused = { readonly kind: 'refused'; readonly error: ApiError };

function malformed({ detail }: Malformed): Refused {
  return refused(API_ERRORS.malformedJson(detail));
}

function refused(error: ApiError): Refused {
  return { kind: 'refused', error };
}
