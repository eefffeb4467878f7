// What the guards see, for people: rates and verdicts of every stream that has any. Asked by the API.
import type { Rate } from '../domain/guard.ts';
import type { GuardNote, StreamKey } from './guard-store.ts';

export interface StreamGuard extends StreamKey, Pick<GuardNote, 'verdict' | 'reason' | 'since' | 'bulkLike'> {
  /** Those with something in them; `all` first, then by provider. */
  readonly rates: readonly Rate[];
}

export interface GuardWatch {
  /** By server, then stream. */
  guards(): Promise<readonly StreamGuard[]>;
}
