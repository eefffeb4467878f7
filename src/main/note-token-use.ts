// When tokens were used last: remembered here, and written a minute late at most, so that no request waits for it.
import type { Clock } from '../lib/clock.ts';
import type { ControlStore } from '../ports/control-store.ts';

export interface TokenUse {
  note(tokenId: number, at: number): void;
  /** Writes what is open. */
  stop(): Promise<void>;
}

const EVERY_MS = 60_000;

export function noteTokenUse(deps: {
  readonly store: Pick<ControlStore, 'noteTokensUsed'>;
  readonly clock: Clock;
}): TokenUse {
  const { store, clock } = deps;
  let open = new Map<number, number>();
  let cancel: (() => void) | undefined;
  const write = async (): Promise<void> => {
    cancel = undefined;
    const used = open;
    open = new Map();
    // Worth no more than this: what cannot be written now is written with the next use.
    if (used.size > 0) await store.noteTokensUsed(used).catch(() => undefined);
  };
  return {
    note(tokenId, at) {
      open.set(tokenId, at);
      cancel ??= clock.after(EVERY_MS, () => void write());
    },
    async stop() {
      cancel?.();
      await write();
    },
  };
}
