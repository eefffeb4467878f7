// What a message or a bounce looked like: source, bodies and dumps, put together from the index and the logs' bodies.
//
// Promises: undefined for what the server does not have; empty text for what is no longer kept; content is cut at its
// bound. Bodies stay in the logs, so the index holds no second copy of them; what was erased is not read there.
import type { MessageId, ServerId } from '../../lib/ids.ts';
import type { Captured, MessageEvent, OutboundDetails } from '../../ports/activity.ts';
import type { EventReader } from '../../ports/event-log.ts';
import type { BounceKey } from './activity-bounces.ts';
import { capturedSummary, findCaptured } from './activity-captured.ts';
import type { ActivityDays } from './activity-days.ts';
import { isErased } from './activity-erase.ts';
import { MESSAGE_COLUMNS, idFromBytes, idToBytes, outboundMessage } from './activity-rows.ts';
import type { MessageKey, MessageRow } from './activity-rows.ts';
import type { Db } from './activity-schema.ts';

export interface Bodies {
  readonly text: string | undefined;
  readonly html: string | undefined;
  /** Names. */
  readonly attachments: readonly string[];
}

export interface ContentSources {
  readonly db: Db;
  readonly days: ActivityDays;
  /** By the number of the log. */
  readonly logs: ReadonlyMap<number, Pick<EventReader, 'body'>>;
  readonly readBodies: (raw: Uint8Array) => Promise<Bodies>;
  readonly limits: ContentLimits;
}

export interface ContentLimits {
  /** Bytes of a source, and of a text or HTML body, that are shown (contract sending 23: 1 MB). */
  readonly contentBytes: number;
  /** Bytes of a message's header that a bounce dump shows. */
  readonly headerBytes: number;
  /** Events of one message that are shown, oldest first. */
  readonly events: number;
}

export interface ActivityContent {
  details(serverId: ServerId, id: MessageId): Promise<OutboundDetails | undefined>;
  source(serverId: ServerId, id: MessageId): Promise<string | undefined>;
  /** Empty for a bounce that is older than `dumpsSince`. */
  bounceDump(key: BounceKey): Promise<string | undefined>;
  captured(id: MessageId, serverId: ServerId | undefined): Promise<Captured | undefined>;
}

export function createActivityContent(sources: ContentSources): ActivityContent {
  const { limits } = sources;
  return {
    details: (serverId, id) => details(sources, serverId, id),
    async source(serverId, id) {
      const row = findMessage(sources.days, serverId, id);
      if (row === undefined) return undefined;
      return cut(await rawOf(sources, [serverId, row.id], row.log), limits.contentBytes);
    },
    bounceDump: (key) => bounceDump(sources, key),
    captured: (id, serverId) => captured(sources, id, serverId),
  };
}

interface StoredMessage extends MessageRow {
  readonly log: number;
}

function findMessage(days: ActivityDays, serverId: ServerId, id: MessageId): StoredMessage | undefined {
  const bytes = idToBytes(id);
  return days
    .of(bytes)
    ?.prepared(`SELECT ${MESSAGE_COLUMNS}, m.log FROM message m WHERE m.server_id = ? AND m.id = ?`)
    .get(serverId, bytes) as StoredMessage | undefined;
}

export function hasMessage(days: ActivityDays, serverId: ServerId, id: MessageId): boolean {
  return findMessage(days, serverId, id) !== undefined;
}

async function details(
  sources: ContentSources,
  serverId: ServerId,
  id: MessageId,
): Promise<OutboundDetails | undefined> {
  const { days, limits } = sources;
  const row = findMessage(days, serverId, id);
  if (row === undefined) return undefined;
  // Events are read before the first wait, so that they belong to the same moment as the message.
  const events = (days
    .of(row.id)
    ?.plucked('SELECT shown FROM message_event WHERE server_id = ? AND message_id = ? ORDER BY at, place LIMIT ?')
    .all(serverId, row.id, limits.events) ?? []) as string[];
  const raw = await rawOf(sources, [serverId, row.id], row.log);
  const { textBody, htmlBody } = await readableBodies(sources, raw);
  return {
    ...outboundMessage(row),
    textBody,
    htmlBody,
    source: cut(raw, limits.contentBytes),
    events: events.map((json) => JSON.parse(json) as MessageEvent),
  };
}

interface Readable {
  readonly textBody: string | undefined;
  readonly htmlBody: string | undefined;
  readonly attachments: readonly string[];
}

async function readableBodies({ readBodies, limits }: ContentSources, raw: Uint8Array | undefined): Promise<Readable> {
  if (raw === undefined) return { textBody: undefined, htmlBody: undefined, attachments: [] };
  const { text, html, attachments } = await readBodies(raw);
  return { textBody: cutText(text, limits.contentBytes), htmlBody: cutText(html, limits.contentBytes), attachments };
}

interface BounceReportRow {
  readonly message_id: Buffer;
  readonly report: string;
  readonly returned: Buffer | null;
  readonly bounced_at: number;
}

/** What came back by mail; else the report, then the submitted source of a refused submission, or else the header of the message. */
async function bounceDump(
  sources: ContentSources,
  { serverId, id, dumpsSince }: BounceKey,
): Promise<string | undefined> {
  const { db, days, limits } = sources;
  const row = db
    .prepare('SELECT message_id, report, returned, bounced_at FROM bounce WHERE id = ? AND server_id = ?')
    .get(id, serverId) as BounceReportRow | undefined;
  if (row === undefined) return undefined;
  if (row.bounced_at < dumpsSince) return '';
  if (row.returned !== null) return cut(row.returned, limits.contentBytes);
  const key: MessageKey = [serverId, row.message_id];
  const refused = refusedSource(days, key);
  if (refused !== undefined) return `${row.report}\r\n${cut(refused, limits.contentBytes)}`;
  const message = findMessage(days, serverId, idFromBytes(row.message_id));
  const raw = message && (await rawOf(sources, key, message.log));
  return raw === undefined ? row.report : `${row.report}\r\n${headerOf(raw, limits.headerBytes)}`;
}

async function captured(
  sources: ContentSources,
  id: MessageId,
  serverId: ServerId | undefined,
): Promise<Captured | undefined> {
  const row = findCaptured(sources.days, id, serverId);
  if (row === undefined) return undefined;
  const raw = await rawOf(sources, [row.server_id, row.message_id], row.log);
  return {
    ...capturedSummary(row),
    ...(await readableBodies(sources, raw)),
    mailFrom: row.mail_from,
    rcptTo: JSON.parse(row.rcpt_to) as string[],
    // Not cut: a signature can be checked over the whole message only, and its size was bounded at the door.
    source: raw === undefined ? '' : row.prefix + text(raw),
  };
}

async function rawOf({ days, logs }: ContentSources, key: MessageKey, log: number): Promise<Uint8Array | undefined> {
  if (isErased(days, key)) return undefined;
  return refusedSource(days, key) ?? (await logs.get(log)?.body(idFromBytes(key[1])));
}

function refusedSource(days: ActivityDays, key: MessageKey): Buffer | undefined {
  return days
    .of(key[1])
    ?.plucked('SELECT source FROM refused_source WHERE server_id = ? AND message_id = ?')
    .get(...key) as Buffer | undefined;
}

function headerOf(raw: Uint8Array, limit: number): string {
  const bytes = bufferOf(raw);
  const end = bytes.indexOf('\r\n\r\n');
  return cut(end < 0 ? bytes : bytes.subarray(0, end + 2), limit);
}

/** At most `limit` bytes; a character that would be split is left out. */
function cut(raw: Uint8Array | undefined, limit: number): string {
  if (raw === undefined) return '';
  if (raw.length <= limit) return text(raw);
  const bytes = bufferOf(raw);
  let end = limit;
  // The bytes after the first of a UTF-8 character begin with the bits 10 (RFC 3629 section 3).
  while (end > limit - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return text(bytes.subarray(0, end));
}

function cutText(body: string | undefined, limit: number): string | undefined {
  // A character of a string takes at least one byte and at most three for each of its units.
  return body === undefined || body.length * 3 <= limit ? body : cut(Buffer.from(body), limit);
}

function text(raw: Uint8Array): string {
  return bufferOf(raw).toString('utf8');
}

function bufferOf(raw: Uint8Array): Buffer {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
}
