// Takes a bulk request, all of it or nothing (contract sending 9.1): judges every message, its stream, sender and template,
// and says `accepted` only when it is on disk.
import { judgeSender, type SenderLookUp } from '../judge-sender.ts';
import { chooseStream, type SendingStream, type StreamStore } from '../judge.ts';
import type { Templates } from '../sendable-template.ts';
import type { BulkDraft } from './bulk-draft.ts';
import { judgeBulk } from './judge-bulk.ts';
import type { ApiError } from '../../domain/api-error.ts';
import type { BulkContent, BulkRequest } from '../../domain/bulk.ts';
import { BULK_ERRORS, type FieldError } from '../../domain/bulk-errors.ts';
import type { Server } from '../../domain/server.ts';
import { DEFAULT_STREAM_OF } from '../../domain/stream.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AccountId, ServerId } from '../../lib/ids.ts';
import { formatMailboxAsText, type Mailbox } from '../../mail/address.ts';
import type { BulkAnswer } from '../../ports/bulk-desk.ts';
import type { BulkStore } from '../../ports/bulk-store.ts';

export interface AcceptBulkDeps {
  readonly store: StreamStore & { readonly senders: SenderLookUp };
  /** Of the installation. */
  readonly hostname: string;
  readonly returnPathDomain: string;
  readonly bulk: Pick<BulkStore, 'keep' | 'find'>;
  readonly templates: Pick<Templates, 'find' | 'fromContent'>;
  readonly turn: () => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  /** There is something to release. */
  readonly onKept: () => void;
  readonly maxErrors?: number;
}

export interface BulkToAccept {
  /** Undefined for the test token, which belongs to no server: content is judged, nothing is kept. */
  readonly server: Server | undefined;
  readonly id: string;
  readonly draft: BulkDraft;
  /** Unix milliseconds. */
  readonly until: number;
}

/** Errors that are told; more are not looked for. */
const MAX_ERRORS = 100;

export async function acceptBulk(deps: AcceptBulkDeps, given: BulkToAccept): Promise<BulkAnswer> {
  const { server, draft } = given;
  const judged = await judgeBulk(draft, { turn: deps.turn, maxErrors: deps.maxErrors ?? MAX_ERRORS });
  const around = await judgeAround(deps, given, judged.from);
  const errors = [...around.errors, ...judged.errors];
  const [only] = errors;
  if (only !== undefined) {
    return errors.length === 1 && !judged.more
      ? { kind: 'refused', error: only.error }
      : { kind: 'invalid', errors, more: judged.more };
  }
  if (server === undefined || around.stream === undefined)
    return { kind: 'accepted', request: notKept(given, deps.clock) };
  return keep(deps, given, { server, stream: around.stream });
}

interface Around {
  readonly stream: SendingStream | undefined;
  readonly errors: readonly FieldError[];
}

/** What depends on more than the request itself. */
async function judgeAround(deps: AcceptBulkDeps, given: BulkToAccept, from: Mailbox | undefined): Promise<Around> {
  const { server, draft } = given;
  const errors: FieldError[] = [];
  const add = (field: string, error: ApiError | undefined): void => {
    if (error !== undefined) errors.push({ field, error });
  };
  if (draft.content.template === undefined) errors.push(...contentErrors(deps, draft.content));
  if (server === undefined) return { stream: undefined, errors };
  const stream = await chooseBroadcast(deps.store, server, draft.streamId);
  if ('error' in stream) add('MessageStream', stream.error);
  if (from !== undefined) add('From', await senderProblem(deps, server, from));
  const { template } = draft.content;
  if (template !== undefined) {
    const found = await deps.templates.find(server.id, template);
    add('id' in template ? 'TemplateId' : 'TemplateAlias', found.kind === 'refused' ? found.error : undefined);
  }
  return { stream: 'error' in stream ? undefined : stream.stream, errors };
}

/** Subject and bodies of the request are templates, each with its own field to name. */
function contentErrors({ templates }: AcceptBulkDeps, content: BulkDraft['content']): readonly FieldError[] {
  const { subject, htmlBody, textBody } = content;
  const parts = [
    ['Subject', { subject }],
    ['HtmlBody', { htmlBody }],
    ['TextBody', { textBody }],
  ] as const;
  return parts.flatMap(([field, part]) => {
    if (Object.values(part)[0] === undefined) return [];
    const compiled = templates.fromContent(given(part));
    return compiled.kind === 'refused' ? [{ field, error: compiled.error }] : [];
  });
}

function given(part: {
  readonly subject?: string | undefined;
  readonly htmlBody?: string | undefined;
  readonly textBody?: string | undefined;
}) {
  const { subject, htmlBody, textBody } = part;
  return {
    ...(subject !== undefined && { subject }),
    ...(htmlBody !== undefined && { htmlBody }),
    ...(textBody !== undefined && { textBody }),
  };
}

async function chooseBroadcast(
  store: StreamStore,
  server: Server,
  named: string | undefined,
): Promise<{ readonly stream: SendingStream } | { readonly error: ApiError }> {
  const principal = { server, tokenId: 0, boundStream: undefined };
  const choice = await chooseStream(store, { principal, named, hostKind: 'broadcast' });
  if (choice.kind === 'fine') return { stream: choice.stream };
  return { error: choice.error.code === 1236 ? BULK_ERRORS.notBroadcast(named ?? '') : BULK_ERRORS.streamNotFound() };
}

async function senderProblem(
  { store, hostname, returnPathDomain }: AcceptBulkDeps,
  { accountId }: Server,
  from: Mailbox,
): Promise<ApiError | undefined> {
  const rules = { accountId, hostname, returnPathDomain };
  const verdict = await judgeSender(store.senders, rules, { from, shown: formatMailboxAsText(from) });
  return verdict.kind === 'refused' ? verdict.error : undefined;
}

interface Place {
  readonly server: Server;
  readonly stream: SendingStream;
}

async function keep(deps: AcceptBulkDeps, toAccept: BulkToAccept, { server, stream }: Place): Promise<BulkAnswer> {
  const { id, draft, until } = toAccept;
  const kept = await deps.bulk.keep({
    id,
    accountId: server.accountId,
    serverId: server.id,
    streamId: stream.id,
    submittedAt: deps.clock.now(),
    subject: draft.content.subject,
    content: contentOf(draft),
    entries: draft.entries,
    bytes: draft.bytes,
    until,
  });
  switch (kept) {
    case 'server-full':
      return { kind: 'refused', error: BULK_ERRORS.serverFull() };
    case 'full':
      return { kind: 'refused', error: BULK_ERRORS.full() };
    case 'late':
      return { kind: 'refused', error: BULK_ERRORS.unavailable() };
    case 'kept': {
      deps.onKept();
      const request = await deps.bulk.find(server.id, id);
      if (request === undefined) throw new Error('a bulk request that was kept is not there');
      return { kind: 'accepted', request };
    }
  }
}

/** Rules of the content have passed: there is a sender. A template's style blocks are inlined unless the request says no. */
function contentOf({ content }: BulkDraft): BulkContent {
  const inlineCss = content.inlineCss ?? content.template !== undefined;
  return { ...content, from: content.from ?? '', inlineCss };
}

/** What the test token is told: as if it had been accepted. */
function notKept({ id, draft }: BulkToAccept, clock: Pick<Clock, 'now'>): BulkRequest {
  return {
    seq: 0,
    id,
    accountId: 0 as AccountId,
    serverId: 0 as ServerId,
    streamId: DEFAULT_STREAM_OF.broadcast,
    submittedAt: clock.now(),
    status: 'Accepted',
    subject: draft.content.subject,
    total: draft.entries.length,
    released: 0,
    failed: 0,
    next: 0,
    reservedAt: undefined,
    failures: [],
    note: undefined,
    finishedAt: undefined,
  };
}
