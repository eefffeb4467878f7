// The bytes of one message while they arrive: bounded by the message limit and by a budget over all connections.
//
// Promises: memory stays within about twice the bytes kept, however small the pieces that they come in; once a bound
// is passed, what was kept is let go at once and nothing more is kept. Whoever took the bytes calls `release`.

export interface ByteBudget {
  /** Takes `bytes` from what is left; false, and nothing taken, where they do not fit. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
  /** Whether `bytes` more, and at least one, would fit now. */
  fits(bytes: number): boolean;
  /** Bytes that are taken now. */
  readonly used: number;
}

/** A bound on the bytes of all messages in flight that share it. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let used = 0;
  return {
    reserve: (bytes) => {
      if (used + bytes > maxBytes) return false;
      used += bytes;
      return true;
    },
    release: (bytes) => {
      used = Math.max(0, used - bytes);
    },
    fits: (bytes) => used + Math.max(bytes, 1) <= maxBytes,
    get used() {
      return used;
    },
  };
}

export type Overflow = 'too-big' | 'no-memory';

/** Pieces under this size are gathered into blocks of `BLOCK` octets: a Buffer per octet would cost a hundred. */
const SMALL = 4096;
const BLOCK = 16_384;

export class MessageBuffer {
  readonly #maxBytes: number;
  readonly #budget: ByteBudget;
  #parts: Buffer[] = [];
  /** The last part where it is a block of ours with room left, and how much of it is used. */
  #block: Buffer | undefined;
  #filled = 0;
  #size = 0;
  #overflow: Overflow | undefined;

  constructor(maxBytes: number, budget: ByteBudget) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  /** Octets kept. */
  get size(): number {
    return this.#size;
  }

  /** Why nothing is kept any more. */
  get overflow(): Overflow | undefined {
    return this.#overflow;
  }

  /** Keeps `piece` itself, not a copy, where it is large. */
  add(piece: Buffer): void {
    if (this.#overflow !== undefined || piece.length === 0) return;
    if (this.#size + piece.length > this.#maxBytes) return this.#give('too-big');
    if (!this.#budget.reserve(piece.length)) return this.#give('no-memory');
    this.#size += piece.length;
    this.#store(piece);
  }

  /** All of it as one buffer; the bytes stay reserved until `release`. */
  take(): Buffer {
    this.#closeBlock();
    const parts = this.#parts;
    this.#parts = [];
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** Lets go of everything; may be called more than once. */
  release(): void {
    this.#budget.release(this.#size);
    this.#size = 0;
    this.#parts = [];
    this.#block = undefined;
  }

  #give(overflow: Overflow): void {
    this.#overflow = overflow;
    this.release();
  }

  #store(piece: Buffer): void {
    let rest = piece;
    if (this.#block !== undefined) {
      const copied = rest.copy(this.#block, this.#filled);
      this.#filled += copied;
      if (this.#filled === BLOCK) this.#closeBlock();
      rest = rest.subarray(copied);
    }
    if (rest.length === 0) return;
    if (rest.length >= SMALL || (this.#parts.length === 0 && this.#size === rest.length)) this.#parts.push(rest);
    else this.#openBlock(rest);
  }

  #openBlock(first: Buffer): void {
    this.#block = Buffer.allocUnsafeSlow(BLOCK);
    this.#filled = first.copy(this.#block);
  }

  #closeBlock(): void {
    if (this.#block === undefined) return;
    this.#parts.push(this.#block.subarray(0, this.#filled));
    this.#block = undefined;
    this.#filled = 0;
  }
}
