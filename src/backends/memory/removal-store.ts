// Data removals in memory: the port's behaviour without its durability, for tests.
import type { AccountId } from '../../lib/ids.ts';
import type { NewRemoval, OpenRemoval, RemovalMark, RemovalState, RemovalStore } from '../../ports/removal-store.ts';

export class MemoryRemovalStore implements RemovalStore {
  readonly #rows = new Map<number, OpenRemoval>();

  async request(removal: NewRemoval): Promise<RemovalState> {
    const id = this.#rows.size + 1;
    this.#rows.set(id, { ...removal, id, erasedAt: undefined });
    return { id, isDone: false };
  }

  async removal(accountId: AccountId, id: number): Promise<RemovalState | undefined> {
    const row = this.#rows.get(id);
    return row?.accountId === accountId ? { id, isDone: row.erasedAt !== undefined } : undefined;
  }

  async open(limit: number): Promise<readonly OpenRemoval[]> {
    return [...this.#rows.values()].filter((row) => row.erasedAt === undefined || row.notify).slice(0, limit);
  }

  async setErased(id: number, at: number): Promise<void> {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.set(id, { ...row, erasedAt: at, address: '', requestedBy: row.notify ? row.requestedBy : '' });
  }

  async setTold(id: number): Promise<void> {
    const row = this.#rows.get(id);
    if (row !== undefined) this.#rows.set(id, { ...row, notify: false, requestedBy: '' });
  }

  async marks(afterId: number): Promise<readonly RemovalMark[]> {
    return [...this.#rows.values()]
      .filter(({ id }) => id > afterId)
      .map(({ id, serverIds, addressHash, at }) => ({ id, serverIds, addressHash, at }));
  }
}
