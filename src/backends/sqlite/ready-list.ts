// Messages that were just accepted, kept in memory until they are leased for the first time, so that the usual path reads
// nothing back from the file. Bounded: what does not fit is read from the file when its turn comes.
import type { ComposedMessage } from '../../domain/message.ts';

export interface ReadyBounds {
  readonly bytes: number;
  readonly messages: number;
}

interface Entry {
  readonly message: ComposedMessage;
  /** Deliveries that were not leased yet. */
  left: number;
}

/** What a message takes beside its body, roughly. */
const MESSAGE_BYTES = 2048;

export class ReadyList {
  readonly #bounds: ReadyBounds;
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;

  constructor(bounds: ReadyBounds) {
    this.#bounds = bounds;
  }

  /** Keeps the message until that many deliveries of it are leased, where there is room. */
  offer(seq: number, message: ComposedMessage, deliveries: number): void {
    const bytes = this.#bytes + sizeOf(message);
    if (deliveries === 0 || this.#entries.size >= this.#bounds.messages || bytes > this.#bounds.bytes) return;
    this.#entries.set(seq, { message, left: deliveries });
    this.#bytes = bytes;
  }

  get(seq: number): ComposedMessage | undefined {
    return this.#entries.get(seq)?.message;
  }

  /** So many deliveries of the message are leased. */
  took(seq: number, count: number): void {
    const entry = this.#entries.get(seq);
    if (entry === undefined) return;
    entry.left -= count;
    if (entry.left > 0) return;
    this.#entries.delete(seq);
    this.#bytes -= sizeOf(entry.message);
  }
}

function sizeOf({ raw }: ComposedMessage): number {
  return raw.length + MESSAGE_BYTES;
}
