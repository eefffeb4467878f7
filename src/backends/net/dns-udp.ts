// Questions to DNS servers over UDP: a socket for each while there are few, shared ones while there are many.
//
// A socket of its own has a port of its own, which is half of what an answer from somebody else would have to guess
// (RFC 5452); so questions share sockets only beyond `maxSockets`, which bounds what a flood of lame domains takes of the
// process. Sockets are connected: what others send is not read. Promises: each question ends within its time.
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '../../lib/clock.ts';

export interface UdpServer {
  readonly host: string;
  readonly port: number;
}

export interface UdpQuestion<T> {
  readonly server: UdpServer;
  readonly encode: (id: number) => Buffer;
  /** Undefined for a message that is no reply to it: the right one may follow. */
  readonly read: (message: Buffer, id: number) => T | undefined;
  readonly ms: number;
  readonly signal: AbortSignal;
}

export type UdpFailure = 'timeout' | 'unreachable' | 'aborted';

interface Shared {
  readonly socket: Socket;
  readonly server: UdpServer;
  readonly waiting: Map<number, (message: Buffer | UdpFailure) => void>;
  /** What is to be said as soon as it is connected. */
  unsent: Buffer[] | undefined;
}

export class UdpSockets {
  readonly #maxSockets: number;
  readonly #clock: Clock;
  readonly #open = new Set<Shared>();

  constructor(maxSockets: number, clock: Clock) {
    this.#maxSockets = maxSockets;
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  ask<T>({ server, encode, read, ms, signal }: UdpQuestion<T>): Promise<T | UdpFailure> {
    const shared = this.#socketTo(server);
    const id = freeId(shared.waiting);
    return new Promise((resolve) => {
      const end = (result: T | UdpFailure): void => {
        cancel();
        signal.removeEventListener('abort', stop);
        shared.waiting.delete(id);
        if (shared.waiting.size === 0) this.#close(shared);
        resolve(result);
      };
      const stop = (): void => end('aborted');
      const cancel = this.#clock.after(ms, () => end('timeout'));
      signal.addEventListener('abort', stop, { once: true });
      shared.waiting.set(id, (message) => {
        const result = typeof message === 'string' ? message : read(message, id);
        if (result !== undefined) end(result);
      });
      const query = encode(id);
      if (shared.unsent === undefined) shared.socket.send(query);
      else shared.unsent.push(query);
    });
  }

  #socketTo(server: UdpServer): Shared {
    if (this.#open.size >= this.#maxSockets) {
      const least = this.#leastBusy(server);
      if (least !== undefined) return least;
    }
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
    const shared: Shared = { socket, server, waiting: new Map(), unsent: [] };
    this.#open.add(shared);
    socket.on('error', () => {
      for (const hear of [...shared.waiting.values()]) hear('unreachable');
      this.#close(shared);
    });
    socket.on('message', (message) => {
      if (message.length >= 2) shared.waiting.get(message.readUInt16BE(0))?.(message);
    });
    socket.once('connect', () => {
      for (const query of shared.unsent ?? []) socket.send(query);
      shared.unsent = undefined;
    });
    socket.connect(server.port, server.host);
    return shared;
  }

  #leastBusy(server: UdpServer): Shared | undefined {
    let least: Shared | undefined;
    for (const shared of this.#open) {
      if (shared.server === server && shared.waiting.size < (least?.waiting.size ?? MAX_PER_SOCKET)) least = shared;
    }
    return least;
  }

  #close(shared: Shared): void {
    if (!this.#open.delete(shared)) return;
    shared.socket.removeAllListeners().on('error', ignore).close();
  }
}

function freeId(taken: ReadonlyMap<number, unknown>): number {
  for (;;) {
    const id = randomInt(MAX_ID);
    if (!taken.has(id)) return id;
  }
}

function ignore(): void {
  // The socket is done with.
}

const MAX_ID = 65_536;
/** Ids stay hard to guess. */
const MAX_PER_SOCKET = 1000;
