// Releases some messages of a bulk request: each is rendered and goes the one way in that all mail goes, under an id that was
// reserved for it, so that the lane knows it again when it comes twice.
//
// Promises: a result for each, in order; nothing is counted here. What concerns all messages of the request (its sender, its
// stream) is no failure of one of them: that message is to be tried again.
import type { ContentDraft, Principal } from '../draft.ts';
import type { SendableTemplate, Templates } from '../sendable-template.ts';
import type { Submit } from '../submit.ts';
import type { ApiError } from '../../domain/api-error.ts';
import {
  entryMessageId,
  mergedHeaders,
  mergedMetadata,
  type BulkContent,
  type BulkEntry,
  type BulkRequest,
} from '../../domain/bulk.ts';
import type { ApiErrorEvent } from '../../domain/event.ts';
import { MESSAGE_LIMITS } from '../../domain/limits.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MessageId } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import { parseMailboxList } from '../../mail/address.ts';
import type { EventLog } from '../../ports/event-log.ts';

export type EntryResult =
  | { readonly kind: 'released' }
  | { readonly kind: 'failed'; readonly code: number; readonly message: string }
  /** The request cannot go on now; `note` says why, for people. */
  | { readonly kind: 'waits'; readonly note: string }
  /** The queue does not take it now. */
  | { readonly kind: 'later' }
  | { readonly kind: 'broken'; readonly cause: unknown };

export interface Block {
  readonly request: BulkRequest;
  readonly principal: Principal;
  readonly content: BulkContent;
  readonly template: SendableTemplate;
  readonly entries: readonly BulkEntry[];
  /** Place of the first of them. */
  readonly first: number;
  readonly reservedAt: number;
}

export interface ReleaseBlockDeps {
  readonly submit: Submit;
  readonly templates: Pick<Templates, 'render'>;
  /** Where it is written down that a message could not be rendered. */
  readonly frontLog: Pick<EventLog, 'append'>;
  readonly turn: () => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Those that are begun together share commits of their lane. */
export async function releaseBlock(deps: ReleaseBlockDeps, block: Block): Promise<readonly EntryResult[]> {
  const results: Promise<EntryResult>[] = [];
  for (const [index, entry] of block.entries.entries()) {
    await deps.turn();
    const messageId = entryMessageId(block.request, block.first + index, block.reservedAt);
    results.push(
      releaseEntry(deps, block, { entry, messageId }).catch((cause: unknown) => ({ kind: 'broken', cause })),
    );
  }
  return Promise.all(results);
}

/** Refusals that say nothing of a single message (contract sending 3). */
const OF_THE_REQUEST = new Set([400, 401, 405, 412, 413, 422, 429, 1235, 1236]);

interface Item {
  readonly entry: BulkEntry;
  readonly messageId: MessageId;
}

async function releaseEntry(deps: ReleaseBlockDeps, block: Block, item: Item): Promise<EntryResult> {
  const { content, template, request } = block;
  const { entry, messageId } = item;
  const model: unknown = entry.model === undefined ? {} : JSON.parse(entry.model);
  const rendered = deps.templates.render(template, model, { inlineCss: content.inlineCss });
  if (rendered.kind === 'refused') {
    await recordUnrendered(deps, block, item, rendered.error);
    return failure(rendered.error);
  }
  const draft = draftOf(request, content, entry, rendered);
  const result = await deps.submit(block.principal, draft, { via: 'http', dryRun: false, batched: true, messageId });
  switch (result.kind) {
    case 'accepted':
      return { kind: 'released' };
    case 'unavailable':
      return { kind: 'later' };
    case 'refused':
      return OF_THE_REQUEST.has(result.error.code)
        ? { kind: 'waits', note: result.error.message }
        : failure(result.error);
  }
}

function failure({ code, message }: ApiError): EntryResult {
  return { kind: 'failed', code, message };
}

interface Texts {
  readonly subject?: string | undefined;
  readonly htmlBody?: string | undefined;
  readonly textBody?: string | undefined;
}

function draftOf(request: BulkRequest, content: BulkContent, entry: BulkEntry, texts: Texts): ContentDraft {
  return {
    kind: 'content',
    from: content.from,
    to: entry.to,
    cc: entry.cc,
    bcc: entry.bcc,
    replyTo: content.replyTo,
    subject: texts.subject,
    htmlBody: texts.htmlBody,
    textBody: texts.textBody,
    tag: content.tag,
    metadata: mergedMetadata(content.metadata, entry.metadata),
    headers: mergedHeaders(content.headers, entry.headers),
    attachments: content.attachments,
    trackOpens: content.trackOpens,
    trackLinks: content.trackLinks,
    streamId: request.streamId,
    ...(content.requireTls === true && { requireTls: true }),
  };
}

/** A bounce of type TemplateRenderingFailed for each recipient (contract sending 16.4). May be written again after a crash. */
async function recordUnrendered(deps: ReleaseBlockDeps, block: Block, item: Item, error: ApiError): Promise<void> {
  const { request, content } = block;
  const { to, cc, bcc } = item.entry;
  const event: ApiErrorEvent = {
    kind: 'api-error',
    bounceType: 'TemplateRenderingFailed',
    at: deps.clock.now(),
    serverId: request.serverId,
    streamId: request.streamId,
    messageId: item.messageId,
    errorCode: error.code,
    errorText: error.message,
    from: content.from,
    subject: content.subject ?? '',
    tag: content.tag ?? '',
    recipients: [to, cc, bcc].flatMap(addressesIn).slice(0, MESSAGE_LIMITS.recipients),
    messageKept: false,
    source: '',
  };
  try {
    await deps.frontLog.append([event]);
  } catch (cause) {
    deps.log.error({ err: cause, messageId: item.messageId }, 'a message that was not rendered could not be recorded');
  }
}

function addressesIn(text: string | undefined): readonly string[] {
  const list = parseMailboxList(text ?? '');
  return list.kind === 'ok' ? list.mailboxes.map(({ address }) => address) : [];
}
