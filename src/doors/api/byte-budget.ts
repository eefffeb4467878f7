// Counts bytes that are in work against two bounds: one for all, one for each owner.
//
// Promises: a lease that was refused growth has changed nothing; `release` counts once; an owner without leases costs
// no memory.

export interface ByteBudgetOptions {
  readonly total: number;
  readonly perOwner: number;
}

export interface ByteLease {
  /** Takes more; says which bound is in the way, and takes nothing then. */
  grow(bytes: number): 'total' | 'owner' | undefined;
  readonly release: () => void;
}

export interface ByteBudget {
  lease(owner: number): ByteLease;
  readonly used: number;
}

export function createByteBudget({ total, perOwner }: ByteBudgetOptions): ByteBudget {
  const owners = new Map<number, number>();
  let used = 0;
  return {
    lease(owner) {
      let held = 0;
      return {
        grow(bytes) {
          const ofOwner = owners.get(owner) ?? 0;
          if (ofOwner + bytes > perOwner) return 'owner';
          if (used + bytes > total) return 'total';
          used += bytes;
          held += bytes;
          if (bytes > 0) owners.set(owner, ofOwner + bytes);
          return undefined;
        },
        release() {
          const rest = (owners.get(owner) ?? 0) - held;
          used -= held;
          held = 0;
          if (rest > 0) owners.set(owner, rest);
          else owners.delete(owner);
        },
      };
    },
    get used() {
      return used;
    },
  };
}
