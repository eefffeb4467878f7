// Applies the rules of single messages (contract sending 6) to all of a bulk request at once, and names the field of each error
// (contract sending 9.1): what the messages share is judged once, what they have of their own for each.
//
// Promises: a request without errors has no message that the rules for single messages would refuse, as far as that can be
// known before it is rendered; at most so many errors are looked for; between messages others get their turn.
import { readAttachments, readFrom, readHeaders, shown, tooLarge } from '../judge-content.ts';
import type { BulkDraft, BulkEntryDraft } from './bulk-draft.ts';
import { API_ERRORS, type ApiError } from '../../domain/api-error.ts';
import { mergedHeaders, mergedMetadata } from '../../domain/bulk.ts';
import { BULK_ERRORS, type FieldError } from '../../domain/bulk-errors.ts';
import { MESSAGE_LIMITS, summaryProblem } from '../../domain/limits.ts';
import { parseMailboxList, type Mailbox } from '../../mail/address.ts';

export interface BulkJudgement {
  readonly errors: FieldError[];
  /** So many were found that no further ones were looked for. */
  more: boolean;
  /** The sender, where it can be read. */
  from: Mailbox | undefined;
}

export interface JudgeOptions {
  /** Resolves when it is this work's turn. */
  readonly turn: () => Promise<void>;
  readonly maxErrors: number;
}

export async function judgeBulk(draft: BulkDraft, { turn, maxErrors }: JudgeOptions): Promise<BulkJudgement> {
  const found: BulkJudgement = { errors: [], more: false, from: undefined };
  const add = (field: string, error: ApiError | undefined): void => {
    if (error === undefined) return;
    if (found.errors.length < maxErrors) found.errors.push({ field, error });
    else found.more = true;
  };
  found.from = judgeShared(draft, add);
  if (draft.entries.length === 0) add('Messages', API_ERRORS.zeroRecipients());
  for (const [index, entry] of draft.entries.entries()) {
    if (found.more) break;
    if (index % ENTRIES_A_TURN === 0) await turn();
    judgeEntry(draft.content, entry, (field, error) => add(`Messages[${index}].${field}`, error));
  }
  return found;
}

type Add = (field: string, error: ApiError | undefined) => void;

/** Some tens of microseconds each at most, where nothing is unusual. */
const ENTRIES_A_TURN = 20;

function judgeShared({ content }: BulkDraft, add: Add): Mailbox | undefined {
  const from = readFrom(content.from);
  add('From', 'error' in from ? from.error : undefined);
  add('ReplyTo', listProblem('ReplyTo', content.replyTo));
  add('Headers', headersProblem(content.headers));
  add('Subject', textProblem({ subject: content.subject ?? '' }));
  add('Tag', textProblem({ tag: content.tag ?? '' }));
  add('Metadata', textProblem({ metadata: content.metadata }));
  judgeBodies(content, add);
  const attachments = readAttachments(content.attachments);
  add('Attachments', 'error' in attachments ? attachments.error : undefined);
  return 'error' in from ? undefined : from.mailbox;
}

function judgeBodies(content: BulkDraft['content'], add: Add): void {
  const { template, subject, htmlBody, textBody, attachments } = content;
  const named = template !== undefined && ('id' in template ? 'TemplateId' : 'TemplateAlias');
  if (named && (subject ?? htmlBody ?? textBody) !== undefined) add(named, BULK_ERRORS.contentAndTemplate());
  if (!named && htmlBody === undefined && textBody === undefined) add('HtmlBody', API_ERRORS.noBody());
  const html = Buffer.byteLength(htmlBody ?? '');
  const text = Buffer.byteLength(textBody ?? '');
  const attached = attachments.reduce((sum, attachment) => sum + attachment.content.length, 0);
  const { bodyBytes, messageBytes } = MESSAGE_LIMITS;
  if (html > bodyBytes) add('HtmlBody', API_ERRORS.invalidMessage("The 'HtmlBody' is larger than 5 MB."));
  if (text > bodyBytes) add('TextBody', API_ERRORS.invalidMessage("The 'TextBody' is larger than 5 MB."));
  if (html + text + attached > messageBytes) add('Attachments', tooLarge());
}

function judgeEntry(shared: BulkDraft['content'], entry: BulkEntryDraft, add: Add): void {
  judgeRecipients(entry, add);
  if (entry.metadata !== undefined)
    add('Metadata', textProblem({ metadata: mergedMetadata(shared.metadata, entry.metadata) }));
  if (entry.headers !== undefined) add('Headers', headersProblem(mergedHeaders(shared.headers, entry.headers)));
  add('TemplateModel', entry.modelError);
}

function judgeRecipients({ to, cc, bcc }: BulkEntryDraft, add: Add): void {
  let count = 0;
  let unread = false;
  for (const [field, text] of [['To', to] as const, ['Cc', cc] as const, ['Bcc', bcc] as const]) {
    if (text === undefined) continue;
    const list = parseMailboxList(text);
    if (list.kind === 'ok') count += list.mailboxes.length;
    else {
      unread = true;
      add(field, API_ERRORS.invalidAddress(field, shown(list.piece)));
    }
  }
  if (count === 0 && !unread) add('To', API_ERRORS.zeroRecipients());
  const most = MESSAGE_LIMITS.recipients;
  if (count <= most) return;
  add(
    'To',
    API_ERRORS.invalidMessage(
      `A message can have ${most} recipients over To, Cc and Bcc at most; this one has ${count}.`,
    ),
  );
}

function listProblem(field: string, text: string | undefined): ApiError | undefined {
  const list = parseMailboxList(text ?? '');
  return list.kind === 'invalid' ? API_ERRORS.invalidAddress(field, shown(list.piece)) : undefined;
}

function headersProblem(headers: BulkDraft['content']['headers']): ApiError | undefined {
  const read = readHeaders(headers);
  return 'error' in read ? read.error : undefined;
}

function textProblem(part: Partial<Parameters<typeof summaryProblem>[0]>): ApiError | undefined {
  const problem = summaryProblem({ subject: '', tag: '', metadata: {}, ...part });
  return problem === undefined ? undefined : API_ERRORS.invalidMessage(problem);
}
