// The life of message streams: made, changed, archived, taken back, and deleted 45 days after they were archived. Part of the
// control data; reading them is `stream` and `streams` of the control store.
//
// Promises: those of the control store; the rules that concern several streams (ids are unique on a server, their number)
// are checked in the step that writes. Leaves to others: the rules of a single property (domain/stream-rules.ts).
import type { SendingKind, Stream, UnsubscribeHandling } from '../domain/stream.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';
import type { StreamKey } from './lane-queue.ts';

export interface NewStream {
  readonly serverId: ServerId;
  readonly id: StreamId;
  readonly name: string;
  readonly kind: SendingKind;
  readonly description: string | undefined;
  readonly unsubscribeHandling: UnsubscribeHandling;
}

/** What is absent stays as it is. */
export interface StreamEdit {
  readonly name?: string;
  /** Undefined takes it away. */
  readonly description?: string | undefined;
  readonly unsubscribeHandling?: UnsubscribeHandling;
}

/** `taken`: a stream of that id is there, archived or not. `full`: the server has as many as it can have. */
export type CreatedStream =
  { readonly kind: 'created'; readonly stream: Stream } | { readonly kind: 'taken' } | { readonly kind: 'full' };

/** `late`: it was deleted, or is about to be. */
export type UnarchivedStream =
  { readonly kind: 'live'; readonly stream: Stream } | { readonly kind: 'missing' | 'late' | 'full' };

export interface MessageStreamStore {
  /** Into its server's own pool of the kind, or the home pool. Rejects where there is no such server. */
  create(stream: NewStream): Promise<CreatedStream>;
  edit(serverId: ServerId, id: StreamId, edit: StreamEdit): Promise<Stream | undefined>;
  /** Without effect on one that is archived; undefined where there is none. */
  archive(serverId: ServerId, id: StreamId, at: number): Promise<Stream | undefined>;
  /** `now` decides whether it is too late. */
  unarchive(serverId: ServerId, id: StreamId, now: number): Promise<UnarchivedStream>;
  /**
   * Deletes streams that were archived before `before`, at most `limit`, with what belongs to them: suppressions, webhooks, SMTP
   * tokens, what is remembered of holds. One that is paused stays until somebody has resumed it, because mail may wait in it.
   */
  purge(before: number, limit: number): Promise<readonly StreamKey[]>;
}
