// Message streams by their server's hands (contract sending 13): list, make, change, archive, take back.
//
// Promises: one error of the contract, or the stream as it is afterwards; who sends sees a change within a second. An id
// of another server, or of a stream that was deleted, is an unknown one. Decided here: archiving what is archived and taking
// back what is not are successes that change nothing.
import type { ApiError } from '../domain/api-error.ts';
import { STREAM_ERRORS } from '../domain/stream-errors.ts';
import { readDescription, readHandling, readNewKind, readStreamId, readStreamName } from '../domain/stream-rules.ts';
import { defaultHandling, LASTING_STREAMS, type Stream, type StreamKind } from '../domain/stream.ts';
import type { Clock } from '../lib/clock.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { StreamEdit } from '../ports/message-stream-store.ts';

export interface StreamDeps {
  readonly store: Pick<ControlStore, 'stream' | 'streams' | 'messageStreams'>;
  readonly clock: Pick<Clock, 'now'>;
}

export type StreamResult =
  { readonly kind: 'stream'; readonly stream: Stream } | { readonly kind: 'refused'; readonly error: ApiError };

/** As the client gave them; undefined where they are absent. */
export interface StreamFields {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly unsubscribeHandling: string | undefined;
}

export interface NewStreamFields extends StreamFields {
  readonly id: string | undefined;
  readonly type: string | undefined;
}

export interface StreamChoice {
  /** Undefined for all kinds. */
  readonly kind: StreamKind | undefined;
  readonly archivedToo: boolean;
}

export async function listStreams(
  { store }: Pick<StreamDeps, 'store'>,
  serverId: ServerId,
  { kind, archivedToo }: StreamChoice,
): Promise<readonly Stream[]> {
  const streams = await store.streams(serverId);
  return streams.filter(
    (stream) => (kind === undefined || stream.kind === kind) && (archivedToo || stream.archivedAt === undefined),
  );
}

export async function findStream(
  { store }: Pick<StreamDeps, 'store'>,
  serverId: ServerId,
  id: string,
): Promise<StreamResult> {
  const stream = await store.stream(serverId, streamIdIn(id));
  return stream === undefined ? refused(STREAM_ERRORS.notFound()) : { kind: 'stream', stream };
}

export async function createMessageStream(
  { store }: Pick<StreamDeps, 'store'>,
  serverId: ServerId,
  given: NewStreamFields,
): Promise<StreamResult> {
  const id = readStreamId(given.id);
  if ('error' in id) return refused(id.error);
  const name = readStreamName(given.name);
  if ('error' in name) return refused(name.error);
  const hasInbound = (await store.streams(serverId)).some((stream) => stream.kind === 'inbound');
  const kind = readNewKind(given.type, { hasInbound });
  if ('error' in kind) return refused(kind.error);
  const description = readDescription(given.description);
  if ('error' in description) return refused(description.error);
  const handling = readHandling(given.unsubscribeHandling ?? defaultHandling(kind.value), kind.value);
  if ('error' in handling) return refused(handling.error);
  const created = await store.messageStreams.create({
    serverId,
    id: id.value,
    name: name.value,
    kind: kind.value,
    description: description.value,
    unsubscribeHandling: handling.value,
  });
  if (created.kind === 'taken') return refused(STREAM_ERRORS.idTaken(id.value));
  if (created.kind === 'full') return refused(STREAM_ERRORS.tooMany());
  return { kind: 'stream', stream: created.stream };
}

export async function editMessageStream(
  deps: Pick<StreamDeps, 'store'>,
  of: { readonly serverId: ServerId; readonly id: string },
  given: StreamFields,
): Promise<StreamResult> {
  const found = await findStream(deps, of.serverId, of.id);
  if (found.kind === 'refused') return found;
  const edit = readEdit(given, found.stream);
  if ('error' in edit) return refused(edit.error);
  const changed = await deps.store.messageStreams.edit(of.serverId, found.stream.id, edit.value);
  return changed === undefined ? refused(STREAM_ERRORS.notFound()) : { kind: 'stream', stream: changed };
}

export async function archiveMessageStream(deps: StreamDeps, serverId: ServerId, id: string): Promise<StreamResult> {
  const found = await findStream(deps, serverId, id);
  if (found.kind === 'refused') return found;
  const { stream } = found;
  if (LASTING_STREAMS.includes(stream.id)) return refused(STREAM_ERRORS.cannotArchive(stream.id));
  const archived = await deps.store.messageStreams.archive(serverId, stream.id, deps.clock.now());
  return archived === undefined ? refused(STREAM_ERRORS.notFound()) : { kind: 'stream', stream: archived };
}

export async function unarchiveMessageStream(deps: StreamDeps, serverId: ServerId, id: string): Promise<StreamResult> {
  const result = await deps.store.messageStreams.unarchive(serverId, streamIdIn(id), deps.clock.now());
  switch (result.kind) {
    case 'live':
      return { kind: 'stream', stream: result.stream };
    case 'missing':
      return refused(STREAM_ERRORS.notFound());
    case 'late':
      return refused(STREAM_ERRORS.purged());
    case 'full':
      return refused(STREAM_ERRORS.tooMany());
  }
}

/** Ids are lower-case, and paths match without regard to case. */
function streamIdIn(path: string): StreamId {
  return path.trim().toLowerCase() as StreamId;
}

function readEdit(given: StreamFields, stream: Stream): { readonly value: StreamEdit } | { readonly error: ApiError } {
  const name = given.name === undefined ? undefined : readStreamName(given.name);
  if (name !== undefined && 'error' in name) return name;
  const description = given.description === undefined ? undefined : readDescription(given.description);
  if (description !== undefined && 'error' in description) return description;
  const handling =
    given.unsubscribeHandling === undefined ? undefined : readHandling(given.unsubscribeHandling, stream.kind);
  if (handling !== undefined && 'error' in handling) return handling;
  return {
    value: {
      ...(name && { name: name.value }),
      ...(description && { description: description.value }),
      ...(handling && { unsubscribeHandling: handling.value }),
    },
  };
}

function refused(error: ApiError): StreamResult {
  return { kind: 'refused', error };
}
