// Whether something has changed in the control data that lanes keep to: addresses, holds, resumptions. The file itself changes
// far more often (each suppression, each token), and a lane that reads again binds each of its addresses anew.
import type { PoolStore } from '../ports/pool-store.ts';

export type LaneFacts = Pick<PoolStore, 'addresses' | 'holds' | 'resumptions'>;

/** The returned function tells whether it has since the last time that it said so; true the first time. */
export function controlDigest(pools: LaneFacts): () => Promise<boolean> {
  let known = '';
  return async () => {
    const now = JSON.stringify([await pools.addresses(), await pools.holds(), await pools.resumptions()]);
    const changed = now !== known;
    known = now;
    return changed;
  };
}
