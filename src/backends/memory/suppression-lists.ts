// Suppression lists in memory: the port's behaviour without its durability.
import type { SubscriptionEvent } from '../../domain/event.ts';
import { mayLift, outweighs, type Suppression } from '../../domain/suppression.ts';
import type { MessageId, ServerId, StreamId } from '../../lib/ids.ts';
import {
  addedEvent,
  matchesFilter,
  removedEvent,
  ROWS_OF_A_PAGE,
  type ListedAddress,
  type ListRemoval,
  type PendingEvent,
  type Removed,
  type SuppressionFilter,
  type SuppressionLists,
  type SuppressionPage,
} from '../../ports/suppression-lists.ts';

export class MemorySuppressionLists implements SuppressionLists {
  readonly #rows = new Map<string, Suppression>();
  #pending: PendingEvent[] = [];
  #lastEvent = 0;

  async add(rows: readonly Suppression[], messageId?: MessageId): Promise<readonly ListedAddress[]> {
    return rows.map((row) => {
      const listed = this.put(row);
      if (listed.kind === 'added') this.#tell(addedEvent(row, messageId));
      return listed;
    });
  }

  put(row: Suppression): ListedAddress {
    const key = keyOf(row.serverId, row.streamId, row.address);
    const known = this.#rows.get(key);
    if (known !== undefined && !outweighs(row, known)) return { kind: 'kept', row: known };
    this.#rows.set(key, row);
    return { kind: 'added', row };
  }

  async remove(removal: ListRemoval): Promise<readonly Removed[]> {
    const { serverId, streamId, addresses, by } = removal;
    return addresses.map((address) => {
      const key = keyOf(serverId, streamId, address);
      const row = this.#rows.get(key);
      if (row !== undefined && !mayLift(row, by)) return 'protected';
      const wasThere = this.#rows.delete(key);
      if (wasThere || removal.tellAbsent === true) this.#tell(removedEvent(removal, address));
      return wasThere ? 'removed' : 'absent';
    });
  }

  async row(serverId: ServerId, streamId: StreamId, address: string): Promise<Suppression | undefined> {
    return this.#rows.get(keyOf(serverId, streamId, address));
  }

  async suppressionPage(filter: SuppressionFilter, after: string): Promise<SuppressionPage> {
    const looked = this.of(filter.serverId, filter.streamId).filter(({ address }) => address > after);
    const page = looked.slice(0, ROWS_OF_A_PAGE);
    return {
      rows: page.filter((row) => matchesFilter(row, filter)),
      next: page.length < ROWS_OF_A_PAGE ? undefined : page.at(-1)?.address,
    };
  }

  async pendingEvents(limit: number): Promise<readonly PendingEvent[]> {
    return this.#pending.slice(0, limit);
  }

  async dropPendingEvents(upTo: number): Promise<void> {
    this.#pending = this.#pending.filter(({ id }) => id > upTo);
  }

  /** All rows of a stream, in order of address. */
  of(serverId: ServerId, streamId: StreamId): readonly Suppression[] {
    const found = [...this.#rows.values()].filter((row) => row.serverId === serverId && row.streamId === streamId);
    return found.sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  has(serverId: ServerId, streamId: StreamId, address: string): boolean {
    return this.#rows.has(keyOf(serverId, streamId, address));
  }

  drop(serverId: ServerId, streamId: StreamId): void {
    for (const { address } of this.of(serverId, streamId)) this.#rows.delete(keyOf(serverId, streamId, address));
  }

  #tell(event: SubscriptionEvent): void {
    this.#lastEvent += 1;
    this.#pending.push({ id: this.#lastEvent, event });
  }
}

/** No part holds a line feed. */
function keyOf(serverId: ServerId, streamId: StreamId, address: string): string {
  return `${serverId}\n${streamId}\n${address}`;
}
