// Where the guards keep what they have counted, so that a restart neither forgets nor counts twice.
//
// Promises: `save` is one commit, counts and cursors together; a power cut may take back the newest commits, whole and in
// order, and the logs are read again from the cursors that are left. Leaves the meaning of the counts to the domain.
import type { KeptWindows } from '../domain/guard-windows.ts';
import type { ServerId, StreamId } from '../lib/ids.ts';

export interface StreamKey {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
}

export interface WindowsRow extends StreamKey {
  /** Name of a mailbox provider, or `all`. */
  readonly provider: string;
  readonly windows: KeptWindows;
}

/** What a guard has said about a stream. */
export interface GuardNote extends StreamKey {
  readonly verdict: 'fine' | 'warn' | 'stop';
  /** For people; empty where it is fine. */
  readonly reason: string;
  /** Since when it is the verdict. Unix milliseconds. */
  readonly since: number;
  /** The last resumption that was heeded; 0 where there was none. */
  readonly resumedAt: number;
  /** Mail that looks like bulk on a transactional stream: when it was told last, and what was seen. */
  readonly bulkLike: { readonly at: number; readonly reason: string } | undefined;
}

export interface GuardMemory {
  readonly windows: readonly WindowsRow[];
  readonly notes: readonly GuardNote[];
  /** By log: the `seq` of the last event that is counted. */
  readonly cursors: ReadonlyMap<string, number>;
}

export interface GuardChanges {
  /** Streams all of whose windows go, before `windows` are written. */
  readonly cleared: readonly StreamKey[];
  readonly dropped: readonly (StreamKey & { readonly provider: string })[];
  readonly windows: readonly WindowsRow[];
  readonly notes: readonly GuardNote[];
  readonly cursors: ReadonlyMap<string, number>;
}

export interface GuardStore {
  load(): Promise<GuardMemory>;
  save(changes: GuardChanges): Promise<void>;
  close(): Promise<void>;
}
