// Data removals in the control data: who asked for whose data to be erased, and how far that is (contract management 11.1).
//
// Promises: a request is durable when it resolves; once a removal is done its row holds neither address in clear, but a keyed
// hash of the recipient's, by which readers of the logs know what they must not show.
import type { AccountId, ServerId } from '../lib/ids.ts';

export interface NewRemoval {
  readonly accountId: AccountId;
  /** Servers of the account. */
  readonly serverIds: readonly ServerId[];
  /** Whose data goes; lower-case. */
  readonly address: string;
  readonly addressHash: string;
  readonly requestedBy: string;
  /** Whether who asked is told by mail when it is done. */
  readonly notify: boolean;
  /** Unix milliseconds: what was accepted up to then goes. */
  readonly at: number;
}

/** One that is not over: to be erased, or its requester to be told. */
export interface OpenRemoval extends NewRemoval {
  readonly id: number;
  /** Unix milliseconds; undefined while there is something left to erase. */
  readonly erasedAt: number | undefined;
}

export interface RemovalState {
  readonly id: number;
  readonly isDone: boolean;
}

export interface RemovalMark extends Pick<NewRemoval, 'serverIds' | 'addressHash' | 'at'> {
  readonly id: number;
}

export interface RemovalStore {
  request(removal: NewRemoval): Promise<RemovalState>;
  /** Undefined where the account has none of that id. */
  removal(accountId: AccountId, id: number): Promise<RemovalState | undefined>;
  /** Oldest first. */
  open(limit: number): Promise<readonly OpenRemoval[]>;
  /** Nothing is left to erase: forgets the address, and who asked where nobody is to be told. */
  setErased(id: number, at: number): Promise<void>;
  /** Nobody is to be told any more: forgets who asked. */
  setTold(id: number): Promise<void>;
  /** Those with a greater id, done or not. */
  marks(afterId: number): Promise<readonly RemovalMark[]>;
}
