// What the guards see, for people: rates and verdicts of every stream that has any. Asked by the API.
//
// Rates are many (eight for each provider of each stream) and cross threads to whoever asks: only for those who show them.
import type { Rate } from '../domain/guard.ts';
import type { GuardNote, StreamKey } from './guard-store.ts';

export type StreamVerdict = StreamKey & Pick<GuardNote, 'verdict' | 'reason' | 'since' | 'bulkLike'>;

export interface StreamGuard extends StreamVerdict {
  /** Those with something in them; `all` first, then by provider. */
  readonly rates: readonly Rate[];
}

export interface GuardWatch {
  /** By server, then stream. */
  guards(): Promise<readonly StreamGuard[]>;
  /** The same without rates. */
  verdicts(): Promise<readonly StreamVerdict[]>;
}
