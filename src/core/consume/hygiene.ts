// Looks for bulk mail on transactional streams, where it delays and spoils what people wait for. It only ever warns.
//
// Accepted messages are gathered by stream, and by stream and subject. When a group has gone to so many recipients within an
// hour, a few messages of it are read: do they have the headers of a list, is their content the same (domain/bulk-like)?
// Then the group begins anew. Promises: bounded memory and work, whatever arrives: so many groups, the least recently
// used one goes; a few milliseconds of reading in each call, no large bodies. After a restart it counts from nothing.
import { createHash } from 'node:crypto';
import { comparable, foldSubject, hasListHeaders } from '../../domain/bulk-like.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { Message, Recipient } from '../../domain/message.ts';
import { createBoundedCache, type BoundedCache } from '../../lib/bounded-cache.ts';
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
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits?: Partial<HygieneLimits>;
}

export interface HygieneLimits {
  /** Streams and subjects that are gathered at a time. */
  readonly maxGroups: number;
  /** Groups that wait to be read; more are let go. */
  readonly maxRipe: number;
  /** How long one call of `look` begins to read a further body. Milliseconds. */
  readonly lookMs: number;
  /** Larger messages are not read. In bytes. */
  readonly largest: number;
}

const HYGIENE_LIMITS: HygieneLimits = { maxGroups: 1000, maxRipe: 64, lookMs: 20, largest: 128 * 1024 };

export interface BulkLike extends StreamKey {
  /** For people. */
  readonly reason: string;
}

export type ReadBody = (id: MessageId) => Promise<Uint8Array | undefined>;

export interface Hygiene {
  /** Cheap: nothing is read. */
  note(event: AcceptedEvent, body: ReadBody): void;
  /** Reads some of what was gathered and says what looks like bulk. */
  look(): Promise<readonly BulkLike[]>;
}

const HOUR_MS = 3_600_000;
/** Messages of a group that are read. */
const SAMPLES = 10;
/** Fewer say nothing of the group. */
const LEAST_SAMPLES = 4;
/** This part of what was read must agree. */
const AGREEING = 0.8;

interface Group {
  readonly stream: StreamKey;
  /** Undefined where it is the whole stream. */
  readonly subject: string | undefined;
  readonly since: number;
  /** Hashes of addresses. */
  readonly addresses: Set<number>;
  readonly samples: Sample[];
  messages: number;
}

interface Sample {
  readonly id: MessageId;
  readonly recipients: readonly Recipient[];
  readonly body: ReadBody;
}

/** A group that has gone to many, and what was found in it so far. */
interface Reading {
  readonly group: Group;
  readonly left: Sample[];
  read: number;
  listed: number;
  /** How often each content was seen. */
  readonly contents: Map<string, number>;
}

interface State extends HygieneOptions {
  readonly limits: HygieneLimits;
  readonly groups: Map<string, Group>;
  readonly ripe: Reading[];
  /** Recipients of mail with list headers of late, by stream. */
  readonly listed: BoundedCache<string, number>;
}

export function createHygiene(options: HygieneOptions): Hygiene {
  const limits = { ...HYGIENE_LIMITS, ...options.limits };
  const listed = createBoundedCache<string, number>({ maxEntries: limits.maxGroups, ttlMs: HOUR_MS }, options.clock);
  const state: State = { ...options, limits, groups: new Map(), ripe: [], listed };
  return {
    note: ({ message }, body) => note(state, message, body),
    look: () => look(state),
  };
}

function note(state: State, message: Message, body: ReadBody): void {
  const { recipients: limit, clock } = state;
  if (limit === 0 || message.kind !== 'transactional' || message.testMode !== 'none') return;
  if (message.acceptedAt <= clock.now() - HOUR_MS) return;
  const { serverId, streamId } = message;
  const stream = { serverId, streamId };
  const name = streamName(stream);
  const subject = foldSubject(message.summary.subject, message.recipients);
  const bySubject = `${name} ${subject}`;
  gather(state, bySubject, { message, body, group: groupOf(state, bySubject, { stream, subject }) });
  gather(state, name, { message, body, group: groupOf(state, name, { stream, subject: undefined }) });
}

/** The group of this hour, now the most recently used one. */
function groupOf({ groups, clock, limits }: State, name: string, what: Pick<Group, 'stream' | 'subject'>): Group {
  const now = clock.now();
  const found = groups.get(name);
  const isOfNow = found !== undefined && now - found.since < HOUR_MS;
  const group = isOfNow ? found : { ...what, since: now, addresses: new Set<number>(), samples: [], messages: 0 };
  groups.delete(name);
  groups.set(name, group);
  for (const oldest of groups.keys()) {
    if (groups.size <= limits.maxGroups) break;
    groups.delete(oldest);
  }
  return group;
}

interface Gathered {
  readonly message: Message;
  readonly body: ReadBody;
  readonly group: Group;
}

function gather(state: State, name: string, { message, body, group }: Gathered): void {
  const { recipients: limit, limits, groups, ripe } = state;
  for (const { address } of message.recipients) group.addresses.add(hashOf(address.toLowerCase()));
  if (message.size <= limits.largest) keepSome(state, group, { message, body });
  if (group.addresses.size < limit) return;
  groups.delete(name);
  const hasRoom = ripe.length < limits.maxRipe;
  if (hasRoom) ripe.push({ group, left: [...group.samples], read: 0, listed: 0, contents: new Map() });
}

/** Each message of a group has the same chance to be read, so that no rhythm of a sender can hide anything. */
function keepSome({ random }: State, group: Group, { message, body }: Omit<Gathered, 'group'>): void {
  group.messages += 1;
  const place = Math.floor(random() * group.messages);
  const sample = { id: message.id, recipients: message.recipients.slice(0, MOST_RECIPIENTS), body };
  if (group.samples.length < SAMPLES) group.samples.push(sample);
  else if (place < SAMPLES) group.samples[place] = sample;
}

/** Whose names are left out of contents; no more are kept. */
const MOST_RECIPIENTS = 3;

async function look(state: State): Promise<readonly BulkLike[]> {
  const { ripe, clock, limits } = state;
  const until = clock.now() + limits.lookMs;
  const found: BulkLike[] = [];
  for (let reads = 0; reads < MOST_READS && clock.now() < until; reads += 1) {
    const [reading] = ripe;
    if (reading === undefined) break;
    const sample = reading.left.shift();
    if (sample !== undefined) await readSample(state, reading, sample);
    if (reading.left.length > 0) continue;
    ripe.shift();
    const reason = judge(state, reading);
    if (reason !== undefined) found.push({ ...reading.group.stream, reason });
  }
  return found;
}

/** In one call, however fast they are. */
const MOST_READS = 50;

async function readSample({ readBodies }: State, reading: Reading, { id, recipients, body }: Sample): Promise<void> {
  const raw = await body(id);
  if (raw === undefined) return;
  const split = splitMessage(raw);
  reading.read += 1;
  if ('fields' in split && hasListHeaders(split.fields)) reading.listed += 1;
  if (reading.group.subject === undefined) return;
  const text = comparable(await readBodies(raw), recipients);
  if (text === undefined) return;
  const content = createHash('sha256').update(text).digest('base64');
  reading.contents.set(content, (reading.contents.get(content) ?? 0) + 1);
}

function judge({ recipients: limit, listed }: State, { group, read, ...seen }: Reading): string | undefined {
  if (read < LEAST_SAMPLES) return undefined;
  const { stream, subject } = group;
  if (subject !== undefined) {
    const many = `${limit} recipients got mail with the subject "${subject}" within an hour`;
    if (seen.listed >= read * AGREEING) return `${many}, and it has the headers of a list`;
    if (Math.max(0, ...seen.contents.values()) >= read * AGREEING)
      return `${many}, and its content is the same for all`;
    return undefined;
  }
  const before = listed.get(streamName(stream)) ?? 0;
  const now = before + (limit * seen.listed) / read;
  listed.set(streamName(stream), now);
  return now < limit
    ? undefined
    : `about ${Math.round(now)} recipients got mail with the headers of a list within an hour`;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
