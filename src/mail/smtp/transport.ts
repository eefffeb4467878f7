// What a session needs of its connection. The server gives it a socket; a test may give it less.

export interface Transport {
  /** Sends ASCII text; false when the other side reads too slowly: wait for `Session.drained`. */
  write(text: string): boolean;
  /** Sends `text`, ends our side, and throws away whatever still comes in. */
  end(text: string): void;
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Sends `text` and begins the TLS handshake; `Session.secured` follows. False where bytes had already arrived. */
  startTls(text: string): boolean;
}
