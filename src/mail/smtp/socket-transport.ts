// A socket as a session sees it, and its change to TLS under the same session (RFC 3207; TLS 1.2 or newer, RFC 8997).
//
// Promises: no socket error is thrown, each ends in `closed`; after `end` the socket still reads and throws away, so that
// the last reply is not lost to a reset; a handshake starts only on a connection with nothing left unread.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Transport } from './transport.ts';

export interface ServerTls {
  /** Made by the caller, with `minVersion: 'TLSv1.2'` at least; older protocols are refused here in any case. */
  readonly secureContext: SecureContext;
  /** Another context for the name that the client asks for (SNI). */
  sniContext?(serverName: string): SecureContext | undefined;
}

export interface SocketEvents {
  receive(chunk: Buffer): void;
  inputEnded(): void;
  drained(): void;
  secured(protocol: string, serverName: string | undefined): void;
  tlsFailed(detail: string): void;
  closed(): void;
}

const PROTOCOLS: ReadonlySet<string> = new Set(['TLSv1.2', 'TLSv1.3']);

export class SocketTransport implements Transport {
  readonly #tls: ServerTls | undefined;
  #socket: Socket;
  #events: SocketEvents | undefined;

  constructor(socket: Socket, tls: ServerTls | undefined) {
    this.#socket = socket;
    this.#tls = tls;
  }

  /** Begins to read. */
  open(events: SocketEvents): void {
    this.#events = events;
    this.#socket.setNoDelay(true);
    this.#listen(this.#socket, events);
  }

  write(text: string): boolean {
    return this.#socket.write(text, 'latin1');
  }

  end(text: string): void {
    this.#socket.end(text, 'latin1');
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  startTls(text: string): boolean {
    const plain = this.#socket;
    const tls = this.#tls;
    const events = this.#events;
    // A socket that was paused may have read on: what it holds came in the clear.
    if (tls === undefined || events === undefined || plain.readableLength > 0) return false;
    plain.write(text, 'latin1');
    for (const name of ['data', 'end', 'drain', 'close']) plain.removeAllListeners(name);
    const secure = new TLSSocket(plain, serverOptions(tls));
    this.#socket = secure;
    secure.once('secure', () => finishHandshake(secure, events));
    secure.once('_tlsError', (error: unknown) => events.tlsFailed(error instanceof Error ? error.message : 'failed'));
    this.#listen(secure, events);
    return true;
  }

  #listen(socket: Socket, events: SocketEvents): void {
    socket.on('data', (chunk: Buffer) => events.receive(chunk));
    socket.on('end', () => events.inputEnded());
    socket.on('drain', () => events.drained());
    socket.on('close', () => events.closed());
    // What matters of an error is that the socket closes, which 'close' tells.
    socket.on('error', () => socket.destroy());
  }
}

function serverOptions(tls: ServerTls): ConstructorParameters<typeof TLSSocket>[1] {
  const sniContext = tls.sniContext?.bind(tls);
  return {
    isServer: true,
    secureContext: tls.secureContext,
    ...(sniContext === undefined
      ? {}
      : { SNICallback: (name, done) => done(null, sniContext(name.toLowerCase()) ?? tls.secureContext) }),
  };
}

function finishHandshake(secure: TLSSocket, events: SocketEvents): void {
  const protocol = secure.getProtocol() ?? 'none';
  if (!PROTOCOLS.has(protocol)) {
    events.tlsFailed(`${protocol} is too old`);
    secure.destroy();
    return;
  }
  // Node has the name on the server's side only after the handshake; its types name it for clients.
  const { servername } = secure as TLSSocket & { servername?: string | false };
  events.secured(protocol, typeof servername === 'string' && servername !== '' ? servername.toLowerCase() : undefined);
}
