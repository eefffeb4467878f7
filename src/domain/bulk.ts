// A bulk request: one content, many messages, all of them accepted or none (contract sending 9). What is kept of it, what is
// shown of it, and how one of its messages comes to be from what all share and what is its own.
//
// Promises: an entry's message id is a function of the request, the entry's place and the time that it was reserved at, so
// that a release that is done again after a crash has the id of the first, by which a lane knows it.
import { createHash } from 'node:crypto';
import type { AccountId, MessageId, ServerId, StreamId } from '../lib/ids.ts';
import type { TrackLinks } from './server.ts';

export type BulkStatus = 'Accepted' | 'Processing' | 'Completed' | 'Cancelled' | 'Failed';

export interface BulkHeader {
  readonly name: string;
  readonly value: string;
}

/** Which template renders the messages; undefined fields of the content stand in for none. */
export type BulkTemplate = { readonly id: number } | { readonly alias: string };

/** What all messages of a request share. Kept as JSON: absent is absent. */
export interface BulkContent {
  readonly from: string;
  readonly replyTo?: string | undefined;
  /** Subject and bodies are templates themselves; absent where `template` names one. */
  readonly subject?: string | undefined;
  readonly htmlBody?: string | undefined;
  readonly textBody?: string | undefined;
  readonly template?: BulkTemplate | undefined;
  readonly inlineCss: boolean;
  readonly tag?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly headers: readonly BulkHeader[];
  readonly attachments: readonly BulkAttachment[];
  readonly trackOpens?: boolean | undefined;
  readonly trackLinks?: TrackLinks | undefined;
  readonly requireTls?: boolean | undefined;
}

export interface BulkAttachment {
  readonly name: string;
  /** Base64 as received. */
  readonly content: string;
  readonly contentType: string;
  readonly contentId: string | undefined;
}

/** What one message has of its own. */
export interface BulkEntry {
  readonly to?: string | undefined;
  readonly cc?: string | undefined;
  readonly bcc?: string | undefined;
  /** The model as JSON text: it is only looked into when the message is rendered. */
  readonly model?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly headers?: readonly BulkHeader[] | undefined;
}

/** How many messages failed for one reason. */
export interface BulkFailure {
  readonly code: number;
  /** Of the first of them. */
  readonly message: string;
  readonly count: number;
}

export interface BulkRequest {
  /** Place in the order of acceptance; never used again. */
  readonly seq: number;
  /** Lower-case UUID. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly status: BulkStatus;
  /** Undefined where a template has it. */
  readonly subject: string | undefined;
  readonly total: number;
  readonly released: number;
  readonly failed: number;
  /** Entries before it are counted, those from it on are to be done. */
  readonly next: number;
  /** The time in the ids of what is to be done next; undefined before the first of it was reserved. */
  readonly reservedAt: number | undefined;
  readonly failures: readonly BulkFailure[];
  /** For people: what it waits for, or why it ended. */
  readonly note: string | undefined;
  readonly finishedAt: number | undefined;
}

export function isFinished({ status }: Pick<BulkRequest, 'status'>): boolean {
  return status === 'Completed' || status === 'Cancelled' || status === 'Failed';
}

/** Whole percents; 100 only when nothing is left. */
export function percentageOf({ total, released, failed }: Pick<BulkRequest, 'total' | 'released' | 'failed'>): number {
  return total === 0 ? 100 : Math.floor((100 * (released + failed)) / total);
}

/** A UUID of version 7 (RFC 9562 section 5.7) whose random part is made of the request and the entry's place. */
export function entryMessageId({ id }: Pick<BulkRequest, 'id'>, index: number, reservedAt: number): MessageId {
  const time = reservedAt.toString(16).padStart(12, '0');
  const random = createHash('sha256').update(`${id} ${index}`).digest('hex');
  const variant = ((parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}` as MessageId;
}

/** The message's own keys win; keys that differ in case only are the same. */
export function mergedMetadata(
  shared: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (own === undefined) return shared;
  const keys = Object.keys(own);
  if (keys.length === 0) return shared;
  const taken = new Set(keys.map((key) => key.toLowerCase()));
  const kept = Object.entries(shared).filter(([key]) => !taken.has(key.toLowerCase()));
  return Object.fromEntries([...kept, ...Object.entries(own)]);
}

/** All of the message's own headers, and the shared ones whose names it does not use. */
export function mergedHeaders(
  shared: readonly BulkHeader[],
  own: readonly BulkHeader[] | undefined,
): readonly BulkHeader[] {
  if (own === undefined || own.length === 0) return shared;
  const taken = new Set(own.map(({ name }) => name.toLowerCase()));
  return [...shared.filter(({ name }) => !taken.has(name.toLowerCase())), ...own];
}

/** Reasons that are told apart; what is beyond is counted with the last. */
const MAX_REASONS = 10;

export function withFailures(
  before: readonly BulkFailure[],
  more: readonly { readonly code: number; readonly message: string }[],
): readonly BulkFailure[] {
  if (more.length === 0) return before;
  const counts = new Map(before.map((failure) => [failure.code, failure]));
  for (const { code, message } of more) {
    const last = [...counts.keys()].at(-1);
    const key = counts.has(code) || counts.size < MAX_REASONS || last === undefined ? code : last;
    const known = counts.get(key);
    counts.set(key, known === undefined ? { code, message, count: 1 } : { ...known, count: known.count + 1 });
  }
  return [...counts.values()];
}
