// Keeps what was refused over SMTP as an event, so that it can be read by who did not read the dialogue (contract sending
// 11.6): the error, who it was for, and the beginning of the source.
import type { Principal, RawDraft } from './draft.ts';
import type { ReadSource } from './read-source.ts';
import type { ApiError } from '../domain/api-error.ts';
import type { ApiErrorEvent } from '../domain/event.ts';
import { MESSAGE_LIMITS } from '../domain/limits.ts';
import { DEFAULT_STREAM_OF } from '../domain/stream.ts';
import type { MessageId, StreamId } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import { decodeWords } from '../mail/encoded-word.ts';
import type { EventLog } from '../ports/event-log.ts';

export interface Refusal {
  readonly principal: Principal;
  readonly draft: RawDraft;
  readonly source: ReadSource | { readonly error: ApiError } | undefined;
  readonly messageId: MessageId;
  readonly now: number;
  readonly error: ApiError;
  /** Undefined where no stream could be found for it. */
  readonly streamId: StreamId | undefined;
  /** The recipients concerned, where the others got the message; undefined when it was refused for all. */
  readonly only: readonly string[] | undefined;
}

const MAX_SOURCE = 64 * 1024;
const MAX_FIELD = 2000;

/** A refusal stands even when it cannot be recorded: the client has lost nothing, so the trouble is only logged. */
export async function recordRefusal(
  deps: { readonly frontLog: Pick<EventLog, 'append'>; readonly log: Log },
  refusal: Refusal,
): Promise<void> {
  try {
    await deps.frontLog.append([eventOf(refusal)]);
  } catch (error) {
    deps.log.error({ err: error, messageId: refusal.messageId }, 'a refusal over SMTP could not be recorded');
  }
}

function eventOf({ principal, draft, source, messageId, now, error, streamId, only }: Refusal): ApiErrorEvent {
  const read = source === undefined || 'error' in source ? undefined : source;
  const field = (name: string): string =>
    decodeWords(read?.fields.find((f) => f.name.toLowerCase() === name)?.value ?? '').slice(0, MAX_FIELD);
  const { buffer, byteOffset, byteLength } = draft.raw;
  return {
    kind: 'api-error',
    at: now,
    serverId: principal.server.id,
    streamId: streamId ?? principal.boundStream ?? DEFAULT_STREAM_OF[draft.hostKind],
    messageId,
    errorCode: error.code,
    errorText: error.message,
    from: field('from'),
    subject: field('subject'),
    tag: (read?.controls.tag ?? '').slice(0, MESSAGE_LIMITS.tagChars),
    recipients: (only ?? draft.recipients).slice(0, MESSAGE_LIMITS.recipients),
    messageKept: only !== undefined,
    source: Buffer.from(buffer, byteOffset, Math.min(byteLength, MAX_SOURCE)).toString('latin1'),
  };
}
