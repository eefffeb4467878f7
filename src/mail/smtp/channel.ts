// The two directions of a connection, for something that reads one thing at a time: replies are gathered and written
// together, input waits while it cannot be read.
//
// Promises: input is handed on in order; what waits is bounded (the chunk at hand and what comes before the pause takes
// effect); a client that does not read replies is not read either. Everything happens within `run`, which is the one
// place where a defect is caught: it costs this connection, not the server.
import type { Transport } from './transport.ts';

export interface ChannelOwner {
  /** Reads `chunk` from `at`; returns the index after what was read. Called only while `ready`. */
  read(chunk: Buffer, at: number): number;
  ready(): boolean;
  /** The client has ended its side, and everything before that was read. */
  inputOver(): void;
  fault(error: unknown): void;
}

export class Channel {
  readonly #transport: Transport;
  readonly #owner: ChannelOwner;
  #out = '';
  #held: Buffer[] = [];
  #paused = false;
  /** A write returned false. */
  #blocked = false;
  #inputOver = false;
  #ended = false;

  constructor(transport: Transport, owner: ChannelOwner) {
    this.#transport = transport;
    this.#owner = owner;
  }

  /** Bytes, or the end, have arrived behind the chunk at hand. */
  get hasMore(): boolean {
    return this.#held.length > 0 || this.#inputOver;
  }

  /** Runs `task`, then reads what was waiting, then writes what was said. */
  run(task: () => void): void {
    try {
      task();
      this.#pump();
      this.#flush();
    } catch (error) {
      this.#owner.fault(error);
    }
  }

  say(text: string): void {
    if (!this.#ended) this.#out += text;
  }

  receive(chunk: Buffer): void {
    if (this.#ended) return;
    if (this.#held.length === 0 && this.#canRead()) return this.run(() => this.#read(chunk));
    this.#held.push(chunk);
    this.#pause();
  }

  inputEnded(): void {
    this.run(() => {
      this.#inputOver = true;
    });
  }

  drained(): void {
    this.run(() => {
      this.#blocked = false;
    });
  }

  /** Sends what was said and `text`, and begins TLS; false, with nothing sent, where bytes had arrived in the clear. */
  startTls(text: string): boolean {
    if (this.hasMore || !this.#transport.startTls(this.#out + text)) return false;
    this.#out = '';
    return true;
  }

  /** Sends what was said and ends our side. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#held = [];
    this.#transport.end(this.#out);
    this.#out = '';
  }

  #canRead(): boolean {
    return !this.#blocked && !this.#ended && this.#owner.ready();
  }

  #read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#canRead()) at = this.#owner.read(chunk, at);
    if (at < chunk.length && !this.#ended) this.#held.unshift(chunk.subarray(at));
  }

  #pump(): void {
    while (this.#held.length > 0 && this.#canRead()) {
      const chunk = this.#held.shift();
      if (chunk !== undefined) this.#read(chunk);
    }
    if (this.#held.length > 0 || !this.#canRead()) return;
    if (this.#paused) {
      this.#paused = false;
      this.#transport.resume();
    }
    if (this.#inputOver) this.#owner.inputOver();
  }

  #flush(): void {
    if (this.#out === '') return;
    const text = this.#out;
    this.#out = '';
    this.#blocked = !this.#transport.write(text);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause();
  }
}
