// Looks for bulk mail on transactional streams, where it delays and spoils what people wait for. It only ever warns.
//
// Of every accepted message the recipients are counted by stream and by subject; of a few the content is read and compared
// (domain/bulk-like). Promises: bounded memory and work, whatever arrives: the subjects and streams of the last hour up to
// a limit, a few bodies in a second, none that is large. After a restart it counts from nothing.
import { createHash } from 'node:crypto';
import { comparable, foldSubject, hasListHeaders } from '../../domain/bulk-like.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { Message } from '../../domain/message.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MessageId } from '../../lib/ids.ts';
import { splitMessage } from '../../mail/headers.ts';
import type { MessageBodies } from '../../mail/mime/parse.ts';
import type { StreamKey } from '../../ports/guard-store.ts';
import { streamName } from './guard-notes.ts';

export interface HygieneOptions {
  /** Recipients within an hour from which mail is for many; 0 looks for nothing. */
  readonly recipients: number;
  readonly readBodies: (raw: Uint8Array) => Promise<Pick<MessageBodies, 'text' | 'html'>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits?: Partial<HygieneLimits>;
}

export interface HygieneLimits {
  readonly maxStreams: number;
  readonly maxSubjects: number;
  /** Bodies that wait to be read. */
  readonly maxWaiting: number;
  /** Bodies that one call of `look` reads. */
  readonly readAtOnce: number;
  /** Larger messages are not read. In bytes. */
  readonly largest: number;
}

export const HYGIENE_LIMITS: HygieneLimits = {
  maxStreams: 1000,
  maxSubjects: 500,
  maxWaiting: 32,
  readAtOnce: 4,
  largest: 256 * 1024,
};

export interface BulkLike extends StreamKey {
  /** For people. */
  readonly reason: string;
}

export type ReadBody = (id: MessageId) => Promise<Uint8Array | undefined>;

export interface Hygiene {
  /** Cheap: counts, and remembers now and then a message to be read later. */
  note(event: AcceptedEvent, body: ReadBody): void;
  /** Reads some of those messages and says what looks like bulk. */
  look(): Promise<readonly BulkLike[]>;
}

const HOUR_MS = 3_600_000;
/** Of what goes to many, so many contents are compared at least, ... */
const LEAST_SAMPLES = 4;
/** ... and this part of them must agree. */
const AGREEING = 0.8;
/** Samples until the limit of recipients is reached, and a few beyond it. */
const SAMPLES_TO_LIMIT = 10;
const MOST_SAMPLES = 12;
const MOST_SAMPLES_OF_STREAM = 40;

interface Seen {
  readonly since: number;
  samples: number;
  /** Samples with headers of a list. */
  listed: number;
}

interface StreamSeen extends Seen {
  recipients: number;
}

interface SubjectSeen extends Seen {
  readonly subject: string;
  /** Hashes of addresses. */
  readonly addresses: Set<number>;
  /** How often each content was seen. */
  readonly contents: Map<string, number>;
}

interface Sample {
  readonly message: Message;
  readonly body: ReadBody;
  /** Undefined where it is not read for the stream, or not for the subject. */
  readonly stream: StreamSeen | undefined;
  readonly subject: SubjectSeen | undefined;
}

interface State extends HygieneOptions {
  readonly limits: HygieneLimits;
  readonly streams: Map<string, StreamSeen>;
  readonly subjects: Map<string, SubjectSeen>;
  readonly waiting: Sample[];
  /** Every so many recipients a message is read. */
  readonly step: number;
}

export function createHygiene(options: HygieneOptions): Hygiene {
  const state: State = {
    ...options,
    limits: { ...HYGIENE_LIMITS, ...options.limits },
    streams: new Map(),
    subjects: new Map(),
    waiting: [],
    step: Math.max(Math.floor(options.recipients / SAMPLES_TO_LIMIT), 1),
  };
  return {
    note: ({ message }, body) => note(state, message, body),
    look: () => look(state),
  };
}

function note(state: State, message: Message, body: ReadBody): void {
  const { recipients: limit, step, clock, limits, waiting } = state;
  const now = clock.now();
  if (limit === 0 || message.kind !== 'transactional' || message.testMode !== 'none') return;
  if (message.acceptedAt <= now - HOUR_MS) return;
  const { stream, subject } = seenOf(state, message, now);
  const count = message.recipients.length;
  const isForStream = crosses(stream.recipients, (stream.recipients += count), step);
  const before = subject.addresses.size;
  for (const { address } of message.recipients) {
    if (subject.addresses.size < limit * 2) subject.addresses.add(hashOf(address.toLowerCase()));
  }
  const isForSubject = crosses(before, subject.addresses.size, step);
  const sample: Sample = {
    message,
    body,
    stream: isForStream && stream.samples < MOST_SAMPLES_OF_STREAM ? stream : undefined,
    subject: isForSubject && subject.samples < MOST_SAMPLES ? subject : undefined,
  };
  if (sample.stream === undefined && sample.subject === undefined) return;
  if (message.size <= limits.largest && waiting.length < limits.maxWaiting) waiting.push(sample);
}

function crosses(before: number, after: number, step: number): boolean {
  return Math.floor(after / step) > Math.floor(before / step);
}

function seenOf(state: State, message: Message, now: number): { stream: StreamSeen; subject: SubjectSeen } {
  const { limits } = state;
  const name = streamName(message);
  const subject = foldSubject(message.summary.subject, message.recipients);
  const counts = { since: now, samples: 0, listed: 0 };
  return {
    stream: fresh(state.streams, name, { max: limits.maxStreams, now, make: () => ({ ...counts, recipients: 0 }) }),
    subject: fresh(state.subjects, `${name} ${subject}`, {
      max: limits.maxSubjects,
      now,
      make: () => ({ ...counts, subject, addresses: new Set(), contents: new Map() }),
    }),
  };
}

/** The entry of this hour, now the most recently used one; the least recently used ones make room. */
function fresh<T extends Seen>(
  entries: Map<string, T>,
  name: string,
  { max, now, make }: { readonly max: number; readonly now: number; readonly make: () => T },
): T {
  const found = entries.get(name);
  const entry = found !== undefined && now - found.since < HOUR_MS ? found : make();
  entries.delete(name);
  entries.set(name, entry);
  for (const oldest of entries.keys()) {
    if (entries.size <= max) break;
    entries.delete(oldest);
  }
  return entry;
}

async function look(state: State): Promise<readonly BulkLike[]> {
  const found: BulkLike[] = [];
  for (const sample of state.waiting.splice(0, state.limits.readAtOnce)) {
    const raw = await sample.body(sample.message.id);
    if (raw === undefined) continue;
    await read(state, sample, raw);
    const reason = judge(state, sample);
    const { serverId, streamId } = sample.message;
    if (reason !== undefined) found.push({ serverId, streamId, reason });
  }
  return found;
}

async function read({ readBodies }: State, { message, stream, subject }: Sample, raw: Uint8Array): Promise<void> {
  const split = splitMessage(raw);
  const isListed = 'fields' in split && hasListHeaders(split.fields);
  for (const seen of [stream, subject]) {
    if (seen === undefined) continue;
    seen.samples += 1;
    if (isListed) seen.listed += 1;
  }
  if (subject === undefined) return;
  const text = comparable(await readBodies(raw), message.recipients);
  if (text === undefined) return;
  const content = createHash('sha256').update(text).digest('base64');
  subject.contents.set(content, (subject.contents.get(content) ?? 0) + 1);
}

function judge({ recipients: limit }: State, { stream, subject }: Sample): string | undefined {
  if (subject !== undefined && subject.samples >= LEAST_SAMPLES && subject.addresses.size >= limit) {
    const agreeing = subject.samples * AGREEING;
    const many = `at least ${limit} recipients got mail with the subject "${subject.subject}" within an hour`;
    if (subject.listed >= agreeing) return `${many}, and it has the headers of a list`;
    if (Math.max(0, ...subject.contents.values()) >= agreeing) return `${many}, and its content is the same for all`;
  }
  if (stream === undefined || stream.listed < LEAST_SAMPLES) return undefined;
  const listed = Math.round((stream.recipients * stream.listed) / stream.samples);
  if (listed < limit) return undefined;
  return `about ${listed} recipients got mail with the headers of a list within an hour`;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
