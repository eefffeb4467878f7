// Events and bodies in memory: the log of a lane's queue in memory, or a front log. For tests and for runs that keep nothing.
//
// Promises: those of the port, as long as the process lives. Bounded by `purge`, which the owner calls as with a file.
import type { Event, LoggedEvent } from '../../domain/event.ts';
import type { ComposedMessage } from '../../domain/message.ts';
import type { MessageId } from '../../lib/ids.ts';
import type { EventLog } from '../../ports/event-log.ts';

export class MemoryEventLog implements EventLog {
  /** In order of `seq`. */
  #events: LoggedEvent[] = [];
  readonly #messages = new Map<MessageId, ComposedMessage>();
  #last = 0;

  async read(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    const start = this.#firstAfter(after);
    return this.#events.slice(start, start + limit);
  }

  async latest(): Promise<number> {
    return this.#events.at(-1)?.seq ?? 0;
  }

  async at(seqs: readonly number[]): Promise<readonly LoggedEvent[]> {
    const wanted = new Set(seqs);
    return this.#events.filter(({ seq }) => wanted.has(seq));
  }

  async body(id: MessageId): Promise<Uint8Array | undefined> {
    return this.#messages.get(id)?.raw;
  }

  async append(events: readonly Event[]): Promise<void> {
    this.add(events);
  }

  add(events: readonly Event[]): void {
    for (const event of events) this.#events.push({ seq: ++this.#last, event });
  }

  /** Keeps the message for `body`; false where it is there already. */
  keep(message: ComposedMessage): boolean {
    const { id } = message.message;
    if (this.#messages.has(id)) return false;
    this.#messages.set(id, message);
    return true;
  }

  /** Drops up to `limit` events older than `before`, in order, none after `consumed`. */
  dropEvents(before: number, consumed: number, limit: number): number {
    const keep = this.#events.findIndex(({ seq, event }, index) => {
      return index === limit || seq > consumed || event.at >= before;
    });
    const count = keep === -1 ? this.#events.length : keep;
    this.#events = this.#events.slice(count);
    return count;
  }

  /** Drops up to `limit` messages older than `before` whose acceptance is no longer logged and which `isFinished`. */
  dropMessages(before: number, limit: number, isFinished: (id: MessageId) => boolean): ComposedMessage[] {
    const told = new Set(
      this.#events.filter(({ event }) => event.kind === 'accepted').map(({ event }) => event.messageId),
    );
    const old = [...this.#messages.values()]
      .filter(({ message: { id, acceptedAt } }) => acceptedAt < before && !told.has(id) && isFinished(id))
      .slice(0, limit);
    for (const { message } of old) this.#messages.delete(message.id);
    return old;
  }

  #firstAfter(seq: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.seq ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
