// All that is known of one message: the index knows where in which log its events are, the logs have them whole.
//
// So that nothing is kept twice: transcripts, pools and addresses of attempts are in the logs alone. A message that the
// index has not read yet is found in the log of its lane. What was erased is left out of what the logs say.
import type { Event } from '../../domain/event.ts';
import type { Message } from '../../domain/message.ts';
import { redactEvent, redactMessage, withoutQuotes } from '../../domain/redact-event.ts';
import type { MessageId, ServerId } from '../../lib/ids.ts';
import type { Activity, Trace } from '../../ports/activity.ts';
import type { Covers } from '../../ports/erasure.ts';
import type { EventReader, MessageReader } from '../../ports/event-log.ts';
import { idToBytes, MESSAGE_COLUMNS, readShown, outboundMessage, type MessageRow } from './activity-rows.ts';
import type { ActivityDays } from './activity-days.ts';

export interface TraceSources {
  readonly days: ActivityDays;
  /** By the number of the log. */
  readonly logs: ReadonlyMap<number, Pick<EventReader, 'at'> & MessageReader>;
  readonly covers: Covers;
}

export function createTrace({ days, logs, covers }: TraceSources): Activity['trace'] {
  return async (serverIds, id) => {
    const row = findRow(days, serverIds, id);
    const kept = await accepted(logs, serverIds, id);
    const message = kept && redactMessage(kept, (address) => covers({ ...kept, messageId: id }, address));
    if (row === undefined && message === undefined) return undefined;
    const places = row === undefined ? [] : placesOf(days, row);
    const newest = places.slice(-MAX_EVENTS);
    const events = await eventsAt(logs, newest);
    const shown = events.flatMap((event) => redactEvent(event, (address) => covers(event, address)) ?? []);
    return {
      ...(row === undefined ? ofMessage(message as Message) : ofRow(row)),
      lane: kept?.lane,
      events: message === kept ? shown : shown.map(withoutQuotes),
      missing: places.length - events.length,
    };
  };
}

interface FoundRow extends MessageRow {
  readonly server_id: ServerId;
}

function findRow(days: ActivityDays, serverIds: readonly ServerId[], id: MessageId): FoundRow | undefined {
  const bytes = idToBytes(id);
  return days
    .of(bytes)
    ?.prepared(
      `SELECT ${MESSAGE_COLUMNS}, m.server_id FROM json_each(?) s CROSS JOIN message m
       WHERE m.server_id = s.value AND m.id = ?`,
    )
    .get(JSON.stringify(serverIds), bytes) as FoundRow | undefined;
}

async function accepted(
  logs: TraceSources['logs'],
  serverIds: readonly ServerId[],
  id: MessageId,
): Promise<Message | undefined> {
  for (const log of logs.values()) {
    const found = await log.message(id);
    if (found !== undefined) return serverIds.includes(found.serverId) ? found : undefined;
  }
  return undefined;
}

type Known = Omit<Trace, 'lane' | 'events' | 'missing'>;

function ofRow(row: FoundRow): Known {
  const { streamId, receivedAt, from, subject } = outboundMessage(row);
  // With the places of those that were erased: events count from them.
  const addresses = readShown(row.shown).recipients.map(({ address }) => address);
  return { serverId: row.server_id, streamId, receivedAt, from, subject, recipients: addresses };
}

function ofMessage({ serverId, streamId, acceptedAt, summary, recipients }: Message): Known {
  const { from, subject } = summary;
  const addresses = recipients.map(({ address }) => address);
  return { serverId, streamId, receivedAt: acceptedAt, from, subject, recipients: addresses };
}

interface Place {
  readonly log: number;
  readonly seq: number;
}

/** Oldest first; an event that speaks of several recipients has a row for each. */
function placesOf(days: ActivityDays, { server_id: serverId, id }: FoundRow): readonly Place[] {
  const places = (days
    .of(id)
    ?.plucked('SELECT place FROM message_event WHERE server_id = ? AND message_id = ? ORDER BY at, place')
    .all(serverId, id) ?? []) as number[];
  const distinct = new Map<string, Place>();
  for (const place of places) {
    const { log, seq } = readPlace(place);
    distinct.set(`${log} ${seq}`, { log, seq });
  }
  return [...distinct.values()];
}

/** The other way round than `bounceId`. */
function readPlace(place: number): Place {
  return { log: place % 64, seq: Math.floor(place / (64 * 64)) };
}

async function eventsAt(logs: TraceSources['logs'], places: readonly Place[]): Promise<readonly Event[]> {
  const events: Event[] = [];
  for (const [log, here] of Map.groupBy(places, (place) => place.log)) {
    const found = (await logs.get(log)?.at(here.map(({ seq }) => seq))) ?? [];
    for (const { event } of found) events.push(slim(event));
  }
  return events.sort((one, other) => one.at - other.at);
}

/** Without what is long and shown elsewhere. */
function slim(event: Event): Event {
  switch (event.kind) {
    case 'accepted':
    case 'deferred':
    case 'opened':
    case 'clicked':
    case 'inbound-status':
    case 'subscription':
      return event;
    case 'received':
      return { ...event, content: NO_CONTENT };
    case 'delivered':
      return { ...event, captured: undefined };
    case 'bounced':
      return event.returned === undefined ? event : { ...event, returned: { ...event.returned, raw: '' } };
    case 'api-error':
      return { ...event, source: '' };
  }
}

const NO_CONTENT = { textBody: '', htmlBody: '', strippedTextReply: '', headers: [] };
const MAX_EVENTS = 1000;
